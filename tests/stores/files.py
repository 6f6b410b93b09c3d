"""What the tests of SQLite files share: an opened file, and records to put into it."""

import random
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.saving import save
from peerset.stores.sqlite import SQLiteStore, open_sqlite
from peerset.testing.check_store import NOON

KEYS: Final = [SecretKey.generate(random.Random(seed)) for seed in range(3)]


@asynccontextmanager
async def opened(
    path: Path, *, busy_seconds: float = 0.05, size_max_bytes: int | None = None
) -> AsyncIterator[SQLiteStore]:
    store = await open_sqlite(str(path), busy_seconds=busy_seconds, size_max_bytes=size_max_bytes)
    try:
        yield store
    finally:
        await store.aclose()


def make_records(count: int, *, content: str = "x", created_at: int = NOON) -> list[Record]:
    return [
        sign_record(KEYS[0], created_at=UnixTime(created_at + n), kind=1078, tags=[["c", "places"]], content=content)
        for n in range(count)
    ]


def save_in_older(db: sqlite3.Connection, records: Sequence[Record]) -> None:
    """Fill a file of an older schema by today's code, which has for so long the columns that it looks at."""
    later = (("collection", "is_on_behalf", "INTEGER NOT NULL DEFAULT 0"), ("remains", "speaks_for", "BLOB"))
    for table, column, kind in later:
        db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    save(db, Catalog(), records, [])
    for table, column, _ in later:
        db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def leftovers(path: Path) -> int:
    """Count the tags that belong to no record."""
    with closing(sqlite3.connect(path)) as db:
        (count,) = db.execute("SELECT count(*) FROM tag WHERE number NOT IN (SELECT number FROM record)").fetchone()
    return int(count)
