"""How costs grow with the records of a room: from a thousand to a million, each ten times as many.

The machines are those of ``reconcile``, one record differing; the store is a SQLite file whose records have no true
signatures, for signing a million takes minutes and no store looks at them.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from peerset.core.filter import Filter
from peerset.core.merkle import Index
from peerset.protocol.horizon import everything
from peerset.protocol.retention import window
from tests.bench.bench_index import bytes_of
from tests.bench.bench_million import RECORDS as MILLION
from tests.bench.bench_million import made
from tests.bench.bench_sketch import Timed
from tests.bench.sizes import sized
from tests.bench.unsigned import fill, opened
from tests.protocol.large import draw
from tests.protocol.pair import ROOM, START

Row = tuple[str, float, str]

SIZES: Final = sized((1_000, 10_000, 100_000, 1_000_000), (1_000, 10_000))
REPEATS: Final = 3


def run() -> Iterator[Row]:
    """Measure; give each (name, value, unit) as soon as it is known."""
    rng = random.Random(0)
    for size in SIZES:
        entries = draw(size, rng)
        yield f"index at {size:,}", bytes_of(partial(Index.bulk, entries)) / size, "bytes"
        yield from _compared(size, rng)
        yield from asyncio.run(_stored(size))


def _compared(size: int, rng: random.Random) -> Iterator[Row]:
    entries = draw(size, rng)
    sets = [Index.bulk(entries) for _ in range(2)]
    for index in sets:
        summary = index.summarise(window(START).first_day)
        while summary.is_behind:
            summary.work()
    best = float("inf")
    for _ in range(REPEATS):
        meeting = Timed(sets, 0, 1, rng)
        meeting.run()
        best = min(best, max(meeting.seconds))
    yield f"1 differing: said at {size:,}", sum(meeting.said_bytes), "bytes"
    yield f"1 differing: a side at {size:,}", best * 1e3, "ms"
    best = float("inf")
    for at, record_id in draw(REPEATS, rng):
        started = time.process_time()
        sets[0].add(at, record_id)
        sets[0].root(ROOM.tag, window(START).first_day, everything(START))
        best = min(best, time.process_time() - started)
    yield f"root at {size:,}", best * 1e3, "ms"


async def _stored(size: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "room.db"
        if size < MILLION:
            await fill(path, size)
        else:
            path, _ = await made()
        # Once before, so that what opens a store quickly is noted in it, as by any room that was left.
        async with opened(path) as store:
            await store.columns(Index().append)
        started = time.perf_counter()
        async with opened(path) as store:
            await store.columns(Index().append)
            read = time.perf_counter() - started
            spent = []
            for _ in range(REPEATS):
                started = time.perf_counter()
                await store.query(Filter(limit=20))
                spent.append(time.perf_counter() - started)
    return [(f"open at {size:,}", read * 1e3, "ms"), (f"newest 20 at {size:,}", min(spent) * 1e3, "ms")]
