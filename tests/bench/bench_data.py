"""How fast documents are found, beside plain SQLite, Hyperbee and HyperDB in the same run.

``python -m tests.bench data`` takes 100,000 documents; ``PEERSET_BENCH_DOCUMENTS=1000000`` those that the goals are set
for. Goals hold for the medians, through the API of a room; what is computed meanwhile is processor time of all threads.
"""

import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import peerset
from peerset.cli.offline import Hermit
from peerset.core.record import RecordId
from peerset.documents.cursor import write_cursor
from peerset.documents.order import Seat
from peerset.documents.plan import plan
from peerset.stores.sqlite import open_sqlite
from tests.bench import engines
from tests.bench.filled import (
    BATCH,
    CITIES,
    KEY,
    KEYED_SHARE,
    PLACES,
    ROOM,
    SPAN_SECONDS,
    declare,
    definitions,
    fill,
    key_of,
    stamps,
    values,
)
from tests.bench.loops import run_fast

Row = tuple[str, float, str]
Call = Callable[[random.Random], Awaitable[object]]
Draw = Callable[[random.Random], object]

COUNT: Final = int(os.environ.get("PEERSET_BENCH_DOCUMENTS", "100000"))
PAGE: Final = 20
VISITS: Final = 100_000

RIVAL_COUNTS: Final = {"hyperbee": 50_000, "hyperdb": 20_000, "rocks": 100_000}
"""Of these engines, at most so many documents; they take longer to write more than anybody waits."""
RIVAL_LABELS: Final = {
    "write": "write, indexed (its processor time)",
    "open": "open",
    "find": "newest 20 by an index",
    "range": "ordered range of 20",
    "count": "count by an index",
    "get": "get by key",
    "scan": "scan",
}


def run() -> list[Row]:
    """Measure all; give name, figure and unit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        return [*run_fast(_ours(path / "room.db")), *_plain(path / "plain.db"), *_rivals(path)]


# Ours.


async def _ours(path: Path) -> list[Row]:
    written = await fill(path, COUNT)
    rows = [(f"store: write one of {COUNT:,} unsigned documents, computing", written * 1e6, "us")]
    rows += await _opening(path)
    async with peerset.join(ROOM, key=KEY, store=f"sqlite:{path}", signaling=[], host=Hermit()) as room:
        places, *others = declare(room)
        for each in (places, *others):
            await each.ready()
        for name, repeats, call in _queries(places):
            rows += await _timed(name, repeats, call)
    return rows + await _in_the_store(path)


def _queries(places: peerset.Collection[Any]) -> list[tuple[str, int, Call]]:
    find, count, deep = partial(places.find, limit=PAGE), places.count, _deep_cursor()
    cities = cycle(f"city {number}" for number in range(CITIES))
    return [
        ("find 20 by an index (goal 300)", 300, lambda rng: find({"city": _city(rng)})),
        ("find 20 by an index of two fields (goal 300)", 300, lambda rng: find({"city": _city(rng)}, order="-stars")),
        ("ordered range of 20 (goal 400)", 300, lambda rng: find({"stars": {"lt": _stars(rng)}}, order="-stars")),
        ("first page", 300, lambda _: find(order="-stars")),
        ("deep page (goal: as the first)", 300, lambda _: find(order="-stars", after=deep)),
        # Each city twice, with the warming up; from then on its count is kept.
        ("count by an index, one in 50: first and second time", 97, lambda _: count({"city": next(cities)})),
        ("count by an index, one in 50 (goal 100)", 300, lambda rng: count({"city": _city(rng)})),
        (
            "count by an index, one in 25,000 (goal 100)",
            300,
            lambda rng: count({"city": _city(rng), "stars": _stars(rng)}),
        ),
        ("count of all", 20, lambda _: count()),
        ("get by key", 300, lambda rng: places.get(_key(rng))),
        ("get_many of 100 keys", 30, lambda rng: places.get_many(_key(rng) for _ in range(100))),
        ("scan: count by no index (goal 200,000)", 5, lambda rng: count({"visits": _visits(rng)})),
        ("scan: find 20 by no index (goal 200,000)", 5, lambda rng: find({"visits": _visits(rng)})),
    ]


async def _in_the_store(path: Path) -> list[Row]:
    store = await open_sqlite(str(path))
    try:
        await store.define(definitions(), span_seconds=SPAN_SECONDS)
        rng, now = random.Random(2), int(time.time())
        asked = [plan(PLACES, {"key": _key(rng)}, author=KEY.public_key, limit=1, now=now) for _ in range(3_000)]
        before = time.perf_counter(), time.process_time()
        for each in asked:
            assert len(await store.find(each)) == 1
        wall, computing = time.perf_counter() - before[0], time.process_time() - before[1]
        return [
            ("store: get by key, one by one (goal 20,000)", len(asked) / wall, "1/s"),
            ("store: get by key, one by one, computing", len(asked) / computing, "1/s of a core"),
        ]
    finally:
        await store.aclose()


async def _opening(path: Path) -> list[Row]:
    spent, joined = [], []
    for _ in range(3):
        before = time.perf_counter()
        store = await open_sqlite(str(path))
        await store.define(definitions(), span_seconds=SPAN_SECONDS)
        while await store.build():
            pass
        spent.append(time.perf_counter() - before)
        await store.aclose()
        before = time.perf_counter()
        async with peerset.join(ROOM, key=KEY, store=f"sqlite:{path}", signaling=[], host=Hermit()) as room:
            for each in declare(room):
                await each.ready()
            joined.append(time.perf_counter() - before)
    return [
        ("store: open with 3 collections (goal 0.3)", min(spent), "s"),
        ("join a room with 3 collections: all ids are read, too", min(joined), "s"),
    ]


async def _timed(name: str, repeats: int, call: Call) -> list[Row]:
    rng, spent = random.Random(3), []
    for _ in range(3):
        await call(rng)
    computing = time.process_time()
    for _ in range(repeats):
        before = time.perf_counter()
        await call(rng)
        spent.append(time.perf_counter() - before)
    computing = (time.process_time() - computing) / repeats
    return [(name, statistics.median(spent) * 1e6, _unit(spent, computing))]


def _unit(spent: list[float], computing: float) -> str:
    return f"us p50, {sorted(spent)[int(len(spent) * 0.95)] * 1e6:,.0f} p95, {computing * 1e6:,.0f} computing"


def _city(rng: random.Random) -> str:
    return f"city {rng.randrange(CITIES)}"


def _stars(rng: random.Random) -> float:
    return rng.randrange(100, 500) / 100


def _visits(rng: random.Random) -> int:
    return rng.randrange(VISITS)


def _key(rng: random.Random) -> str:
    return f"k{rng.randrange(COUNT // KEYED_SHARE) * KEYED_SHARE}"


def _deep_cursor() -> str:
    """Give the place in the middle of all places by their stars."""
    asked = plan(PLACES, order="-stars", now=int(time.time()))
    return write_cursor(asked.digest, Seat((2.5,), stamps(COUNT)[COUNT // 2], RecordId(bytes(32))))


# Plain SQLite.


def _plain(path: Path) -> Iterator[Row]:
    """Measure sqlite3 alone: the same rows, the same three indexes, and each document's JSON."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        _fill_plainly(db)
        yield _plainly(db, "newest 20 by an index", 300, "city = ? ORDER BY stamp DESC LIMIT 20", _city)
        stars = "stars < ? ORDER BY stars DESC, stamp DESC LIMIT 20"
        yield _plainly(db, "ordered range of 20", 300, stars, _stars)
        yield _plainly(db, "get by key", 300, "key = ?", _key)
        yield _plainly(db, "count by an index, one in 50", 100, "city = ?", _city, is_count=True)
        yield _plainly(db, "scan: count by no index", 5, "visits = ?", _visits, is_count=True)


