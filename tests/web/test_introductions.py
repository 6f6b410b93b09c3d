"""Pages in real browsers are brought together with others by a neighbour, where no tracker could."""

from contextlib import AsyncExitStack
from typing import Final

import pytest

import peerset
from peerset.testing.tracker import local_tracker
from tests.interop.python_peer import python_peer
from tests.web.peer_page import APP, hold, peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

ROOM: Final = "two halves"
PASSWORD: Final = "by word of mouth"


async def test_a_page_with_one_neighbour_and_no_tracker_is_connected_to_all(browser: int) -> None:
    here, friendly = AsyncExitStack(), AsyncExitStack()
    async with (
        local_tracker() as there,
        peer_page(browser) as alice,
        peer_page(browser) as bob,
        python_peer(ROOM, alice, bob, tracker=there, app=APP, password=PASSWORD) as far,
        here,
        friendly,
    ):
        tracker = await here.enter_async_context(local_tracker())
        friend = await friendly.enter_async_context(
            python_peer(ROOM, alice, bob, tracker=[tracker, there], app=APP, password=PASSWORD)
        )
        await friend.next(peerset.PeerJoined, peer=far.id)
        await alice.enter(ROOM, signaling=[tracker], store="memory", password=PASSWORD)
        await alice.next("PeerJoined", peer=friend.id)
        # The two are at different trackers.
        await alice.next("PeerJoined", peer=far.id)
        await here.aclose()
        await alice.call("place", url=tracker, state="resting")
        await bob.enter(ROOM, signaling=[there], store="memory", password=PASSWORD)
        await alice.next("PeerJoined", peer=bob.id)
        await bob.next("PeerJoined", peer=alice.id)
        assert set(await alice.states()) == {friend.id, far.id, bob.id}
        assert [each["place"] for each in (await alice.status())["signaling"]] == [tracker]

        await friendly.aclose()
        await alice.next("PeerLeft", peer=friend.id)
        await alice.publish("by channels of our own")
        await hold(far, 1, alice, bob)
        await bob.call("hold", count=1)
