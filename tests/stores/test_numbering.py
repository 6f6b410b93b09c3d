"""Records are numbered in the order they came, and no number is given twice."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.clock import UnixTime
from peerset.core.record import Record
from peerset.stores.numbering import last_number, reserve_numbers, retire_numbers
from peerset.stores.schema import prepare
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_store import sample_records


def numbers_in(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as db:
        return [number for (number,) in db.execute("SELECT number FROM record ORDER BY number")]


def last_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return last_number(db)


async def change(path: Path, records: list[Record], *removed: Record, expire: UnixTime | None = None) -> None:
    store = await open_sqlite(str(path))
    await store.add(records, removed=[record.id for record in removed])
    if expire is not None:
        await store.expire(expire)
    await store.aclose()


def test_a_new_file_has_given_no_number(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        assert last_number(db) == 0
        retire_numbers(db, [1, 2])
        assert last_number(db) == 0


@pytest.mark.real_time
async def test_the_number_of_the_newest_record_is_not_given_again_once_it_is_removed(path: Path) -> None:
    records = sample_records()
    await change(path, records[:3])
    await change(path, [], records[2])
    await change(path, records[3:5])
    assert numbers_in(path) == [1, 2, 5, 6]


@pytest.mark.real_time
async def test_nor_when_older_ones_are_removed_after_it(path: Path) -> None:
    records = sample_records()
    await change(path, records[:3])
    await change(path, [], records[2])
    await change(path, [], records[1])
    # Each removal has a number of its own in the log of changes.
    assert last_of(path) == 5


@pytest.mark.real_time
async def test_nor_when_everything_expired(path: Path) -> None:
    records = sample_records()
    await change(path, records, expire=UnixTime(2**40))
    assert numbers_in(path) == []
    assert last_of(path) == 2 * len(records)
    await change(path, records[:1])
    assert numbers_in(path) == [2 * len(records) + 1]


def test_numbers_are_reserved_for_what_is_no_record(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        assert reserve_numbers(db, 3) == 1
        assert (last_number(db), reserve_numbers(db, 1)) == (3, 4)
