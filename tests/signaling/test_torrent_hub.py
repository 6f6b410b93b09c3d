"""The hub's rooms share sockets."""

import random

import pytest

from peerset.core.signal import PeerId, RoomName
from peerset.signaling.torrent import DEFAULT_TRACKERS, TorrentHub
from peerset.tracker.tracker import serve_tracker

pytestmark = pytest.mark.real_time
ME = PeerId("0000" + "m" * 16)


async def test_rooms_of_one_hub_share_the_tracker_s_socket() -> None:
    hub = TorrentHub(rng=random.Random(0))
    async with serve_tracker("127.0.0.1", 0, rng=random.Random(0)) as tracker:
        rooms = [hub.join(RoomName("app", name), ME, places=[tracker.url]) for name in ("one", "two")]
        for room in rooms:
            await room.announce([])
            await room.settled()
        assert (tracker.statistics.connections, tracker.statistics.members) == (1, 2)
        for room in rooms:
            await room.aclose()


async def test_the_public_trackers_are_the_default() -> None:
    room = TorrentHub(rng=random.Random(0)).join(RoomName("app", "one"), ME)
    assert [status.place for status in room.status()] == list(DEFAULT_TRACKERS)
