"""A room of a million records in a SQLite file: to open, list, ask, fill and collect it, beside plain SQLite.

Each figure of a process is that of a new one. The records have no true signatures, which no store looks at; the file is
made once a day, in the temporary directory. Plain SQLite has the same rows, in tables as anybody would make them:
records by id, time and author, and their tags.
"""

import asyncio
import gc
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import peerset
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.filter import Filter
from peerset.core.record import Record
from peerset.stores.sqlite import SQLiteStore
from peerset.testing.memory import MemorySwarm
from tests.bench import engines
from tests.bench.filled import values
from tests.bench.sizes import sized
from tests.bench.unsigned import DAYS, RARE_EVERY, in_batches, make, opened
from tests.protocol.pair import ROOM, key

Row = tuple[str, float, str]

RECORDS: Final = sized(1_000_000, 20_000)
INSERTED: Final = sized(20_000, 2_000)
BATCH: Final = 1_000
REPEATS: Final = 5
RUNS: Final = sized(3, 1)
HYPERBEE: Final = sized(10_000, 1_000)
FRESH_SECONDS: Final = DAY_SECONDS
FOLDER: Final = Path(tempfile.gettempdir()) / "peerset-bench"
PLAIN: Final = """
    CREATE TABLE record (number INTEGER PRIMARY KEY, id BLOB, author BLOB, created_at INTEGER, kind INTEGER, wire BLOB);
    CREATE TABLE tag (name TEXT, value TEXT, created_at INTEGER, record INTEGER);
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768;
"""
INDEXES: Final = """
    CREATE UNIQUE INDEX record_id ON record (id);
    CREATE INDEX record_time ON record (created_at);
    CREATE INDEX record_author ON record (author, created_at);
    CREATE INDEX tag_value ON tag (name, value, created_at);
"""
NEWEST: Final = """
    SELECT record.wire FROM tag JOIN record ON record.number = tag.record WHERE name = 'c' AND value = ?
    ORDER BY tag.created_at DESC LIMIT 50
"""
SETTLED: Final = "SELECT 1 FROM meta WHERE name = 'snapshot'"
SETTLING_SECONDS_MAX: Final = 60
LISTING: Final = """
import atexit, sys
atexit.register(lambda: sys.stderr.write(open("/proc/self/status").read()))
from peerset.__main__ import main
sys.exit(main())
"""


def run() -> Iterator[Row]:
    """Measure; give each (name, value, unit) as soon as it is known."""
    ours, plain = asyncio.run(made())
    yield "records", RECORDS, ""
    yield "file, a record", ours.stat().st_size / RECORDS, "bytes"
    yield "plain SQLite, file, a record", plain.stat().st_size / RECORDS, "bytes"
    yield from _joined(ours)
    yield from _listed(ours)
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(_used(Path(shutil.copy(ours, folder))))
        yield from _used_plainly(Path(shutil.copy(plain, folder)))
        for name, rate, _, _ in engines.measure_all(
            lambda engine: (
                engines.run(Path(folder) / engine, engine, values(HYPERBEE), at_once=BATCH)
                if engine == "hyperbee"
                else ()
            )
        ):
            yield f"Hyperbee, inserts ({name})", 1e6 / rate, "us"


async def made() -> tuple[Path, Path]:
    """Give the files of our store and of plain SQLite, made unless they are there and of today."""
    FOLDER.mkdir(exist_ok=True)
    ours, plain = FOLDER / f"ours-{RECORDS}.db", FOLDER / f"plain-{RECORDS}.db"
    if plain.exists() and time.time() - plain.stat().st_mtime < FRESH_SECONDS:
        return ours, plain
    for path in FOLDER.glob(f"*-{RECORDS}.db*"):
        path.unlink()
    unfinished = FOLDER / f"unfinished-{RECORDS}.db"
    async with opened(ours) as store:
        await store.bind(ROOM.tag)
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as db:
            db.executescript(PLAIN)
            for at, batch in enumerate(in_batches(RECORDS, end=int(time.time()) - 3_600)):
                await store.add(batch)
                insert_plainly(db, batch, at * len(batch))
            db.executescript(INDEXES)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    await _settle(ours)
    unfinished.rename(plain)
    return ours, plain


async def _settle(path: Path) -> None:
    """Join once, until the store has noted of each day what opens it quickly, as any room that was open for a while."""
    async with peerset.join(ROOM.room, app=ROOM.app, host=MemorySwarm().host(), store=f"sqlite:{path}"):
        with closing(sqlite3.connect(path)) as db:
            for _ in range(SETTLING_SECONDS_MAX):
                if db.execute(SETTLED).fetchall():
                    return
                await asyncio.sleep(1)


def insert_plainly(db: sqlite3.Connection, records: Sequence[Record], first: int) -> None:
    """Write the rows of *records*, numbered from *first*, in a transaction."""
    db.execute("BEGIN")
    numbered = list(enumerate(records, first))
    db.executemany(
        "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)",
        ((number, each.id, each.author, each.created_at, each.kind, each.wire) for number, each in numbered),
    )
    db.executemany(
        "INSERT INTO tag VALUES (?, ?, ?, ?)",
        ((tag[0], tag[1], each.created_at, number) for number, each in numbered for tag in each.tags),
    )
    db.execute("COMMIT")


# Processes.


