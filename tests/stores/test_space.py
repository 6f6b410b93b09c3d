"""How much of a file is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path

from peerset.stores.space import VACUUM_CHUNK_PAGES, empty_log, vacuum_chunk, weigh


def test_what_is_deleted_weighs_nothing_and_is_given_back_a_chunk_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("CREATE TABLE piece (content BLOB)")
    empty = weigh(db)
    pieces = VACUUM_CHUNK_PAGES + 300
    db.executemany("INSERT INTO piece VALUES (zeroblob(4000))", [()] * pieces)
    assert weigh(db) >= empty + pieces * 4_000
    db.execute("DELETE FROM piece")
    assert weigh(db) < empty + 100_000
    size = path.stat().st_size
    assert vacuum_chunk(db)
    assert not vacuum_chunk(db)
    assert path.stat().st_size < size / 4
    assert not vacuum_chunk(db)
    db.close()


def test_a_log_that_cannot_be_emptied_now_is_left_and_whoever_asks_has_its_patience_after(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=3)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE piece (content BLOB)")
        db.execute("BEGIN IMMEDIATE")
        assert not empty_log(db, is_patient=False)
        db.execute("COMMIT")
        assert path.with_name("some.db-wal").stat().st_size > 0
        assert empty_log(db, is_patient=False)
        assert path.with_name("some.db-wal").stat().st_size == 0
        assert db.execute("PRAGMA busy_timeout").fetchone() == (3_000,)
