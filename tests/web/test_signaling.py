"""Pages, Node and Python meet in other ways than by trackers, and in several at once; each against the real thing."""

from typing import Any

import pytest

from peerset.testing.tracker import local_tracker
from tests.interop.python_peer import PythonPeer, python_peer
from tests.signaling.relays import nostr_sdk_relay
from tests.web.node_peer import node_peer
from tests.web.peer_page import APP, assert_alike, hold, peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

NOWHERE = "ws://127.0.0.1:9"
"""Nobody listens there."""


@pytest.mark.interop(client="peerset in Node", what="nostr: a room with a page and Python")
async def test_a_page_and_node_and_python_meet_on_a_relay_of_nostr_alone(chromium: int) -> None:
    async with (
        nostr_sdk_relay() as relay,
        peer_page(chromium) as page,
        node_peer() as node,
        python_peer("relayed", page, node, tracker=f"nostr:{relay}", app=APP) as peer,
    ):
        for each in (page, node):
            await each.enter("relayed", signaling=[f"nostr:{relay}"], store="memory")
        await page.publish("from the page")
        await node.publish("from Node")
        await peer.room.publish("from Python")
        for each in (page, node):
            await each.call("hold", count=3)
        await hold(peer, 3, page, node)
        for each in (page, node):
            await assert_alike(each, peer)
        (standing,) = (await page.status())["signaling"]
        assert (standing["strategy"], standing["state"], standing["error"]) == ("nostr", "open", None)
        assert standing["lastSuccess"] is not None


async def test_two_who_ask_in_several_ways_meet_once_while_the_first_is_dead(chromium: int) -> None:
    async with nostr_sdk_relay() as relay, local_tracker() as tracker, peer_page(chromium) as page:
        ways = [NOWHERE, f"nostr:{relay}", tracker, f"relay:{tracker}"]
        await page.enter("many ways", signaling=ways, store="memory")
        async with python_peer("many ways", page, tracker=[NOWHERE, f"nostr:{relay}", tracker], app=APP) as peer:
            await peer.room.publish("from Python")
            await page.call("hold", count=1)
            await page.next("PeerJoined", peer=peer.id)
            assert not page.has_told("PeerJoined")
            assert not page.has_told("PeerLeft")
            # Whoever is met by the first way that works may be so before the others do.
            await page.until("the other places", lambda status: states_of(status)[1:] == ["open"] * 3)
            assert states_of(await page.status())[0] in {"resting", "connecting"}


def places_of(peer: PythonPeer) -> set[str]:
    return {f"{status.strategy}:{status.place}" for status in peer.room.signaling}


def states_of(status: dict[str, Any]) -> list[str]:
    return [each["state"] for each in status["signaling"]]


@pytest.mark.interop(client="peerset in a page", what="phases: a room with Node and Python")
@pytest.mark.interop(client="peerset in Node", what="phases: a room with a page and Python")
async def test_a_page_and_node_and_python_meet_in_phases_and_whoever_has_none_is_not_met(chromium: int) -> None:
    async with (
        nostr_sdk_relay() as relay,
        local_tracker() as one,
        local_tracker() as other,
        peer_page(chromium) as page,
        peer_page(chromium) as plain,
        node_peer() as node,
    ):
        ways = [one, other, f"nostr:{relay}", f"relay:{other}"]
        for each, phases in ((page, "6h"), (node, 21_600), (plain, None)):
            await each.enter("phased", signaling=ways, phases=phases, password="pw", store="memory")
        joined = python_peer("phased", page, node, tracker=ways, password="pw", phases="360m", app=APP)
        async with joined as peer:
            await peer.room.publish("from Python")
            for each in (page, node):
                await each.call("hold", count=1)
                await assert_alike(each, peer)
            # Around the border of two epochs one is at the places of both, and not all cross it in one moment.
            assert len(places_of(peer)) in (2, 4)
            for each in (page, node):
                await each.until(
                    "the places where Python is",
                    lambda status: (
                        {f"{place['strategy']}:{place['place']}" for place in status["signaling"]} == places_of(peer)
                    ),
                )
            assert (await plain.states(), await plain.contents()) == ({}, [])
