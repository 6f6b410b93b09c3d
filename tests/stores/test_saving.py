"""Writing records in all their places, and taking them out again."""

import sqlite3
from contextlib import closing
from pathlib import Path

from peerset.stores.indexed.catalog import Catalog
from peerset.stores.saving import save, save_within
from peerset.stores.schema import prepare, writing
from tests.stores.files import make_records


def counts(db: sqlite3.Connection) -> tuple[int, int]:
    (records,) = db.execute("SELECT count(*) FROM record").fetchone()
    (tags,) = db.execute("SELECT count(*) FROM tag").fetchone()
    return records, tags


def test_what_comes_and_goes_at_once_was_never_there(path: Path) -> None:
    records = make_records(3)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        save(db, Catalog(), records, [records[1].id])
        assert counts(db) == (2, 2)
        save(db, Catalog(), records[:1], [records[2].id])
        assert counts(db) == (1, 1)


def test_within_a_transaction_nothing_stays_of_what_is_undone(path: Path) -> None:
    records = make_records(2)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        db.execute("BEGIN IMMEDIATE")
        save_within(db, Catalog(), records)
        assert counts(db) == (2, 2)
        db.execute("ROLLBACK")
        assert counts(db) == (0, 0)
        with writing(db):
            save_within(db, Catalog(), records)
        assert counts(db) == (2, 2)
