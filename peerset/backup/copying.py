"""Copies of SQLite files while others write to them, by SQLite's online backup, and what proves that a copy is whole.

A copy is one state of the file: the source is read within one transaction, which holds up nobody who writes. Of a store
the root over all records is computed from the source in that transaction, and again from the copy.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from os import W_OK, access
from pathlib import Path
from typing import Final

from peerset.archive.day_digest import DayDigest
from peerset.archive.limits import ARCHIVE_DAYS_MAX
from peerset.backup.manifest import Contents
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.day_tree import DayLeaf, DayTree
from peerset.core.merkle import root_over
from peerset.core.signal import RoomTag
from peerset.errors import StoreError
from peerset.stores.schema import APPLICATION_ID, examine

SQLITE_HEAD: Final = b"SQLite format 3\0"
BUSY_SECONDS: Final = 5.0
PAGES_AT_ONCE: Final = 1_024

Tell = Callable[[int], None]
"""Is told how many bytes more are done."""

_FULL: Final = "the disk is full, or a limit of size is reached: free some space and try again"
_DAMAGED: Final = "it is damaged: peerset doctor examines the disk; what is whole comes back from the other peers"
_WORDS: Final = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: "another program holds it: stop it and try again",
}


def is_database(path: Path) -> bool:
    """Say whether *path* is a file of SQLite's."""
    with path.open("rb") as file:
        return file.read(len(SQLITE_HEAD)) == SQLITE_HEAD


def copy_database(source: Path, target: Path, *, tell: Tell) -> Contents | None:
    """Copy *source* to *target*, which is not there; give what it holds if it is a store.

    Raises:
        StoreError: it cannot be read or copied, is damaged, or is a store of a newer version.

    """
    with explaining(f"cannot copy {source}"), closing(_connect(source)) as db:
        db.execute("BEGIN")
        held = contents_of(db) if _is_store(db) else None
        (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
        seen = 0

        def progress(_: int, left: int, total: int) -> None:
            nonlocal seen
            tell((total - left) * page_bytes - seen)
            seen = (total - left) * page_bytes

        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            # Whatever is half done is thrown away; the whole is told to the disk when the backup is.
            copy.execute("PRAGMA synchronous = OFF")
            db.backup(copy, pages=PAGES_AT_ONCE, progress=progress)
    if check_database(target, what=str(source)) != held:
        raise StoreError(f"cannot copy {source}: the copy holds something else; try again")
    return held


def check_database(path: Path, *, what: str) -> Contents | None:
    """Check that the file at *path*, which nobody writes to, is whole; give what it holds if it is a store.

    Raises:
        StoreError: it is damaged, or a store of a newer version; the message calls it *what*.

    """
    with explaining(what), closing(_connect(path, is_still=True)) as db:
        held = contents_of(db) if _is_store(db) else None
        for (fault,) in db.execute("PRAGMA integrity_check(1)"):
            if fault != "ok":
                raise StoreError(f"{_DAMAGED} ({' '.join(fault.split())})")
        return held


def contents_of(db: sqlite3.Connection) -> Contents:
    """Compute what a store holds, a day at a time.

    Raises:
        StoreError: it is of a newer version, or an entry of it makes no sense.
        sqlite3.Error: it cannot be read.

    """
    examine(db)
    row = db.execute("SELECT value FROM meta WHERE name = 'room'").fetchone()
    room = b"" if row is None else bytes(row[0])
    leaves = list(_leaves(db))
    if not leaves:
        return Contents(room.hex(), 0, "")
    first, stop = leaves[0].day, leaves[-1].day + 1
    if stop - first > ARCHIVE_DAYS_MAX:
        raise StoreError(f"its records span more than {ARCHIVE_DAYS_MAX} days")
    root = root_over(RoomTag(room), first, UnixTime(stop * DAY_SECONDS), leaves, tree=DayTree(range(first, stop)))
    return Contents(room.hex(), root.count, root.digest.hex())


@contextmanager
def explaining(what: str) -> Iterator[None]:
    """Say what to do about errors of SQLite and of the disk, as a `StoreError`."""
    try:
        yield
    except sqlite3.Error as error:
        word = _WORDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error))
        raise StoreError(f"{what}: {word}") from error
    except OSError as error:
        raise StoreError(f"{what}: {error.strerror or error}") from error
    except StoreError as error:
        raise StoreError(f"{what}: {error}") from error


def _leaves(db: sqlite3.Connection) -> Iterator[DayLeaf]:
    days = "SELECT (SELECT min(bucket) FROM record WHERE bucket > ?)"
    (day,) = db.execute("SELECT min(bucket) FROM record").fetchone()
    while day is not None:
        digest = DayDigest()
        rows = db.execute("SELECT created_at, id FROM record INDEXED BY record_by_id WHERE bucket = ?", (day,))
        for created_at, record_id in sorted(rows):
            if created_at // DAY_SECONDS != day or len(record_id) != 32:
                raise StoreError(f"{_DAMAGED} (an entry of day {day})")
            digest.add(created_at, record_id)
        found = digest.result()
        yield DayLeaf(day, found.count, found.digest)
        (day,) = db.execute(days, (day,)).fetchone()


def _connect(path: Path, *, is_still: bool = False) -> sqlite3.Connection:
    # Beside what nobody can write SQLite keeps no index of the log; without a log there is nothing to index.
    log = path.with_name(f"{path.name}-wal")
    alone = not access(path.absolute().parent, W_OK) and not (log.exists() and log.stat().st_size)
    address = f"{path.absolute().as_uri()}?{'immutable=1' if is_still or alone else 'mode=ro'}"
    return sqlite3.connect(address, timeout=BUSY_SECONDS, isolation_level=None, uri=True)


def _is_store(db: sqlite3.Connection) -> bool:
    return bool(db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
