"""Pages of our TypeScript peer meet Python peers, and hold the same records; in real browsers."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import pytest

import peerset
from peerset.core.clock import DAY_SECONDS
from peerset.testing.tracker import local_tracker
from tests.interop.browser import Page, open_page
from tests.interop.python_peer import python_peer
from tests.web.peer_page import APP, assert_alike, history, hold, peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

RECORDS: Final = 1_000
PAGES_INTERVAL_SECONDS: Final = 10
"""Of two pages, the one with the smaller id must announce after the other came: at the latest when this has passed."""


@pytest.mark.interop(client="peerset in a page", what="1,000 records from Python, and to it")
async def test_a_page_that_was_first_gets_a_thousand_records_of_a_python_peer(browser: int) -> None:
    async with local_tracker() as tracker, peer_page(browser) as page:
        await page.enter("page first", signaling=[tracker], store="memory")
        async with python_peer("page first", page, tracker=tracker, app=APP) as peer:
            await peer.room.add(history("page first", RECORDS))
            await page.call("hold", count=RECORDS)
            await assert_alike(page, peer)


@pytest.mark.firefox
@pytest.mark.interop(client="peerset in a page", what="1,000 records from Python, and to it")
async def test_a_page_that_comes_later_gives_and_gets_a_thousand_records(browser: int) -> None:
    async with local_tracker() as tracker, python_peer("python first", tracker=tracker, app=APP) as giver:
        await giver.room.add(history("python first", RECORDS))
        async with peer_page(browser) as page:
            await page.enter("python first", signaling=[tracker])
            await page.call("hold", count=RECORDS)
            await giver.next(peerset.PeerSynced)
        # Nobody but the page's database has them now.
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        python_peer("python first", page, tracker=tracker, app=APP) as taker,
    ):
        await page.enter("python first", signaling=[tracker])
        await hold(taker, RECORDS, page)
        await assert_alike(page, taker)


@pytest.mark.firefox
@pytest.mark.interop(client="peerset in a page", what="a room with Chromium and Python")
async def test_what_two_pages_and_a_python_peer_publish_reaches_all(chromium: int, browser: int) -> None:
    async with (
        local_tracker(interval_seconds=PAGES_INTERVAL_SECONDS) as tracker,
        peer_page(chromium) as alice,
        peer_page(browser) as bob,
        python_peer("three", alice, bob, tracker=tracker, app=APP) as peer,
    ):
        # Pages of one site share its databases, and one room of them.
        for page in (alice, bob):
            await page.enter("three", signaling=[tracker], store="memory")
        for number in range(5):
            await alice.publish(f"alice {number}")
            await bob.publish(f"bob {number}")
            await peer.room.publish(f"peer {number}")
        for page in (alice, bob):
            await page.call("hold", count=15)
        await hold(peer, 15, alice, bob)
        await assert_alike(alice, peer)
        await assert_alike(bob, peer)
        # Whether the pages have a channel of their own by now is up to Trystero.
        for page in (alice, bob):
            await page.next("PeerJoined", peer=peer.id)


async def test_a_page_is_one_peer_of_a_room_at_a_time(browser: int) -> None:
    async with local_tracker() as tracker, peer_page(browser) as page:
        await page.enter("once", signaling=[tracker], store="memory")
        with pytest.raises(AssertionError, match='in the room "once" already, with other settings'):
            await page.enter("once", signaling=[tracker], store="memory", isSeeder=True)
        async with python_peer("once", page, tracker=tracker, app=APP) as peer:
            await page.next("PeerJoined", peer=peer.id)
        await page.call("leave")
        await page.enter("once", signaling=[tracker], store="memory")
        async with python_peer("once", page, tracker=tracker, app=APP) as peer:
            await page.next("PeerJoined", peer=peer.id)


async def test_deletions_reach_the_page_and_come_from_it(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        python_peer("regret", page, tracker=tracker, app=APP) as peer,
    ):
        await page.enter("regret", signaling=[tracker])
        ours = await page.publish("by the page")
        theirs = await peer.room.publish("by Python")
        await page.next("RecordAdded", peer=peer.id)
        await peer.next(peerset.RecordAdded, peer=page.id)

        deletion = await peer.room.delete(theirs.id)
        told = await page.next("RecordDeleted", id=theirs.id.hex())
        assert told["by"] == deletion.id.hex()
        deletion_of_ours = await page.call("delete", id=ours["id"])
        gone = await peer.next(peerset.RecordDeleted, id=bytes.fromhex(ours["id"]))
        assert gone.by.hex() == deletion_of_ours["id"]
        assert {record["id"] for record in await page.call("records")} == {deletion.id.hex(), deletion_of_ours["id"]}
        await assert_alike(page, peer)


async def test_what_is_ninety_days_old_expires_in_the_page_and_does_not_come_back(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        python_peer("autumn", page, tracker=tracker, app=APP) as peer,
    ):
        await peer.room.add(history("autumn", 3, youngest_seconds=80 * DAY_SECONDS))
        await peer.room.publish("fresh")
        await page.enter("autumn", signaling=[tracker])
        await page.call("hold", count=4)
        await page.next("PeerSynced", peer=peer.id)

        await page.call("advance", seconds=11 * DAY_SECONDS)
        told = await page.next("RecordsExpired")
        assert told["count"] == 3
        assert await page.contents() == ["fresh"]
        await page.reload()
        await page.enter("autumn", signaling=[tracker], ahead=11 * DAY_SECONDS)
        await page.next("PeerSynced", peer=peer.id)
        await peer.room.publish("still talking")
        await page.next("RecordAdded", peer=peer.id)
        assert await page.contents() == ["fresh", "still talking"]
        assert peer.room.count == 5


async def test_a_plain_trystero_page_in_the_room_is_tolerated(browser: int) -> None:
    async with (
        local_tracker(interval_seconds=PAGES_INTERVAL_SECONDS) as tracker,
        peer_page(browser) as page,
        open_page(browser) as plain,
    ):
        await plain.join("mixed", app=APP, tracker=tracker)
        await page.enter("mixed", signaling=[tracker])
        # Only after ten seconds without a hello it is certain.
        await page.next("ForeignPeerJoined", peer=plain.id)
        assert (await page.states())[plain.id] == "foreign"
        async with python_peer("mixed", page, plain, tracker=tracker, app=APP) as peer:
            await peer.room.publish("beside it")
            await page.next("RecordAdded", peer=peer.id)
        await plain.call("leave", room="mixed")
        await page.next("ForeignPeerLeft", peer=plain.id)


LONGEST_INTERVAL_SECONDS: Final = 120
"""The longest at which Trystero announces; so long it would take without the tracker's help."""


