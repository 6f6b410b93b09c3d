"""What the rooms of a node share."""

import random
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

import peerset
from peerset.core.signal import RoomName
from peerset.node.keeper import Keeper, State
from peerset.room.room import Room
from peerset.tracker.tracker import serve_tracker
from tests.patience import until

pytestmark = pytest.mark.real_time
NAMES = [RoomName("test", f"room {number}") for number in range(3)]


async def test_rooms_have_one_socket_at_a_tracker_and_one_peer_id() -> None:
    kept = Keeper(rng=random.Random(1))
    rooms: list[Room] = []

    def joined(name: RoomName, url: str) -> AbstractAsyncContextManager[Room]:
        return peerset.join(name.room, app=name.app, signaling=url, allow_loopback=True)

    async with serve_tracker("127.0.0.1", 0, rng=random.Random(0)) as tracker:
        for name in NAMES:
            kept.add(name, partial(joined, name, tracker.url))
        await until(lambda: tracker.statistics.members == len(NAMES))
        assert {each.state for each in kept.standings} == {State.OPEN}
        assert tracker.statistics.connections == 1
        rooms = [each.room for each in kept._kept.values() if each.room is not None]
        assert len({room.peer_id for room in rooms}) == 1
        await kept.aclose()
        await until(lambda: tracker.statistics.members == 0)
