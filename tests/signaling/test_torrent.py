"""Our client against our tracker over real sockets."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from peerset.core.signal import RoomName, make_peer_id
from peerset.signaling.sockets import TrackerSockets
from peerset.signaling.torrent import TorrentSignaling
from peerset.testing.check_signaling import SignalingPair, check_signaling
from peerset.testing.tracker import local_tracker

pytestmark = pytest.mark.real_time
ROOM = RoomName("app", "room")


@asynccontextmanager
async def pair() -> AsyncIterator[SignalingPair]:
    async with local_tracker() as first, local_tracker() as second:
        sockets = TrackerSockets(random.Random(1))
        ids = [make_peer_id(random.Random(seed)) for seed in (1, 2)]
        left, right = (
            TorrentSignaling(
                ROOM, peer_id, trackers=[first, second], sockets=sockets, rng=random.Random(3), password="secret"
            )
            for peer_id in ids
        )
        yield SignalingPair(left, ids[0], right, ids[1])
        await left.aclose()
        await right.aclose()
        assert len(sockets) == 0


async def test_the_client_passes_the_acceptance_suite() -> None:
    await check_signaling(pair)
