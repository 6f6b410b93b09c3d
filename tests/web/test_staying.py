"""Pages that leave and come back, or that only seemed to leave, in real browsers."""

import pytest

import peerset
from peerset.testing.tracker import local_tracker
from tests.interop.python_peer import python_peer
from tests.web.peer_page import APP, assert_alike, hold, peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]


async def test_a_page_that_was_about_to_be_closed_and_stays_comes_back_to_its_peers(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        python_peer("stay", page, tracker=tracker, app=APP) as peer,
    ):
        await page.enter("stay", signaling=[tracker], store="memory")
        await page.next("PeerJoined", peer=peer.id)
        await page.call("stay")
        await page.next("PeerLeft", peer=peer.id)
        await page.publish("from a page that stayed")
        await page.next("PeerJoined", peer=peer.id)
        await peer.room.publish("for a page that stayed")
        await page.call("hold", count=2)
        await hold(peer, 2, page)
        await assert_alike(page, peer)


@pytest.mark.firefox
@pytest.mark.interop(client="peerset in a page", what="leaves and comes back")
async def test_a_page_that_left_a_room_joins_it_again_at_once_and_meets_the_same_peer(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        python_peer("again", page, tracker=tracker, app=APP) as peer,
    ):
        for number in range(3):
            await page.enter("again", signaling=[tracker])
            await page.next("PeerJoined", peer=peer.id)
            await page.publish(f"visit {number}")
            await hold(peer, number + 1, page)
            await page.call("leave")
            await peer.next(peerset.PeerLeft)
