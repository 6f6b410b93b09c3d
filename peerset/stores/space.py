"""How much of a file is in use, how large it may become, and giving back to the disk what is not used."""

import sqlite3
from typing import Final

VACUUM_CHUNK_PAGES: Final = 500

FREE_PAGES_KEPT_SHARE: Final = 16
"""One page in so many stays free for the records to come, because moving pages costs more than reusing them."""


def weigh(db: sqlite3.Connection) -> int:
    """Say how many bytes are in use."""
    return (_count(db, "page_count") - _count(db, "freelist_count")) * _count(db, "page_size")


def vacuum_chunk(db: sqlite3.Connection) -> bool:
    """Give pages back to the disk; say whether more are to give."""
    surplus = _count(db, "freelist_count") - _count(db, "page_count") // FREE_PAGES_KEPT_SHARE
    if surplus <= 0:
        return False
    # A plain execute steps the pragma once and frees one page; a script runs it to its end.
    db.executescript(f"PRAGMA incremental_vacuum({min(surplus, VACUUM_CHUNK_PAGES)})")
    if surplus > VACUUM_CHUNK_PAGES:
        return True
    # The file itself shrinks when the log is copied into it; PASSIVE waits for nobody.
    db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return False


def empty_log(db: sqlite3.Connection, *, is_patient: bool) -> bool:
    """Copy the write-ahead log into the file and empty it, so that what was overwritten is in neither.

    Give False where that is to be tried again: others read, for whom who *is patient* waits, or the disk is full.
    """
    (wait_ms,) = db.execute("PRAGMA busy_timeout").fetchone()
    db.execute(f"PRAGMA busy_timeout = {wait_ms if is_patient else 0}")
    try:
        (is_busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        db.execute(f"PRAGMA busy_timeout = {wait_ms}")
    return not is_busy


def limit_size(db: sqlite3.Connection, size_max_bytes: int | None) -> None:
    """Let the file become no larger than so many bytes, if that is said."""
    if size_max_bytes is not None:
        db.execute(f"PRAGMA max_page_count = {max(size_max_bytes // _count(db, 'page_size'), 1)}")


def _count(db: sqlite3.Connection, pragma: str) -> int:
    return int(db.execute(f"PRAGMA {pragma}").fetchone()[0])
