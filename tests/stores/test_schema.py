"""The tables of a store's file and the migrations that make them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from peerset.errors import StoreError
from peerset.stores import schema
from peerset.stores.schema import APPLICATION_ID, MIGRATIONS, Migration, prepare, reading, writing

LATER = Migration("0002 colours", ("CREATE TABLE colour (name TEXT) STRICT", "INSERT INTO colour VALUES ('green')"))
BROKEN = Migration("0003 broken", ("CREATE TABLE half (name TEXT) STRICT", "CREATE TABLE colour (name TEXT)"))


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as db:
        yield db


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def tables_of(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def write_and_fail(db: sqlite3.Connection, statement: str) -> None:
    with writing(db):
        db.execute(statement)
        db.execute("SELECT * FROM nothing")


def pragma(db: sqlite3.Connection, name: str) -> object:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_file_gets_every_table_and_its_owner(db: sqlite3.Connection) -> None:
    prepare(db)
    documents = {
        "collection",
        "counted",
        "expiring",
        "expiring_unread",
        "expiry",
        "gone",
        "jotted",
        "link",
        "listing",
        "part",
        "parting",
        "remains",
        "snapshot",
        "stale_day",
        "standing",
        "view",
    }
    assert tables_of(db) == {"day_sum", "mark", "meta", "migration", "note", "record", "refused", "tag"} | documents
    assert pragma(db, "application_id") == APPLICATION_ID


def test_the_pragmas_are_the_measured_ones(db: sqlite3.Connection) -> None:
    prepare(db)
    names = ("auto_vacuum", "journal_mode", "synchronous", "wal_autocheckpoint", "cache_size", "temp_store")
    assert [pragma(db, name) for name in names] == [2, "wal", 1, 8_000, -32_768, 2]


def test_every_table_is_strict(db: sqlite3.Connection) -> None:
    prepare(db)
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER column"):
        db.execute("INSERT INTO tag VALUES ('today', 'c', 'places', 1)")


def test_preparing_twice_changes_nothing(path: Path, db: sqlite3.Connection) -> None:
    prepare(db)
    version = pragma(db, "data_version")
    with closing(connect(path)) as again:
        prepare(again)
        assert pragma(db, "data_version") == version
        assert [name for (name,) in again.execute("SELECT name FROM migration")] == [step.name for step in MIGRATIONS]


def test_an_older_file_is_brought_up_to_date(db: sqlite3.Connection) -> None:
    prepare(db)
    prepare(db, (*MIGRATIONS, LATER))
    assert db.execute("SELECT name FROM colour").fetchall() == [("green",)]


def test_a_migration_that_fails_leaves_nothing_of_itself(db: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        prepare(db, (*MIGRATIONS, LATER, BROKEN))
    assert "half" not in tables_of(db)
    assert "colour" in tables_of(db)
    assert not db.in_transaction


def test_a_file_of_a_newer_version_is_refused_untouched(db: sqlite3.Connection) -> None:
    prepare(db, (*MIGRATIONS, LATER))
    with pytest.raises(StoreError, match=r"newer version of peerset .*'0002 colours'.*: upgrade peerset"):
        prepare(db)
    assert "colour" in tables_of(db)


def test_another_programs_database_is_refused_untouched(path: Path, db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE bookmark (url TEXT)")
    with pytest.raises(StoreError, match="another program's SQLite database"):
        prepare(db)
    assert tables_of(db) == {"bookmark"}
    assert pragma(db, "journal_mode") == "delete"


def test_a_file_whose_making_was_interrupted_is_finished(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("PRAGMA journal_mode = WAL")
    prepare(db)
    assert "record" in tables_of(db)
    assert pragma(db, "auto_vacuum") == 2


def test_two_processes_may_make_the_same_file(path: Path, db: sqlite3.Connection) -> None:
    # The first pass sees no migration applied; the other connection then applies it before the transaction begins.
    prepare(db, ())
    with closing(connect(path)) as other:
        racing = Migration(LATER.name, LATER.statements)
        db.set_trace_callback(
            lambda sql: prepare(other, (racing,)) if sql == "BEGIN IMMEDIATE" and not other.total_changes else None
        )
        prepare(db, (racing,))
    assert db.execute("SELECT name FROM colour").fetchall() == [("green",)]


def test_a_database_without_a_log_is_refused() -> None:
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as db,
        pytest.raises(StoreError, match="use a local"),
    ):
        prepare(db)


def test_an_old_sqlite_is_refused(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "SQLITE_VERSION_MIN", (99, 0, 0))
    with pytest.raises(StoreError, match=r"is too old for a store: 99\.0\.0 or later"):
        prepare(db)


def test_a_transaction_that_raises_changes_nothing(db: sqlite3.Connection) -> None:
    prepare(db)
    with pytest.raises(sqlite3.OperationalError):
        write_and_fail(db, "INSERT INTO meta VALUES ('room', x'00')")
    assert db.execute("SELECT * FROM meta WHERE name = 'room'").fetchall() == []


def test_an_error_that_ends_the_transaction_itself_comes_through(db: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        write_and_fail(db, "ROLLBACK")
    assert not db.in_transaction


def test_a_reader_sees_one_state(path: Path, db: sqlite3.Connection) -> None:
    prepare(db)
    with closing(connect(path)) as other, reading(db):
        before = db.execute("SELECT count(*) FROM meta").fetchone()
        other.execute("INSERT INTO meta VALUES ('room', x'00')")
        assert db.execute("SELECT count(*) FROM meta").fetchone() == before
