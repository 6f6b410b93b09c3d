"""The shape of a store's SQLite file: pragmas, tables, and the named migrations that lead there.

Every index begins with the bucket (the UTC day), so that inserts stay in a few hot pages and a whole day is
dropped from one end: measured at a flat 6-7 microseconds an insert up to a million rows, where an index over ids
alone decays to 38. Records of old days cost a cold page of each index when few of a day come together: at a million
rows 4 pages each in batches of a thousand over 86 days, a third of that when those of a day come one after the other.
The functions here run on the thread that owns the connection.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from peerset.errors import StoreError
from peerset.stores.cache import limit_cache
from peerset.stores.expiring_shape import STATEMENTS as EXPIRING
from peerset.stores.indexed.counts import STATEMENTS as COUNTS
from peerset.stores.indexed.exact_sum import add_sums
from peerset.stores.indexed.shape import STATEMENTS
from peerset.stores.indexed.sql_shape import STATEMENTS as SQL
from peerset.stores.indexed.view_shape import STATEMENTS as VIEWS
from peerset.stores.snapshot_shape import STATEMENTS as SNAPSHOTS
from peerset.stores.sums import STATEMENTS as SUMS
from peerset.stores.versions_shape import STATEMENTS as VERSIONS
from peerset.stores.versions_shape import add_names

APPLICATION_ID: Final = 0x70656572
"""Written into the file's header ("peer"), so that another program's database is not taken for a store."""

SQLITE_VERSION_MIN: Final = (3, 37, 0)
"""The first with STRICT tables."""

WAL_CHECKPOINT_PAGES: Final = 8_000


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from an older file to a newer one, applied in a transaction of its own."""

    name: str
    statements: tuple[str, ...]


MIGRATIONS: Final = (
    Migration(
        "0001 records, tags and marks",
        (
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT",
            # The wire form comes last: a scan of the other columns then never reads the overflow pages of long records.
            """CREATE TABLE record (
                number INTEGER PRIMARY KEY,
                bucket INTEGER NOT NULL,
                id BLOB NOT NULL,
                author BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                microseconds INTEGER NOT NULL,
                kind INTEGER NOT NULL,
                address BLOB,
                wire BLOB NOT NULL
            ) STRICT""",
            "CREATE UNIQUE INDEX record_by_id ON record (bucket, id)",
            "CREATE INDEX record_by_author ON record (bucket, author, created_at)",
            "CREATE INDEX record_by_time ON record (bucket, created_at, kind)",
            "CREATE INDEX record_by_address ON record (bucket, address) WHERE address IS NOT NULL",
            """CREATE TABLE tag (
                bucket INTEGER NOT NULL,
                name TEXT NOT NULL,
                value TEXT NOT NULL,
                number INTEGER NOT NULL,
                PRIMARY KEY (bucket, name, value, number)
            ) STRICT, WITHOUT ROWID""",
            # What deletions name. They are few, so this may do without the bucket, which nobody knows who asks.
            """CREATE TABLE mark (
                name BLOB NOT NULL,
                author BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                number INTEGER NOT NULL,
                PRIMARY KEY (name, author, created_at, number)
            ) STRICT, WITHOUT ROWID""",
        ),
    ),
    Migration(
        "0002 notes",
        (
            """CREATE TABLE note (
                kind TEXT NOT NULL,
                key BLOB NOT NULL,
                text TEXT NOT NULL,
                PRIMARY KEY (kind, key)
            ) STRICT, WITHOUT ROWID""",
        ),
    ),
    Migration(
        "0003 refused ids",
        (
            """CREATE TABLE refused (
                created_at INTEGER NOT NULL,
                id BLOB NOT NULL,
                PRIMARY KEY (created_at, id)
            ) STRICT, WITHOUT ROWID""",
        ),
    ),
    Migration("0004 documents", STATEMENTS),
    Migration("0005 views", VIEWS),
    Migration("0006 SQL", SQL),
    Migration("0007 counts", COUNTS),
    Migration("0008 sums by day and author", SUMS),
    Migration(
        "0009 jotted down",
        # What was saved a moment ago, and is not yet put in its places (`peerset.stores.jotter`).
        ("CREATE TABLE jotted (number INTEGER PRIMARY KEY, wire BLOB NOT NULL) STRICT",),
    ),
    Migration(
        "0010 what deletions name, once",
        # Marks tell it. A second tree of it, in random order too, doubled what a flood of deletions costs.
        ("DELETE FROM tag WHERE name = 'e' AND number IN (SELECT number FROM record WHERE kind = 5)",),
    ),
    Migration(
        "0011 other kinds than plain records",
        ("CREATE INDEX record_of_other_kinds ON record (bucket, kind, created_at) WHERE kind != 1078",),
    ),
    Migration("0012 snapshots of days", SNAPSHOTS),
    Migration("0013 versions of what an author has one of", VERSIONS),
    Migration(
        "0014 documents that speak for others than their authors",
        (
            "ALTER TABLE collection ADD COLUMN is_on_behalf INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE remains ADD COLUMN speaks_for BLOB",
        ),
    ),
    Migration("0015 what expires", EXPIRING),
)
"""In order; a released one is never changed, only followed by another."""


