"""What the process of a node may take of memory, and what gives way."""

import asyncio
import logging
import random
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.node.keeper import SHORT, TAKEN_SECONDS, Keeper, State
from peerset.node.memory import Memory, Pressure, give_back, resident_bytes
from peerset.node.purse import Purse
from peerset.protocol.health import Budget
from peerset.room.room import Room
from peerset.stores.cache import limit_caches
from peerset.testing.memory import MemorySwarm

NOW = UnixTime(1_800_000_000)
MOST = 1_000


class Process:
    """Takes what a test says."""

    def __init__(self, taken: int) -> None:
        self.taken: int | None = taken

    def read(self) -> int | None:
        """Say it."""
        return self.taken


def heap_limit() -> int:
    with closing(sqlite3.connect(":memory:")) as db:
        return int(db.execute("PRAGMA soft_heap_limit").fetchone()[0])


@pytest.fixture(autouse=True)
def _unlimited() -> Iterator[None]:
    yield
    limit_caches(0)


def test_near_to_it_nothing_comes_and_beyond_it_neighbours_go() -> None:
    process = Process(700)
    memory = Memory(MOST, process.read)

    def weighed(taken: int, peers: int) -> tuple[Pressure, int | None]:
        process.taken = taken
        return memory.weigh(peers, NOW), memory.places

    assert weighed(870, 40) == (Pressure.NONE, None)
    assert weighed(880, 40) == (Pressure.NEAR, 40)
    # Those who come for those who go are no more than there were.
    assert weighed(880, 30) == (Pressure.NEAR, 40)
    assert not memory.has_room
    assert weighed(1_001, 40) == (Pressure.BEYOND, 35)
    assert memory.budget == Budget("memory", 1_001, MOST, NOW, 1)
    assert memory.caches_bytes == MOST // 16
    assert weighed(1_001, 35) == (Pressure.BEYOND, 30)
    assert weighed(1_001, 0) == (Pressure.BEYOND, 0)
    # Not now this, now that: it is over once a quarter is free.
    assert weighed(800, 0) == (Pressure.NEAR, 0)
    assert memory.budget == Budget("memory", 800, MOST, None, 3)
    assert weighed(750, 0) == (Pressure.NONE, None)
    assert memory.has_room
    assert memory.caches_bytes == MOST // 4


def test_it_is_said_once_each_time(caplog: pytest.LogCaptureFixture) -> None:
    process = Process(0)
    memory = Memory(100 << 20, process.read)
    with caplog.at_level(logging.INFO, logger="peerset.node.memory"):
        for taken in (0, 90, 91, 120, 130, 50, 50):
            process.taken = taken << 20
            memory.weigh(1, NOW)
    assert [(each.levelname, each.message.partition(" of memory")[0]) for each in caplog.records] == [
        ("INFO", "90 of 100 MiB"),
        ("WARNING", "120 of 100 MiB"),
        ("INFO", "50 of 100 MiB"),
    ]


def test_a_system_that_does_not_say_what_is_taken_has_no_such_budget() -> None:
    with pytest.raises(ConfigError, match="does not say what a process takes of memory"):
        Memory(MOST, lambda: None)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say so")
def test_what_is_taken_is_read_and_what_is_of_no_use_given_back() -> None:
    before = resident_bytes()
    much = bytes(64 << 20).replace(b"\0", b"\1")
    while_there = resident_bytes()
    del much
    give_back()
    after = resident_bytes()
    assert before is not None
    assert while_there is not None
    assert after is not None
    assert while_there > before + (60 << 20) > after


async def test_a_room_waits_until_there_is_memory_for_it_and_the_others_go_on() -> None:
    process = Process(0)
    kept = Keeper(rng=random.Random(1), memory=Memory(MOST, process.read))

    @asynccontextmanager
    async def large() -> AsyncIterator[Room]:
        async with peerset.join("large", signaling=[]) as room:
            process.taken = 990
            yield room

    kept.add(RoomName("peerset", "large"), large)
    kept.add(RoomName("peerset", "small"), partial(peerset.join, "small", signaling=[]))
    sharing = asyncio.create_task(kept.share(), name="sharing")
    await asyncio.sleep(600)
    assert [(each.state, each.reason) for each in kept.standings] == [(State.OPEN, ""), (State.WAITING, SHORT)]
    assert heap_limit() == MOST // 4
    process.taken = 1_010
    await asyncio.sleep(2 * TAKEN_SECONDS)
    assert heap_limit() == MOST // 16
    assert [budget.name for budget in kept.budgets if budget.since is not None] == ["memory"]
    process.taken = 700
    await asyncio.sleep(2 * TAKEN_SECONDS)
    assert [(each.state, each.reason) for each in kept.standings] == [(State.OPEN, ""), (State.OPEN, "")]
    assert heap_limit() == MOST // 4
    sharing.cancel()
    await kept.aclose()


async def test_beyond_it_neighbours_go_one_of_each_room_stays_and_no_record_is_lost() -> None:
    process, swarm = Process(0), MemorySwarm()
    kept = Keeper(rng=random.Random(1), places=Purse(500, 1), memory=Memory(MOST, process.read))
    kept.add(RoomName("peerset", "lobby"), partial(peerset.join, "lobby", host=swarm.host()))
    sharing = asyncio.create_task(kept.share(), name="sharing")
    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(peerset.join("lobby", host=swarm.host())) for _ in range(6)]
        record = await members[0].publish("hello")
        await asyncio.sleep(60)
        [before] = kept.standings
        assert before.peers == len(members)
        process.taken = 2 * MOST
        await asyncio.sleep(60)
        [beyond] = kept.standings
        assert (beyond.peers, beyond.records, beyond.biting) == (1, 1, ("places",))
        [room] = kept.rooms
        assert await room.get(record.id) == record
        process.taken = 0
        await asyncio.sleep(300)
        [after] = kept.standings
        assert after.peers == len(members)
    sharing.cancel()
    await kept.aclose()
