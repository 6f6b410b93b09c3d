"""Snapshots of days: what they give is what the store holds, whatever was written and whoever changed them."""

import random
import sqlite3
from array import array
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, RecordId, sign_record
from peerset.stores import snapshot
from peerset.stores.snapshot import are_due, find_due, finish, read_days, write_day
from peerset.stores.sqlite import SQLiteStore, open_sqlite

pytestmark = pytest.mark.real_time

DAY = 20_000
KEY = SecretKey.generate(random.Random(1))
Entries = list[tuple[int, bytes]]


def records(count: int, *, days: int = 4) -> list[Record]:
    rng = random.Random(count)
    moments = [UnixTime(DAY * DAY_SECONDS + rng.randrange(days * DAY_SECONDS)) for _ in range(count)]
    return [
        sign_record(KEY, created_at=moment, kind=1_078, tags=[["h", "00" * 16]], content=str(number))
        for number, moment in enumerate(moments)
    ]


def entries_of(db: sqlite3.Connection) -> Entries:
    found: Entries = []

    def take(times: "array[int]", ids: bytes) -> None:
        assert {created_at // DAY_SECONDS for created_at in times} == {times[0] // DAY_SECONDS}
        found.extend((created_at, ids[at * 32 : (at + 1) * 32]) for at, created_at in enumerate(times))

    read_days(db, take)
    return found


def make(db: sqlite3.Connection) -> int:
    """Make the snapshots that are due; say of how many days."""
    due = find_due(db)
    for day in due.days:
        write_day(db, day)
    finish(db, due)
    return len(due.days)


async def held(store: SQLiteStore) -> tuple[Entries, Entries]:
    return await store._file.run(entries_of), await store.entries()


async def filled(path: Path, few: list[Record]) -> SQLiteStore:
    store = await open_sqlite(str(path))
    await store.add(few)
    return store


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_written_is_read(tmp_path: Path, seed: int) -> None:
    rng, pool = random.Random(seed), records(300)
    store = await filled(tmp_path / "room.db", [])
    try:
        for _ in range(40):
            match rng.randrange(6):
                case 0:
                    await store._file.run(make)
                case 1:
                    await store.expire(UnixTime(DAY * DAY_SECONDS + rng.randrange(2 * DAY_SECONDS)))
                case 2:
                    await store.purge([each.id for each in rng.sample(pool, 20)])
                case 3:
                    await store.fill(rng.sample(pool, 20))
                case _:
                    await store.add(rng.sample(pool, 60), removed=[each.id for each in rng.sample(pool, 10)])
            found, expected = await held(store)
            assert found == expected
    finally:
        await store.aclose()


async def test_only_days_that_changed_are_made_anew(tmp_path: Path) -> None:
    pool = records(200)
    store = await filled(tmp_path / "room.db", pool[:150])
    try:
        assert await store._file.run(make) == 4
        assert await store._file.run(make) == 0
        await store.add([each for each in pool[150:] if each.created_at // DAY_SECONDS == DAY + 1])
        [of_day] = [each for each in pool[:150] if each.created_at // DAY_SECONDS == DAY + 3][:1]
        await store.add([], removed=[of_day.id])
        assert await store._file.run(make) == 2
        assert await store._file.run(lambda db: db.execute("SELECT count(*) FROM stale_day").fetchone()) == (0,)
        found, expected = await held(store)
        assert found == expected
    finally:
        await store.aclose()


async def test_they_are_due_after_many_records_or_any_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "UNSEEN_MAX", 100)
    pool = records(220)
    store = await filled(tmp_path / "room.db", pool[:90])
    try:
        assert not await store._file.run(are_due)
        await store.add([], removed=[pool[0].id])
        assert not await store._file.run(are_due), "without snapshots nothing is lost to them"
        await store.add(pool[100:120])
        assert await store._file.run(are_due)
        await store._file.run(make)
        assert not await store._file.run(are_due)
        await store.add([], removed=[pool[1].id])
        assert await store._file.run(are_due)
    finally:
        await store.aclose()


def believing(db: sqlite3.Connection) -> Entries:
    """Read, and make sure that no record was read for it."""
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    found = entries_of(db)
    db.set_trace_callback(None)
    assert not [sql for sql in asked if "record_by_id" in sql], "the records of a day were read"
    return found


@pytest.mark.parametrize("unseen", [0, 40])
async def test_whole_snapshots_are_believed(tmp_path: Path, unseen: int) -> None:
    pool = records(200)
    store = await filled(tmp_path / "room.db", pool[:150])
    try:
        await store._file.run(make)
        await store.add(pool[150 : 150 + unseen])
        assert await store._file.run(believing) == await store.entries()
    finally:
        await store.aclose()


BREAKS: list[tuple[str, str]] = [
    ("a flipped bit of an id", "UPDATE snapshot SET ids = CAST(zeroblob(1) || substr(ids, 2) AS BLOB) WHERE day % 2"),
    ("a flipped bit of a time", "UPDATE snapshot SET times = CAST(zeroblob(1) || substr(times, 2) AS BLOB)"),
    ("torn", "UPDATE snapshot SET ids = substr(ids, 1, length(ids) / 2)"),
    ("torn elsewhere", "UPDATE snapshot SET times = substr(times, 1, 11)"),
    ("empty", "UPDATE snapshot SET ids = x'', times = x'', checksum = 0"),
    (
        "of another day",
        "UPDATE snapshot SET (checksum, times, ids) = (SELECT checksum, times, ids FROM snapshot LIMIT 1)",
    ),
    ("gone", "DELETE FROM snapshot WHERE day % 2"),
    (
        "records gone without a trace",
        "DROP TRIGGER record_deleted; DELETE FROM record WHERE number % 3 = 0;"
        "DELETE FROM day_sum; INSERT INTO day_sum SELECT bucket, author, sum(length(wire)), count(*), 0 FROM record "
        "GROUP BY bucket, author",
    ),
    ("records gone by hand", "DELETE FROM record WHERE number % 3 = 0"),
    (
        "records moved by hand",
        "UPDATE record SET created_at = created_at - 86400,bucket = bucket - 1 WHERE number = 7",
    ),
    (
        "records added by hand",
        "INSERT INTO record (bucket, id, author, created_at, microseconds, kind, wire) "
        "VALUES (20001, zeroblob(32), zeroblob(32), 1728086401, 0, 1078, x'00')",
    ),
]


@pytest.mark.parametrize("sql", [sql for _, sql in BREAKS], ids=[name for name, _ in BREAKS])
async def test_what_is_torn_or_foreign_is_not_believed(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "room.db"
    store = await filled(path, records(200))
    await store._file.run(make)
    await store.aclose()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(sql)
    store = await open_sqlite(str(path))
    try:
        found, expected = await held(store)
        assert found == expected
        await store._file.run(make)
        found, expected = await held(store)
        assert found == expected
    finally:
        await store.aclose()


async def test_too_much_that_is_new_is_read_day_by_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "UNSEEN_READ_MAX", 20)
    pool = records(200)
    store = await filled(tmp_path / "room.db", pool[:150])
    try:
        await store._file.run(make)
        await store.add(pool[150:])
        found, expected = await held(store)
        assert found == expected
    finally:
        await store.aclose()


async def test_a_file_of_the_other_byte_order_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def swapped(times: "array[int]") -> "array[int]":
        times.byteswap()
        return times

    store = await filled(tmp_path / "room.db", records(50))
    try:
        monkeypatch.setattr(snapshot, "_ordered", swapped)
        await store._file.run(make)
        assert await store._file.run(believing) == await store.entries()
    finally:
        await store.aclose()


async def test_expiring_lets_go_of_snapshots(tmp_path: Path) -> None:
    store = await filled(tmp_path / "room.db", records(100))
    try:
        await store._file.run(make)
        await store.expire(UnixTime((DAY + 2) * DAY_SECONDS + 5))
        days = await store._file.run(lambda db: db.execute("SELECT day FROM snapshot ORDER BY day").fetchall())
        assert days == [(DAY + 2,), (DAY + 3,)]
        found, expected = await held(store)
        assert found == expected
    finally:
        await store.aclose()


@pytest.mark.parametrize("count", [0, 1])
async def test_a_store_of_nothing_or_little_is_read(tmp_path: Path, count: int) -> None:
    store = await filled(tmp_path / "room.db", records(count))
    try:
        assert await store._file.run(make) == count
        found, expected = await held(store)
        assert found == expected
        assert len(found) == count
        await store.add([], removed=[RecordId(each) for _, each in expected])
        assert await store._file.run(entries_of) == []
    finally:
        await store.aclose()


async def test_a_sketch_is_kept_until_any_record_comes_or_goes(tmp_path: Path) -> None:
    pool = records(20)
    store = await filled(tmp_path / "room.db", pool[:10])
    try:
        assert await store.kept_sketch(count=10) is None
        await store.keep_sketch(b"of nine", count=9)
        assert await store.kept_sketch(count=9) is None, "there are ten"
        await store.keep_sketch(b"of ten", count=10)
        assert await store.kept_sketch(count=10) == b"of ten"
        assert await store.kept_sketch(count=11) is None
        await store.purge([pool[0].id])
        await store.add(pool[:10])
        assert await store.kept_sketch(count=10) in (b"of ten", None), "purging is noted by a number"
        await store.keep_sketch(b"of ten", count=10)
        await store.add(pool[10:11], removed=[pool[1].id])
        assert await store.kept_sketch(count=10) is None, "as many others"
        await store.keep_sketch(b"of ten", count=10)
        await store.add([], removed=[pool[2].id])
        assert await store.kept_sketch(count=9) is None
        assert await store.kept_sketch(count=10) is None
    finally:
        await store.aclose()


@pytest.mark.parametrize("value", ["x''", "substr(value, 1, length(value) - 1)", "zeroblob(40)"])
async def test_a_torn_sketch_is_not_believed(tmp_path: Path, value: str) -> None:
    path = tmp_path / "room.db"
    store = await filled(path, records(10))
    await store.keep_sketch(b"of ten", count=10)
    await store.aclose()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"UPDATE meta SET value = CAST({value} AS BLOB) WHERE name = 'sketch'")
        db.commit()
    store = await open_sqlite(str(path))
    try:
        assert await store.kept_sketch(count=10) is None
    finally:
        await store.aclose()
