"""How many pages of stores' files SQLite keeps in memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

CACHE_KIBIBYTES: Final = 32 * 1_024
READING_KIBIBYTES: Final = 256


def limit_cache(db: sqlite3.Connection) -> None:
    """Let *db* keep as many as who writes and asks has use for."""
    db.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")


def limit_caches(most: int) -> None:
    """Let all connections of this process together keep no more than *most* bytes, as far as what they do allows.

    Who wants more takes the place of what it has kept itself (https://www.sqlite.org/c3ref/hard_heap_limit64.html).
    """
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f"PRAGMA soft_heap_limit = {most}")


@contextmanager
def reading_once(db: sqlite3.Connection) -> Iterator[None]:
    """Keep next to none in the block, which reads each page once: of a large file, they would take megabytes."""
    (before,) = db.execute("PRAGMA cache_size").fetchone()
    db.execute(f"PRAGMA cache_size = -{READING_KIBIBYTES}")
    try:
        yield
    finally:
        db.execute(f"PRAGMA cache_size = {before}")
