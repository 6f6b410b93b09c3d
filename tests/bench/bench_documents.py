"""What writing documents costs: CPU of all threads, and the same rows in plain SQLite and a bare signature beside it.

``python -m tests.bench documents``. Documents have 6 fields and 3 indexes; rooms are real, their network is in memory.
"""

import asyncio
import gc
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import peerset
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, sign_record
from peerset.core.signal import RoomName
from peerset.core.stamp import MICROSECONDS, split_stamp
from peerset.documents.definition import define
from peerset.plugins import open_store
from peerset.ports import DocumentStore
from peerset.testing.memory import MemorySwarm
from tests.bench.bench_ingest import one_core
from tests.bench.loops import run_fast

Row = tuple[str, float, str]
Places = peerset.Collection[Any]

ROOM: Final = RoomName("bench", "documents")
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "city": {"type": "string"},
        "stars": {"type": "number"},
        "open": {"type": "boolean"},
        "visits": {"type": "integer"},
        "note": {"type": "string"},
    },
    "required": ["title"],
}
INDEXES: Final = ("city", "-stars", ("city", "-stars"))
CITIES: Final = 50
AUTHORS: Final = 20
PUTS: Final = 2_000
RECORDS: Final = 20_000
BATCH: Final = 500


def value_of(number: int) -> dict[str, Any]:
    """Give a place."""
    return {
        "title": f"place {number}",
        "city": f"city {number * 31 % CITIES}",
        "stars": number * 7_919 % 500 / 100,
        "open": number % 2 == 0,
        "visits": number,
        "note": f"{number:x}".rjust(40, "-"),
    }


def run() -> list[Row]:
    """Measure all."""
    signed = records(RECORDS)
    found = [*_references(signed)]
    with one_core(), tempfile.TemporaryDirectory() as folder:
        found += run_fast(_writing(Path(folder)))
        found += run_fast(_intake(Path(folder), signed))
        found += run_fast(_store(Path(folder), signed))
    return found


def records(count: int) -> list[Record]:
    """Sign places of several authors over 90 days, oldest first."""
    rng = random.Random(1)
    keys = [SecretKey.generate(rng) for _ in range(AUTHORS)]
    end = (int(time.time()) - 3_600) * MICROSECONDS
    step = 80 * DAY_SECONDS * MICROSECONDS // count
    return [_signed(keys[number % AUTHORS], end - (count - number) * step, number) for number in range(count)]


def _signed(key: SecretKey, stamp: int, number: int) -> Record:
    created_at, timed = split_stamp(stamp)
    named = [] if number % 10 else [("d", f"places/k{number}")]
    tags = [("h", ROOM.tag.hex()), ("c", "places"), *timed, *named]
    content = json.dumps(value_of(number), separators=(",", ":"))
    kind = KIND_KEYED if named else KIND_RECORD
    return sign_record(key, created_at=UnixTime(created_at), kind=kind, tags=tags, content=content)


# References.


