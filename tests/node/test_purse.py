"""What all rooms of a node may take of the disk together."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import peerset
from peerset.core.limits import DISK_BYTES_MIN
from peerset.core.signal import RoomName
from peerset.node.keeper import WEIGHED_SECONDS, Keeper
from peerset.node.purse import Purse
from peerset.room.room import Room
from tests.moderation.test_thrift import write

MEBIBYTE = 2**20


@pytest.mark.parametrize(
    ("weights", "level"),
    [
        ([], 100),
        ([10], 100),
        ([10, 20], 90),
        ([10, 200], 90),
        ([10, 200, 300], 45),
        ([60, 60, 60], 33),
        ([200], 100),
    ],
)
def test_the_largest_rooms_give_way_until_all_fit(weights: list[int], level: int) -> None:
    assert Purse(100 * MEBIBYTE).level([weight * MEBIBYTE for weight in weights]) // MEBIBYTE == level


def test_what_was_given_up_is_not_fetched_again_while_little_is_free() -> None:
    purse = Purse(100 * MEBIBYTE)
    assert purse.level([150 * MEBIBYTE]) == 100 * MEBIBYTE
    assert purse.level([94 * MEBIBYTE, 1]) == 100 * MEBIBYTE
    assert purse.level([50 * MEBIBYTE, 30 * MEBIBYTE]) == 70 * MEBIBYTE


def test_a_room_has_what_a_room_must_have() -> None:
    assert Purse(DISK_BYTES_MIN).level([DISK_BYTES_MIN] * 10) == DISK_BYTES_MIN


async def test_the_largest_room_of_a_node_gives_way_and_what_others_have_stays() -> None:
    kept, rooms = Keeper(rng=random.Random(1), purse=Purse(4 * MEBIBYTE)), dict[str, Room]()

    def opening(name: str, disk_bytes: int) -> None:
        @asynccontextmanager
        async def join() -> AsyncIterator[Room]:
            async with peerset.join(name, app="peerset", signaling=[], disk_bytes=disk_bytes) as room:
                rooms[name] = room
                yield room

        kept.add(RoomName("peerset", name), join)

    opening("lobby", 64 * MEBIBYTE)
    opening("garden", 2 * MEBIBYTE)
    sharing = asyncio.create_task(kept.share(), name="sharing")
    while len(rooms) < 2:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.1)
    for name, room in rooms.items():
        count = {"lobby": 100, "garden": 20}[name]
        records = [write(room, number, days_ago=3 + number // 50) for number in range(count)]
        await room.add(records)
    await asyncio.sleep(3 * WEIGHED_SECONDS)
    weights = {name: await room._store.weight() for name, room in rooms.items()}
    assert sum(weights.values()) <= 4 * MEBIBYTE
    assert len(await rooms["garden"].records()) == 20
    assert rooms["garden"].moderation.thrift.bytes_max == 2 * MEBIBYTE
    assert 0 < len(await rooms["lobby"].records()) < 100
    assert rooms["lobby"].count == 100
    sharing.cancel()
    await kept.aclose()
