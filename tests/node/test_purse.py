"""What all rooms of a node may take together."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.node.keeper import COUNTED_SECONDS, WEIGHED_SECONDS, Keeper
from peerset.node.purse import Purse
from peerset.protocol.health import Budget
from peerset.room.room import Room
from peerset.testing.memory import MemorySwarm
from tests.moderation.test_thrift import write

MEBIBYTE = 2**20
NOW = UnixTime(1_800_000_000)


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
    assert Purse(100 * MEBIBYTE, 1).level([weight * MEBIBYTE for weight in weights], NOW) // MEBIBYTE == level


def test_what_was_given_up_is_not_fetched_again_while_little_is_free() -> None:
    purse = Purse(100 * MEBIBYTE, 1)
    assert purse.level([150 * MEBIBYTE], NOW) == 100 * MEBIBYTE
    assert purse.level([94 * MEBIBYTE, 1], NOW) == 100 * MEBIBYTE
    assert purse.level([50 * MEBIBYTE, 30 * MEBIBYTE], NOW) == 70 * MEBIBYTE


def test_a_room_has_what_a_room_must_have() -> None:
    assert Purse(10, 3).level([5] * 10, NOW) == 3


def test_for_a_while_all_may_have_less_and_a_purse_tells_what_it_holds() -> None:
    purse = Purse(100, 1)
    assert purse.level([30, 10], NOW, most=20) == 10
    assert purse.budget("places") == Budget("places", 40, 100, NOW, 1)
    assert purse.level([10, 10], NOW, most=20) == 10
    assert purse.level([10, 10], NOW, most=1_000) == 90
    assert purse.budget("places") == Budget("places", 20, 100, None, 1)


async def test_the_largest_room_of_a_node_gives_way_and_what_others_have_stays() -> None:
    kept, rooms = Keeper(rng=random.Random(1), disk=Purse(4 * MEBIBYTE, MEBIBYTE)), dict[str, Room]()

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


async def test_a_flooded_room_takes_no_neighbours_from_the_others_of_a_node() -> None:
    most, swarm = 8, MemorySwarm()
    kept, host = Keeper(rng=random.Random(1), places=Purse(most, 1)), swarm.host()
    for name in ("flooded", "quiet"):
        kept.add(RoomName("peerset", name), partial(peerset.join, name, host=host))
    sharing = asyncio.create_task(kept.share(), name="sharing")
    async with AsyncExitStack() as stack:
        for _ in range(14):
            await stack.enter_async_context(peerset.join("flooded", host=swarm.host()))
        await asyncio.sleep(60)
        friends = [await stack.enter_async_context(peerset.join("quiet", host=swarm.host())) for _ in range(3)]
        for _ in range(30):
            await asyncio.sleep(COUNTED_SECONDS)
            if sum(each.peers for each in kept.standings) <= most and kept.standings[1].peers == len(friends):
                break
        flooded, quiet = kept.standings
        assert (quiet.peers, quiet.biting) == (len(friends), ())
        assert 0 < flooded.peers <= most - len(friends)
        assert flooded.biting == ("places",)
        record = await friends[0].publish("hello")
        await friends[0].synced()
        [room] = [each for each in kept.rooms if each.name.room == "quiet"]
        assert await room.get(record.id) is not None
        # Nobody is blamed for it, and all is as before when there is room again.
    await asyncio.sleep(60)
    assert [each.biting for each in kept.standings] == [(), ()]
    sharing.cancel()
    await kept.aclose()


@pytest.mark.parametrize("places", [0, 37, -1, 1.5, True, "many", float("nan")])
async def test_a_room_has_as_many_neighbours_as_there_can_be(places: object) -> None:
    async with peerset.join("lobby", signaling=[]) as room:
        with pytest.raises(ConfigError, match="places"):
            room.allow_places(places)  # type: ignore[arg-type]  # what a caller may do
