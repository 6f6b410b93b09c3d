"""How fast the SQLite store is, beside plain sqlite3 in the same run: ``python -m tests.bench.bench_store``."""

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.filter import Filter
from peerset.core.keys import SecretKey
from peerset.core.merkle import Index
from peerset.core.record import Record, sign_record
from peerset.stores.schema import prepare, writing
from peerset.stores.snapshot import read_days
from peerset.stores.sqlite import SQLiteStore, open_sqlite

Row = tuple[str, float, str]

COUNT: Final = 100_000
BATCH: Final = 1_000
AUTHORS: Final = 500
DAYS: Final = 90
FIRST_DAY: Final = 20_653


def run() -> list[Row]:
    """Measure the store on 100,000 records of 90 days; give name, figure and unit."""
    return asyncio.run(measure())


async def measure() -> list[Row]:
    records = make_records(COUNT)
    with tempfile.TemporaryDirectory() as folder:
        plain = insert_plainly(Path(folder) / "plain.db", records)
        path = Path(folder) / "room.db"
        rows = [*await inserting(path, records, plain), *await opening(path)]
        store = await open_sqlite(str(path))
        try:
            return [*rows, *await reading(store, records), *await expiring(store)]
        finally:
            await store.aclose()


def make_records(count: int) -> list[Record]:
    """Records of about 300 bytes on the wire, in the order of their time."""
    rng = random.Random(1)
    keys = [SecretKey.generate(rng) for _ in range(AUTHORS)]
    tags = [["h", "00" * 16], ["c", "places"]]
    step = DAYS * DAY_SECONDS / count
    return [
        sign_record(
            rng.choice(keys),
            created_at=UnixTime(FIRST_DAY * DAY_SECONDS + int(number * step)),
            kind=1_078,
            tags=tags,
            content=f"{number:06}" + "x" * 130,
        )
        for number in range(count)
    ]


def insert_plainly(path: Path, records: Sequence[Record]) -> float:
    """Give the seconds that sqlite3 alone needs for the same table and pragmas, without tags and threads."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        before = time.perf_counter()
        for start in range(0, len(records), BATCH):
            with writing(db):
                db.executemany(
                    "INSERT INTO record (bucket, id, author, created_at, microseconds, kind, wire) "
                    "VALUES (?, ?, ?, ?, 0, ?, ?)",
                    (
                        (r.created_at // DAY_SECONDS, r.id, r.author, r.created_at, r.kind, r.wire)
                        for r in records[start : start + BATCH]
                    ),
                )
        return time.perf_counter() - before


async def inserting(path: Path, records: Sequence[Record], plain_seconds: float) -> list[Row]:
    store = await open_sqlite(str(path))
    try:
        before = time.perf_counter()
        for start in range(0, len(records), BATCH):
            await store.add(records[start : start + BATCH])
        spent = time.perf_counter() - before
        again = await seconds(store.add(records[:BATCH]))
    finally:
        await store.aclose()
    return [
        ("bytes on the wire", sum(len(record.wire) for record in records) / len(records), "bytes/record"),
        ("bytes in the file", size_of(path) / len(records), "bytes/record"),
        ("sqlite3 executemany, 1000 a transaction, no tags (reference)", len(records) / plain_seconds, "records/s"),
        ("store: add, 1000 a batch", len(records) / spent, "records/s"),
        ("store: add, by reference", spent / plain_seconds, "x"),
        ("store: add 1000 that are there", BATCH / again, "records/s"),
    ]


def size_of(path: Path) -> int:
    return path.stat().st_size


async def opening(path: Path) -> list[Row]:
    """Build the index by what the store gives: its entries, its days without snapshots and with them."""
    by_entries = await best(lambda: indexed(path, by_entries=True))
    without = await seconds(indexed(path)) * 1e3
    store = await open_sqlite(str(path))
    await store.columns(lambda _times, _ids: None)
    # Closing makes the snapshots.
    await store.aclose()
    with_snapshots = await best(lambda: indexed(path))
    return [
        (f"store: open, index of {COUNT} by entries (reference)", by_entries, "ms"),
        ("store: open, index by days without snapshots", without, "ms"),
        ("store: open, index by snapshots", with_snapshots, "ms"),
        ("store: open by snapshots, by reference", with_snapshots / by_entries, "x"),
    ]


async def indexed(path: Path, *, by_entries: bool = False) -> None:
    store = await open_sqlite(str(path))
    index = Index.bulk(await store.entries()) if by_entries else Index()
    if not by_entries:
        await store._file.run(lambda db: read_days(db, index.append))
    await store.aclose()
    assert len(index) == COUNT


async def reading(store: SQLiteStore, records: Sequence[Record]) -> list[Row]:
    rng = random.Random(2)
    ids = [record.id for record in rng.sample(records, BATCH)]
    author = Filter(authors=frozenset((records[0].author,)), limit=50)
    tagged = Filter(tags={"c": frozenset(("places",))}, limit=50)
    lacking = Filter(tags={"c": frozenset(("nowhere",))}, limit=50)
    return [
        ("store: get 1000 ids of 90 days", await best(lambda: store.get(ids)), "ms"),
        ("store: wires of 1000 ids of 90 days", await best(lambda: store.wires(ids)), "ms"),
        ("store: newest 50", await best(lambda: store.query(Filter(limit=50))), "ms"),
        ("store: newest 50 of an author", await best(lambda: store.query(author)), "ms"),
        ("store: newest 50 of a tag that all have", await best(lambda: store.query(tagged)), "ms"),
        ("store: newest 50 of a tag that none has", await best(lambda: store.query(lacking)), "ms"),
        ("store: all of a kind that none has", await best(lambda: store.query(Filter(kinds=frozenset((5,))))), "ms"),
        ("store: authors of deletions", await best(store.deleters), "ms"),
    ]


async def expiring(store: SQLiteStore) -> list[Row]:
    day = await seconds(store.expire(UnixTime((FIRST_DAY + 1) * DAY_SECONDS)))
    most = await seconds(store.expire(UnixTime((FIRST_DAY + DAYS - 10) * DAY_SECONDS)))
    return [
        (f"store: expire a day of {COUNT // DAYS}", day * 1e3, "ms"),
        ("store: expire 79 days and give their space back", most * 1e3, "ms"),
    ]


async def best(call: Callable[[], Awaitable[object]]) -> float:
    """Give the milliseconds of one call, at its best of five."""
    return min([await seconds(call()) for _ in range(5)]) * 1e3


async def seconds(call: Awaitable[object]) -> float:
    before = time.perf_counter()
    await call
    return time.perf_counter() - before


if __name__ == "__main__":
    for name, figure, unit in run():
        print(f"{name:64} {figure:14,.2f} {unit}")
