"""What writing documents costs: processor time of all threads, beside plain SQLite, Hyperbee, HyperDB and signatures.

``python -m tests.bench documents``. Places have 6 fields and 3 indexes, as in ``data``; rooms are real, their network
is in memory. What others compute on this machine slows everything here, signatures included, so each figure stands
beside what a bare signature cost meanwhile: the ratio is what can be compared. Goals are so many a second of one core
with nothing else to do.
"""

import asyncio
import gc
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from coincurve import PrivateKey

import peerset
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, sign_record
from peerset.core.signal import RoomName
from peerset.core.stamp import MICROSECONDS, split_stamp
from peerset.plugins import open_store
from peerset.ports import DocumentStore
from peerset.testing.memory import MemorySwarm
from tests.bench import engines
from tests.bench.bench_ingest import one_core
from tests.bench.filled import INDEXES, KEYED_SHARE, PLACES, SCHEMA, SPAN_SECONDS, values
from tests.bench.loops import run_fast

Row = tuple[str, float, str]
Places = peerset.Collection[Any]
Work = Callable[[int, int], Awaitable[object]]
"""Writes so many places from a number on."""

NAME: Final = RoomName("bench", "documents")
AUTHORS: Final = 20
PUTS: Final = 2_000
GOAL_PUTS: Final = 3_500
GOAL_BATCHES: Final = 9_000
GOAL_SYNCED: Final = 12_000
"""A CPU second each."""
RECORDS: Final = 20_000
BATCH: Final = 500
AT_ONCE: Final = 100
FOLDED: Final = 2_000

VALUES: Final = list(values(RECORDS))
_PRIVATE: Final = PrivateKey(bytes(31) + b"\x09")
_MESSAGE: Final = bytes(32)


def run() -> list[Row]:
    """Measure all."""
    signed = records(RECORDS)
    with one_core(), tempfile.TemporaryDirectory() as folder:
        found = _references(Path(folder), signed)
        for measure in (_putting, _taking_in, _storing, _following, _folding):
            found += run_fast(measure(Path(folder), signed))
        return found + engines.measure_all(lambda engine: _rival(Path(folder), engine))


def records(count: int) -> list[Record]:
    """Sign places of several authors, oldest first."""
    rng = random.Random(1)
    keys = [SecretKey.generate(rng) for _ in range(AUTHORS)]
    end = (int(time.time()) - 3_600) * MICROSECONDS
    step = 80 * DAY_SECONDS * MICROSECONDS // count
    return [_signed(keys[number % AUTHORS], end - (count - number) * step, number) for number in range(count)]


def _signed(key: SecretKey, stamp: int, number: int) -> Record:
    created_at, timed = split_stamp(stamp)
    named = [] if number % KEYED_SHARE else [("d", f"places/k{number}")]
    tags = [("h", NAME.tag.hex()), ("c", "places"), *timed, *named]
    content = json.dumps(VALUES[number], separators=(",", ":"))
    kind = KIND_KEYED if named else KIND_RECORD
    return sign_record(key, created_at=UnixTime(created_at), kind=kind, tags=tags, content=content)


# References.


def _references(folder: Path, signed: Sequence[Record]) -> list[Row]:
    some = signed[:PUTS]
    verify = _timed(lambda: [each.has_valid_signature() for each in some]) / len(some)
    own = SecretKey(bytes(31) + b"\x09")
    found = [
        ("a bare signature, by coincurve", _signing(PUTS) * 1e6, "us"),
        ("a signature, by our key", _timed(lambda: [own.sign(each.id) for each in some]) / len(some) * 1e6, "us"),
        ("checking a signature", verify * 1e6, "us"),
    ]
    for size in (1, BATCH):
        cost, bare = _plain(folder / f"plain-{size}.db", signed[: PUTS if size == 1 else None], size)
        found += _shown(f"plain SQLite, the same rows and indexes, {size} a commit", cost, bare)
    return found


def _plain(path: Path, signed: Sequence[Record], size: int) -> tuple[float, float]:
    run_fast(_make_file(path))
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = NORMAL", "cache_size = -32768", "wal_autocheckpoint = 8000"):
        db.execute(f"PRAGMA {pragma}")
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
    return cost, _signing(PUTS)


async def _make_file(path: Path) -> None:
    async with _joined(path):
        pass


def _plain_rows(number: int, record: Record) -> tuple[tuple[Any, ...], list[tuple[Any, ...]], tuple[Any, ...]]:
    bucket = record.created_at // DAY_SECONDS
    key = record.tag_value("d")
    address = None if key is None else bytes(32)
    row = number, bucket, record.id, record.author, record.created_at, 0, record.kind, address, record.wire
    tags = [(bucket, name, text, number) for name in ("c", "d") for text in record.tag_values(name)]
    fields = json.loads(record.content).values()
    doc = number, record.created_at // SPAN_SECONDS, record.created_at * MICROSECONDS, key, record.author, *fields
    return row, tags, doc