def _fill_plainly(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE place (stamp, key, title, city, stars, open, visits, note, wire)")
    for fields in ("city, stamp", "stars, stamp", "city, stars, stamp", "key"):
        db.execute(f"CREATE INDEX {'_'.join(fields.split(', '))} ON place ({fields})")
    rows = (
        (stamp, key_of(number), *value.values(), json.dumps(value))
        for number, (stamp, value) in enumerate(zip(stamps(COUNT), values(COUNT), strict=True))
    )
    while batch := list(islice(rows, BATCH)):
        db.execute("BEGIN")
        db.executemany("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", batch)
        db.execute("COMMIT")


def _plainly(db: sqlite3.Connection, name: str, repeats: int, where: str, draw: Draw, *, is_count: bool = False) -> Row:
    rng, spent = random.Random(3), []
    asked = f"SELECT {'count(*)' if is_count else 'wire'} FROM place WHERE {where}"
    computing = time.process_time()
    for _ in range(repeats):
        before = time.perf_counter()
        found = db.execute(asked, (draw(rng),)).fetchall()
        if not is_count:
            found = [json.loads(wire) for (wire,) in found]
        spent.append(time.perf_counter() - before)
    computing = (time.process_time() - computing) / repeats
    return f"plain SQLite: {name}", statistics.median(spent) * 1e6, _unit(spent, computing)


# Hyperbee and HyperDB.


def _rivals(folder: Path) -> list[Row]:
    return engines.measure_all(lambda engine: _rival(folder / engine, engine))


def _rival(folder: Path, engine: str) -> Iterator[Row]:
    count = min(COUNT, RIVAL_COUNTS[engine])
    for label, figure, late, computing in engines.run(folder, engine, values(count)):
        name = f"{engines.ENGINES[engine]}, {count:,}: {RIVAL_LABELS[label]}"
        yield (
            name,
            figure,
            "1/s of a core" if label == "write" else f"us p50, {late:,.0f} p95, {computing:,.0f} computing",
        )


if __name__ == "__main__":
    for label, figure, unit in run():
        print(f"{label:<70} {figure:12,.1f} {unit}")
