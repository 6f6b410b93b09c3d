"""What of a store's SQLite file expires, and when (docs/protocol.md, "Expiration"); what was saved before, read once.

Only what is here whole stands in the table ``expiring``: what is removed goes from there, as what loses its content.
"""

import sqlite3
from collections.abc import Sequence
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.expiration import EXPIRATION_TAG, expires_at
from peerset.core.record import KIND_DELETION, Record, RecordId, decode_record
from peerset.errors import MalformedError
from peerset.stores.schema import writing

READ_AT_ONCE: Final = 2_000
"""Records of before that are read in one transaction; other calls get their turn in between."""


def expect(db: sqlite3.Connection, numbered: Sequence[tuple[int, Record]]) -> None:
    """Have in the table what expires of records that were just saved, by their numbers."""
    times = [
        (at, number)
        for number, record in numbered
        if (at := expires_at(record)) is not None and record.kind != KIND_DELETION
    ]
    if times:
        db.executemany("INSERT OR IGNORE INTO expiring (at, number) VALUES (?, ?)", times)


def expect_no_more(db: sqlite3.Connection, array: str) -> None:
    """Take out records, numbers as JSON, that are about to go, or to lose their content."""
    db.execute("DELETE FROM expiring WHERE number IN (SELECT value FROM json_each(?))", (array,))


def read_before(db: sqlite3.Connection) -> bool:
    """Read some of what was saved before there was the table, the newest first; say whether any was left."""
    unread = db.execute("SELECT number FROM expiring_unread").fetchone()
    if unread is None:
        return False
    with writing(db):
        rows = db.execute(
            "SELECT number, wire FROM record WHERE number <= ? ORDER BY number DESC LIMIT ?",
            (unread[0], READ_AT_ONCE),
        ).fetchall()
        expect(db, [(number, record) for number, wire in rows for record in _expiring_in(wire)])
        db.execute("DELETE FROM expiring_unread")
        if len(rows) == READ_AT_ONCE:
            db.execute("INSERT INTO expiring_unread (number) VALUES (?)", (rows[-1][0] - 1,))
    return True


def expired(db: sqlite3.Connection, until: UnixTime, limit: int) -> list[RecordId]:
    """Give what expires by *until*, the first to first, at most *limit*."""
    rows = db.execute(
        "SELECT id FROM (SELECT at, number FROM expiring WHERE at <= ? ORDER BY at, number LIMIT ?) "
        "JOIN record USING (number) ORDER BY at, number",
        (until, limit),
    )
    return [RecordId(record_id) for (record_id,) in rows]


def _expiring_in(wire: bytes) -> list[Record]:
    """Read *wire*, if it may say when it expires; what is damaged, or was purged, says nothing."""
    try:
        return [decode_record(wire)] if EXPIRATION_TAG.encode() in wire else []
    except MalformedError:
        return []