@pytest.mark.parametrize("kind", ["ours", "plain"])
async def test_a_newcomer_meets_a_plain_page_that_was_first_and_waits_for_its_own_offers(
    browser: int, kind: str
) -> None:
    async with AsyncExitStack() as stack:
        tracker = await stack.enter_async_context(local_tracker(interval_seconds=LONGEST_INTERVAL_SECONDS))
        first = await stack.enter_async_context(open_page(browser))
        if kind == "ours":
            ours = await stack.enter_async_context(peer_page(browser))
            # What its id is, a page of ours tells in a room.
            await ours.enter("elsewhere", signaling=[tracker], store="memory")
            await ours.call("leave")
            second: Page = ours
        else:
            second = await stack.enter_async_context(open_page(browser))
        while first.id > second.id:
            await first.reload()
        await first.join("waits", app=APP, tracker=tracker)
        # Until it announces again at that interval.
        await asyncio.sleep(3)
        if kind == "ours":
            await ours.enter("waits", signaling=[tracker], store="memory")
        else:
            await second.join("waits", app=APP, tracker=tracker)
        async with asyncio.timeout(0.8 * LONGEST_INTERVAL_SECONDS):
            await first.next("joined", peer=second.id)
            await second.next("ForeignPeerJoined" if kind == "ours" else "joined", peer=first.id)
