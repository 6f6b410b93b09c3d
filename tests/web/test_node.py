"""Our TypeScript peer in Node, by node-datachannel and ws: in one room with Python and pages, and on its own."""

import signal
from pathlib import Path
from typing import Final

import pytest

import peerset
from peerset.testing.tracker import local_tracker
from tests.interop.browser import within
from tests.interop.python_peer import python_peer
from tests.patience import PATIENT_SECONDS
from tests.web.node_peer import node_peer, running_bot
from tests.web.peer_page import APP, assert_alike, history, hold, peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

RECORDS: Final = 300


@pytest.mark.firefox
@pytest.mark.interop(client="peerset in Node", what="a room with a page and Python")
async def test_node_a_page_and_python_hold_the_same_set_and_nobody_is_blamed(browser: int) -> None:
    async with (
        local_tracker(interval_seconds=1) as tracker,
        node_peer() as node,
        peer_page(browser) as page,
        python_peer("three kinds", node, page, tracker=tracker, app=APP) as peer,
    ):
        await peer.room.add(history("three kinds", RECORDS))
        for each in (node, page):
            await each.enter("three kinds", signaling=[tracker], store="memory")
        for number in range(3):
            await node.publish(f"node {number}")
            await page.publish(f"page {number}")
            await peer.room.publish(f"peer {number}")
        for each in (node, page):
            await each.call("hold", count=RECORDS + 9)
        await hold(peer, RECORDS + 9, node, page)
        for each in (node, page):
            await assert_alike(each, peer)
            assert not each.has_told("StrikeCounted")
        # What is held alike may have come by a third.
        all_met = lambda status: [peer["state"] for peer in status["peers"]] == ["established"] * 2  # noqa: E731
        await node.until("a session with each", all_met)


async def test_two_processes_of_node_meet_and_one_notices_that_the_other_left() -> None:
    async with local_tracker(interval_seconds=1) as tracker, node_peer() as one:
        await one.enter("pair", signaling=[tracker])
        async with node_peer() as other:
            await other.enter("pair", signaling=[tracker])
            await one.publish("from one")
            await other.call("hold", count=1)
            joined = await one.next("PeerJoined", peer=other.id)
            assert joined["peer"] == other.id
        await one.next("PeerLeft", peer=other.id)


async def test_a_file_is_there_in_the_next_process_before_any_peer(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'kept.db'}"
    async with node_peer() as first:
        await first.enter("kept", store=store, signaling=[])
        await first.publish("before")
        root = (await first.status())["root"]
    async with node_peer() as second:
        await second.enter("kept", store=store, signaling=[])
        assert (await second.contents(), (await second.status())["root"]) == (["before"], root)


async def test_the_example_bot_answers_and_its_process_ends_with_its_room() -> None:
    async with local_tracker(interval_seconds=1) as tracker, running_bot(tracker) as bot:
        async with python_peer("lobby", tracker=tracker, app="peerset-examples") as peer:
            mine = await peer.room.publish("hello", collection="chat")
            while True:
                heard = await peer.next(peerset.RecordAdded)
                if heard.record.author != mine.author:
                    break
            assert heard.record.content == f"hello, {mine.author.hex()[:8]}"
        bot.send_signal(signal.SIGINT)
        async with within(PATIENT_SECONDS, "the end of the bot"):
            assert await bot.wait() == 0
