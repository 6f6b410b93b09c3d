"""Pages in real Chromium are brought together with others by a neighbour, where no tracker could."""

from contextlib import AsyncExitStack
from typing import Final

import pytest

import peerset
from peerset.testing.tracker import local_tracker
from tests.interop.python_peer import python_peer
from tests.web.peer_page import APP, hold, peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser, pytest.mark.timeout(240)]

ROOM: Final = "two halves"
PASSWORD: Final = "by word of mouth"


async def test_a_page_with_one_neighbour_and_no_tracker_is_connected_to_all(chromium: int) -> None:
    gone = AsyncExitStack()
    async with (
        local_tracker() as there,
        peer_page(chromium) as alice,
        peer_page(chromium) as bob,
        gone,
    ):
        here = await gone.enter_async_context(local_tracker())
        async with (
            python_peer(ROOM, alice, bob, tracker=[here, there], app=APP, password=PASSWORD) as friend,
            python_peer(ROOM, alice, bob, tracker=there, app=APP, password=PASSWORD) as far,
        ):
            await friend.next(peerset.PeerJoined, peer=far.id)
            await alice.enter(ROOM, relays=[here], store="memory", password=PASSWORD)
            await alice.next("PeerJoined", peer=friend.id)
            # The two are at different trackers.
            await alice.next("PeerJoined", peer=far.id)
            await gone.aclose()
            await alice.call("relay", url=here, state="closed")
            await bob.enter(ROOM, relays=[there], store="memory", password=PASSWORD)
            await alice.next("PeerJoined", peer=bob.id)
            await bob.next("PeerJoined", peer=alice.id)
            assert set(await alice.states()) == {friend.id, far.id, bob.id}
            await alice.publish("by a channel of our own")
            await hold(far, 1, alice, bob)
            await bob.call("hold", count=1)