def _rival(folder: Path, engine: str) -> Iterator[Row]:
    name = engines.ENGINES[engine]
    for at_once, count, what in ((1, PUTS // 4, "put, one after the other"), (BATCH, 4 * BATCH, f"batches of {BATCH}")):
        places = islice(VALUES, count)
        for _, rate, _, _ in engines.run(folder / f"{engine}-{at_once}", engine, places, at_once=at_once):
            yield f"{name}: {what}", rate, "a CPU second"


# A room.


@asynccontextmanager
async def _joined(path: Path) -> AsyncIterator[tuple[peerset.Room, Places]]:
    # A network in memory: what WebRTC does on joining is no part of writing.
    host = MemorySwarm().host()
    async with peerset.join(NAME.room, app=NAME.app, host=host, store=f"sqlite:{path}") as room:
        places = room.collection("places", SCHEMA, indexes=INDEXES)
        await places.ready()
        yield room, places


async def _putting(folder: Path, _: Sequence[Record]) -> list[Row]:
    async with _joined(folder / "put.db") as (room, places):

        async def put(first: int, count: int) -> None:
            for number in range(first, first + count):
                await places.put(f"k{number}", VALUES[number])

        async def add(first: int, count: int) -> None:
            for number in range(first, first + count):
                await places.add(VALUES[number])

        async def put_at_once(first: int, count: int) -> None:
            await asyncio.gather(*(places.put(f"c{number}", VALUES[number]) for number in range(first, first + count)))

        async def commit(first: int, count: int) -> None:
            batch = room.batch()
            for number in range(first, first + count):
                batch.put(places, f"b{number}", VALUES[number])
            await batch.commit()

        return [
            *await _figures(f"put, one after the other, new keys (goal {GOAL_PUTS:,})", PUTS, AT_ONCE, put),
            *await _figures(f"put, one after the other, known keys (goal {GOAL_PUTS:,})", PUTS, AT_ONCE, put),
            *await _figures("add, one after the other", PUTS, AT_ONCE, add),
            *await _figures(f"put, {AT_ONCE} at once", PUTS, AT_ONCE, put_at_once),
            *await _figures(f"batches of {BATCH} (goal {GOAL_BATCHES:,})", 4 * BATCH, BATCH, commit),
        ]


async def _taking_in(folder: Path, signed: Sequence[Record]) -> list[Row]:
    async with _joined(folder / "add.db") as (room, _):

        async def add(first: int, count: int) -> None:
            await room.add(signed[first : first + count])

        return await _figures(f"synced, verified and indexed (goal {GOAL_SYNCED:,})", RECORDS, RECORDS // 10, add)


async def _storing(folder: Path, signed: Sequence[Record]) -> list[Row]:
    store = await open_store(f"sqlite:{folder / 'store.db'}")
    assert isinstance(store, DocumentStore)
    await store.define([PLACES], span_seconds=SPAN_SECONDS)

    async def add(first: int, count: int) -> None:
        await store.add(signed[first : first + count])

    found = await _figures(f"the store alone, {BATCH} a call", RECORDS, BATCH, add)
    await store.aclose()
    return found


async def _following(folder: Path, signed: Sequence[Record]) -> list[Row]:
    """Measure what live queries add to taking records in; ``live`` measures how they are found alone."""
    found: list[Row] = []
    wheres: dict[str, Callable[[int], dict[str, Any]]] = {
        "by an equality": lambda number: {"visits": number, "stars": {"gte": 2}},
        "by a range": lambda number: {"stars": {"gte": 4.9}, "visits": {"gte": number}},
    }
    for what, where in wheres.items():
        for count in (1, 100, 1_000):
            async with _joined(folder / f"live-{what}-{count}.db") as (room, places), AsyncExitStack() as stack:
                for number in range(count):
                    await stack.enter_async_context(await places.live(where(number), limit=20))

                async def add(first: int, size: int, room: peerset.Room = room) -> None:
                    await room.add(signed[first : first + size])
                    await asyncio.sleep(0.05)

                name = f"taken in under {count:,} live queries {what}"
                found += await _figures(name, BATCH * 4, BATCH, add)
    return found


async def _folding(folder: Path, signed: Sequence[Record]) -> list[Row]:
    def count(state: Any, doc: peerset.Doc[Any]) -> Any:
        return {"n": state["n"] + 1, "stars": state["stars"] + doc.value["stars"]}

    late = signed[FOLDED - 600 : FOLDED : 6]
    early = [record for record in signed[:FOLDED] if record not in late]
    async with _joined(folder / "fold.db") as (room, places):
        fold = room.fold(places, {"n": 0, "stars": 0}, count)

        async def add(first: int, size: int) -> None:
            await room.add(early[first : first + size])
            await fold.ready()

        async def add_late(first: int, size: int) -> None:
            for record in late[first : first + size]:
                await room.add([record])
                await fold.ready()

        return [
            *await _figures(f"folded in order, {AT_ONCE} at once", len(early), AT_ONCE, add),
            *await _figures("folded up to 600 places late, one by one", len(late), len(late) // 4, add_late),
        ]


# Clocks.


async def _figures(name: str, count: int, size: int, work: Work) -> list[Row]:
    """Measure *work*, a part at a time, and bare signatures in between."""
    gc.collect()
    spent = waited = signing = 0.0
    parts = range(0, count, size)
    for first in parts:
        wall, cpu = time.perf_counter(), time.process_time()
        await work(first, size)
        spent += time.process_time() - cpu
        waited += time.perf_counter() - wall
        signing += _signing(50)
    return [*_shown(name, spent / count, signing / len(parts)), (name, count / waited, "a second, waiting included")]


def _shown(name: str, cost: float, bare: float) -> list[Row]:
    return [(name, cost * 1e6, "us"), (name, 1 / cost, "a CPU second"), (name, cost / bare, "bare signatures")]


def _signing(count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        _PRIVATE.sign_schnorr(_MESSAGE, _MESSAGE)
    return (time.process_time() - start) / count


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start
