"""What is read once is not kept in memory."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from peerset.stores.cache import READING_KIBIBYTES, reading_once
from peerset.stores.schema import prepare


def limit(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA cache_size").fetchone()[0])


def fail(db: sqlite3.Connection) -> None:
    with reading_once(db):
        db.execute("SELECT * FROM nothing")


def test_the_cache_is_small_only_while_something_is_read_once(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        before = limit(db)
        with reading_once(db):
            assert limit(db) == -READING_KIBIBYTES
        assert limit(db) == before
        with pytest.raises(sqlite3.OperationalError):
            fail(db)
        assert limit(db) == before
