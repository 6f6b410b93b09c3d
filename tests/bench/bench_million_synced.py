"""A room of a million records that meets one which lacks some: opened, asked, synced, closed and collected.

Both rooms are in one process, so that its memory is that of two. Each step tells how long it took and the most memory
that it took. What the other room lacks is truly signed; the rest came with the file.
"""

import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

import peerset
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.record import KIND_RECORD, sign_record
from peerset.stores.snapshot import find_due, finish, write_day
from peerset.testing.memory import MemorySwarm
from tests.bench.bench_million import made, memory
from tests.bench.sizes import sized
from tests.bench.unsigned import DAYS, opened
from tests.protocol.pair import ROOM, key

Row = tuple[str, float, str]

LACKING: Final = sized(1_000, 200)
SECONDS_MAX: Final = 900


def run() -> Iterator[Row]:
    """Measure in a process of its own; give each (name, value, unit)."""
    ours, _ = asyncio.run(made())
    with tempfile.TemporaryDirectory() as folder:
        paths = [shutil.copy(ours, Path(folder) / name) for name in ("one.db", "other.db")]
        command = [sys.executable, "-m", "tests.bench.bench_million_synced", *map(str, paths)]
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS_MAX).stdout
    for line in told.splitlines():
        name, value, unit = line.split("\t")
        yield name, float(value), unit


async def measure(one: Path, other: Path) -> AsyncIterator[Row]:
    """Give the rows, as soon as each is known."""
    for path in (one, other):
        await _bring_up_to_date(path)
    async with opened(one) as store:
        await store.add(_signed(LACKING))
    swarm = MemorySwarm()
    async with AsyncExitStack() as both:
        rooms: list[peerset.Room] = []

        async def enter(path: Path) -> None:
            joined = peerset.join(ROOM.room, app=ROOM.app, host=swarm.host(), store=path, key=_key(path))
            rooms.append(await both.enter_async_context(joined))

        for row in await _step("open a room of all", enter(one)):
            yield row
        yield "records", rooms[0].count, ""
        for row in await _step("newest 50 of it", rooms[0].records(limit=50)):
            yield row
        for row in await _step("newest 50 of a rare tag", rooms[0].records(collection="rare", limit=50)):
            yield row
        for row in await _step(f"open one that lacks {LACKING:,}", enter(other)):
            yield row
        for row in await _step("sync both", _are_alike(*rooms)):
            yield row
        for row in await _step("close both", both.aclose()):
            yield row
    async with opened(one) as store:
        before = UnixTime(int(time.time()) - (DAYS - 1) * DAY_SECONDS)
        for row in await _step("collect a day", store.expire(before)):
            yield row


async def _step(name: str, work: Awaitable[object]) -> list[Row]:
    """Give how long *work* takes, and the most memory until it is done."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = time.perf_counter()
    await work
    spent = time.perf_counter() - before
    return [(name, spent, "s"), (f"peak: {name}", memory("VmHWM"), "MB")]


async def _are_alike(one: peerset.Room, other: peerset.Room) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while other.count < one.count or one.root != other.root:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


async def _bring_up_to_date(path: Path) -> None:
    """Have the file as a room leaves it."""
    async with opened(path) as store:
        due = await store._file.run(find_due)
        for day in due.days:
            await store._file.run(partial(write_day, day=day))
        await store._file.run(partial(finish, due=due))


def _key(path: Path) -> peerset.SecretKey:
    return key(901 if path.name == "one.db" else 902)


def _signed(count: int) -> list[peerset.Record]:
    rng, end, tags = random.Random(9), int(time.time()) - 3_600, [("h", ROOM.tag.hex()), ("c", "places")]
    return [
        sign_record(
            key(1 + number % 50),
            created_at=UnixTime(end - rng.randrange((DAYS - 2) * DAY_SECONDS)),
            kind=KIND_RECORD,
            tags=tags,
            content=f"new {number}",
        )
        for number in range(count)
    ]


async def _tell(one: str, other: str) -> None:
    async for name, value, unit in measure(Path(one), Path(other)):
        print(name, value, unit, sep="\t", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(_tell(*sys.argv[1:]))
    else:
        for label, figure, unit_name in run():
            print(f"{label:60} {figure:12,.2f} {unit_name}", flush=True)