def check(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Check that *db*, which may not be written, is a store as this version makes them.

    Raises:
        StoreError: it is another program's, or of another version.
        sqlite3.Error: it cannot be read.

    """
    if len(examine(db, migrations)) < len(migrations):
        raise StoreError("it was written by an older version of peerset: open it once where it may be written")


def examine(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> set[str]:
    """Check that *db* is a store as this version or an older one makes them; give the names of its migrations.

    Raises:
        StoreError: it is another program's, or of a newer version.
        sqlite3.Error: it cannot be read.

    """
    _check_owner(db)
    applied = _applied(db)
    _check_age(applied, migrations)
    _add_functions(db)
    return applied


def prepare(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Set the pragmas of *db* and bring its tables up to date.

    Raises:
        StoreError: the file is another program's, or was written by a newer version.
        sqlite3.Error: the file cannot be read or written.

    """
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        needed = ".".join(map(str, SQLITE_VERSION_MIN))
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old for a store: {needed} or later is needed")
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables:
        _check_owner(db)
    else:
        # Incremental vacuum must be chosen before WAL makes the first page, or it is silently ignored.
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _configure(db)
    if not tables:
        _claim(db)
    _migrate(db, migrations)


def writing(db: sqlite3.Connection) -> "Transaction":
    """Run the block as one transaction that writes: wholly done, or not at all."""
    return Transaction(db, "BEGIN IMMEDIATE")


def reading(db: sqlite3.Connection) -> "Transaction":
    """Run the block on one state of the file, whatever other processes write meanwhile."""
    return Transaction(db, "BEGIN")


class Transaction:
    """A block that is one transaction. A class, for `contextlib` takes longer about it than SQLite."""

    __slots__ = ("_begin", "_db")

    def __init__(self, db: sqlite3.Connection, begin: str) -> None:
        self._db = db
        self._begin = begin

    def __enter__(self) -> None:
        self._db.execute(self._begin)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._db.execute("COMMIT")
        finally:
            # SQLite has already rolled back by itself after some errors, a full disk among them.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _check_owner(db: sqlite3.Connection) -> None:
    (owner,) = db.execute("PRAGMA application_id").fetchone()
    if owner != APPLICATION_ID:
        raise StoreError("it is another program's SQLite database, not a peerset store: choose another path")


def _configure(db: sqlite3.Connection) -> None:
    (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreError(f"its file system allows no write-ahead log (journal mode is {mode!r}): use a local disk")
    # In WAL mode NORMAL survives any crash of the process; a power cut may cost the last commits, never the file.
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA wal_autocheckpoint = {WAL_CHECKPOINT_PAGES}")
    limit_cache(db)
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    _add_functions(db)


def _add_functions(db: sqlite3.Connection) -> None:
    # SQLite's own unhex() came with 3.41.
    db.create_function("from_hex", 1, bytes.fromhex, deterministic=True)
    add_sums(db)
    add_names(db)


def _claim(db: sqlite3.Connection) -> None:
    # A file without tables is new, or its making was interrupted before this transaction.
    with writing(db):
        db.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY) STRICT")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _migrate(db: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    applied = _applied(db)
    _check_age(applied, migrations)
    for migration in migrations:
        if migration.name in applied:
            continue
        with writing(db):
            # Asked again inside the transaction: another process may be bringing the same file up to date.
            if migration.name not in _applied(db):
                _apply(db, migration)


def _check_age(applied: set[str], migrations: Sequence[Migration]) -> None:
    if newer := sorted(applied - {migration.name for migration in migrations}):
        raise StoreError(f"it was written by a newer version of peerset (migration {newer[0]!r}): upgrade peerset")


def _apply(db: sqlite3.Connection, migration: Migration) -> None:
    for statement in migration.statements:
        db.execute(statement)
    db.execute("INSERT INTO migration (name) VALUES (?)", (migration.name,))


def _applied(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM migration")}
