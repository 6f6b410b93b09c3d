"""How a file that has no table of what expires is read once, and what happens when that is interrupted."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.clock import UnixTime
from peerset.core.record import KIND_DELETION, KIND_RECORD, Record, sign_record
from peerset.stores import expiring
from peerset.stores.schema import prepare
from peerset.testing.check_store import NOON
from tests.stores.files import KEYS, make_records, opened

pytestmark = pytest.mark.real_time


def record_of(at: int, kind: int = KIND_RECORD) -> Record:
    tags = [("expiration", str(NOON + at))]
    return sign_record(KEYS[0], created_at=UnixTime(NOON - at), kind=kind, tags=tags, content="x")


async def fill_older(path: Path, records: Sequence[Record]) -> None:
    """Make a file with *records* as it was before it had the table."""
    async with opened(path) as store:
        await store.add(records)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for table in ("expiring", "expiring_unread"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DELETE FROM migration WHERE name LIKE '0015 %'")


async def test_what_was_saved_before_is_read_once_a_part_at_a_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "READ_AT_ONCE", 3)
    before = [record_of(at) for at in range(5)]
    await fill_older(path, [*before, *make_records(4), record_of(7, KIND_DELETION)])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        assert expiring.read_before(db)
        assert db.execute("SELECT number FROM expiring_unread").fetchall() != [], "it stops after some, and goes on"
    news = record_of(6)
    async with opened(path) as store:
        await store.add([news])
        assert await store.expired(UnixTime(NOON + 9), limit=9) == [each.id for each in [*before, news]]
        await store.purge([before[0].id])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert not expiring.read_before(db)
        assert expiring.expired(db, UnixTime(NOON + 2), 9) == [before[1].id, before[2].id]


async def test_what_is_damaged_says_nothing(path: Path) -> None:
    await fill_older(path, [record_of(1), record_of(2)])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE record SET wire = CAST('expiration' AS BLOB) WHERE number = 1")
    async with opened(path) as store:
        assert await store.expired(UnixTime(NOON + 9), limit=9) == [record_of(2).id]