def _references(signed: Sequence[Record]) -> list[Row]:
    key = SecretKey(bytes(31) + b"\x09")
    some = signed[:PUTS]
    sign = _timed(lambda: [key.sign(each.id) for each in some]) / len(some)
    verify = _timed(lambda: [each.has_valid_signature() for each in some]) / len(some)
    found: list[Row] = [
        ("reference: a bare signature", sign * 1e6, "us"),
        ("reference: checking a signature", verify * 1e6, "us"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for size in (1, BATCH):
            count = PUTS if size == 1 else len(signed)
            cost = _plain(Path(folder) / f"plain-{size}.db", signed[:count], size)
            found.append((f"reference: plain SQLite, the same rows and indexes, {size} a commit", cost * 1e6, "us"))
    return found


def _plain(path: Path, signed: Sequence[Record], size: int) -> float:
    run_fast(_make_file(path))
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA cache_size = -32768")
    db.execute("PRAGMA wal_autocheckpoint = 8000")
    rows = [_plain_rows(number, record) for number, record in enumerate(signed, 1)]

    def write() -> None:
        for at in range(0, len(rows), size):
            some = rows[at : at + size]
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [row for row, _, _ in some])
            db.executemany("INSERT INTO tag VALUES (?, ?, ?, ?)", [tag for _, tags, _ in some for tag in tags])
            db.executemany(
                "INSERT INTO doc_1 VALUES (?, ?, ?, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?)", [doc for _, _, doc in some]
            )
            db.execute("COMMIT")

    cost = _timed(write) / len(rows)
    db.close()
    return cost


async def _make_file(path: Path) -> None:
    async with _joined(path):
        pass


def _plain_rows(number: int, record: Record) -> tuple[tuple[Any, ...], list[tuple[Any, ...]], tuple[Any, ...]]:
    bucket = record.created_at // DAY_SECONDS
    key = next(iter(record.tag_values("d")), None)
    address = None if key is None else bytes(32)
    row = number, bucket, record.id, record.author, record.created_at, 0, record.kind, address, record.wire
    tags = [(bucket, name, text, number) for name in ("c", "d") for text in record.tag_values(name)]
    fields = json.loads(record.content).values()
    doc = number, record.created_at // (15 * DAY_SECONDS), record.created_at * MICROSECONDS, key, record.author, *fields
    return row, tags, doc


# A room.


@asynccontextmanager
async def _joined(path: Path) -> AsyncIterator[tuple[peerset.Room, Places]]:
    # A network in memory: what WebRTC does on joining is no part of writing.
    host = MemorySwarm().host()
    async with peerset.join(ROOM.room, app=ROOM.app, host=host, store=f"sqlite:{path}") as room:
        places = room.collection("places", SCHEMA, indexes=INDEXES)
        await places.ready()
        yield room, places


async def _writing(folder: Path) -> list[Row]:
    found: list[Row] = []
    async with _joined(folder / "put.db") as (room, places):
        found += await _figures("put, one by one, new keys", PUTS, lambda: _puts(places, 0))
        found += await _figures("put, one by one, known keys", PUTS, lambda: _puts(places, 0))
        found += await _figures("add, one by one", PUTS, lambda: _adds(places))
        found += await _figures("put, 100 at once", PUTS, lambda: _puts_at_once(places, PUTS))
        found += await _figures(f"batches of {BATCH}, put", 4 * BATCH, lambda: _batches(room, places, 4))
    return found


async def _puts(places: Places, first: int) -> None:
    for number in range(first, first + PUTS):
        await places.put(f"k{number}", value_of(number))


async def _adds(places: Places) -> None:
    for number in range(PUTS):
        await places.add(value_of(number))


async def _puts_at_once(places: Places, first: int) -> None:
    for start in range(first, first + PUTS, 100):
        await asyncio.gather(*(places.put(f"k{number}", value_of(number)) for number in range(start, start + 100)))


async def _batches(room: peerset.Room, places: Places, count: int) -> None:
    for start in range(0, count * BATCH, BATCH):
        batch = room.batch()
        for number in range(start, start + BATCH):
            batch.put(places, f"b{number}", value_of(number))
        await batch.commit()


async def _intake(folder: Path, signed: Sequence[Record]) -> list[Row]:
    async with _joined(folder / "add.db") as (room, _):
        return await _figures("synced, verified and indexed", len(signed), lambda: room.add(signed))


async def _store(folder: Path, signed: Sequence[Record]) -> list[Row]:
    async with _joined(folder / "store.db"):
        pass
    store = await open_store(f"sqlite:{folder / 'store.db'}")
    assert isinstance(store, DocumentStore)
    await store.define([define("places", SCHEMA, indexes=INDEXES)], span_seconds=15 * DAY_SECONDS)

    async def add() -> None:
        for at in range(0, len(signed), BATCH):
            await store.add(signed[at : at + BATCH])

    found = await _figures(f"the store alone, {BATCH} a call", len(signed), add)
    await store.aclose()
    return found


async def _figures(name: str, count: int, work: Callable[[], Awaitable[Any]]) -> list[Row]:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return [(name, cpu / count * 1e6, "us CPU"), (name, count / cpu, "a CPU second"), (name, count / wall, "a second")]


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    for name, figure, unit in run():
        print(f"{name:65} {figure:10.1f} {unit}")