def _joined(path: Path) -> Iterator[Row]:
    """Join the room in a process of its own, and one with an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        empty = [_join_apart(f"sqlite:{folder}/empty.db") for _ in range(RUNS)]
    full = [_join_apart(f"sqlite:{path}") for _ in range(RUNS)]
    yield (
        "open until the room is joined, beyond an empty one",
        min(each[0] for each in full) - min(each[0] for each in empty),
        "s",
    )
    yield "peak after opening", min(each[1] for each in full), "MB"
    yield "peak after opening, of an empty one", min(each[1] for each in empty), "MB"
    yield "joined", min(each[2] for each in full), "MB"
    yield "joined, an empty one", min(each[2] for each in empty), "MB"
    index = min(each[2] for each in full) - min(each[2] for each in empty)
    yield "index and all else, a record, beyond an empty one", index * 1e6 / RECORDS, "bytes"


def _join_apart(store: str) -> list[float]:
    command = [sys.executable, "-m", "tests.bench.bench_million", "join", store]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [float(field) for field in told.split()]


async def _join(store: str) -> None:
    """Be the process that joins: print seconds, megabytes at most and in the end."""
    host = MemorySwarm().host()
    started = time.perf_counter()
    async with peerset.join(ROOM.room, app=ROOM.app, host=host, store=store) as room:
        seconds = time.perf_counter() - started
        peak = memory("VmHWM")
        await asyncio.sleep(1)
        gc.collect()
        print(seconds, peak, memory("VmRSS"), room.count)


def memory(what: str, status: str = "") -> float:
    """Give the megabytes of a line of proc(5) status, of this process unless another's is given."""
    text = status or Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) * 1_024 / 1e6 for line in text.splitlines() if line.startswith(f"{what}:"))


def _listed(path: Path) -> Iterator[Row]:
    arguments = ["records", ROOM.room, "--limit", "20", "--store", f"sqlite:{path}"]
    costs, peaks = [], []
    with tempfile.TemporaryDirectory() as home:
        places = {"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home}
        for _ in range(RUNS):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-c", LISTING, *arguments]
            told = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            peaks.append(memory("VmHWM", told.stderr))
    yield "peerset records --limit 20", min(costs), "s"
    yield "peak of peerset records --limit 20", min(peaks), "MB"


# The store.


async def _used(path: Path) -> list[Row]:
    async with opened(path) as store:
        rows = [
            ("newest 50", await _best(store, Filter(limit=50)), "ms"),
            ("rare tag, newest 50", await _best(store, Filter(tags={"c": frozenset(("rare",))}, limit=50)), "ms"),
            ("common tag, newest 50", await _best(store, Filter(tags={"c": frozenset(("places",))}, limit=50)), "ms"),
            ("scattered inserts", await _insert(store, scattered()), "us"),
            ("newest inserts", await _insert(store, newest()), "us"),
        ]
        first = int(time.time()) - DAYS * DAY_SECONDS
        rows.append(("a day collected", await _milliseconds(store.expire(UnixTime(first + DAY_SECONDS))), "ms"))
        return rows


async def _best(store: SQLiteStore, query: Filter) -> float:
    return min([await _milliseconds(store.query(query)) for _ in range(REPEATS)])


async def _milliseconds(work: Awaitable[object]) -> float:
    before = time.perf_counter()
    await work
    return (time.perf_counter() - before) * 1e3


async def _insert(store: SQLiteStore, records: Sequence[Record]) -> float:
    """Give the microseconds of the processor, all threads counted, until a record is in its place."""
    before = time.process_time()
    for at in range(0, len(records), BATCH):
        await store.add(records[at : at + BATCH])
    await store.query(Filter(limit=1))
    return (time.process_time() - before) / len(records) * 1e6


def scattered() -> list[Record]:
    """Give records of all days, in batches that are each ordered by time, as a round brings them."""
    rng, end = random.Random(5), int(time.time()) - 3_600
    found = []
    for first in range(RECORDS, RECORDS + INSERTED, BATCH):
        times = sorted(end - rng.randrange((DAYS - 2) * DAY_SECONDS) for _ in range(BATCH))
        found += [make(first + number, at, key(1 + number % 50).public_key) for number, at in enumerate(times)]
    return [record for record in found if int(record.content[:7]) % RARE_EVERY]


def newest() -> list[Record]:
    """Give as many of the last hour."""
    end, first = int(time.time()), RECORDS + INSERTED
    return [
        make(first + number, end - 3_000 + number * 2_900 // INSERTED, key(1 + number % 50).public_key)
        for number in range(INSERTED)
    ]


# Plain SQLite.


def _used_plainly(path: Path) -> Iterator[Row]:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768;")
        spent = []
        for _ in range(REPEATS):
            before = time.perf_counter()
            db.execute(NEWEST, ("rare",)).fetchall()
            spent.append(time.perf_counter() - before)
        yield "plain SQLite, rare tag", min(spent) * 1e3, "ms"
        for name, records in (("scattered", scattered()), ("newest", newest())):
            (first,) = db.execute("SELECT max(number) + 1 FROM record").fetchone()
            before = time.process_time()
            for at in range(0, len(records), BATCH):
                insert_plainly(db, records[at : at + BATCH], first + at)
            yield f"plain SQLite, {name} inserts", (time.process_time() - before) / len(records) * 1e6, "us"


if __name__ == "__main__":
    if sys.argv[1:2] == ["join"]:
        asyncio.run(_join(sys.argv[2]))
    else:
        for label, value, unit in run():
            print(f"{label:60} {value:12,.2f} {unit}", flush=True)
