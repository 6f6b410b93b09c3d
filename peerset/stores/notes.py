"""Notes in a store's SQLite file: small facts of this peer alone."""

import sqlite3

from peerset.core.note import NOTES_PER_KIND_MAX
from peerset.stores.schema import writing


def notes_of(db: sqlite3.Connection, kind: str) -> dict[bytes, str]:
    """Give every note of *kind*, by key."""
    return dict(db.execute("SELECT key, text FROM note WHERE kind = ?", (kind,)).fetchall())


def write_note(db: sqlite3.Connection, kind: str, key: bytes, text: str | None) -> bool:
    """Write or remove a note; say whether there was room for it."""
    with writing(db):
        if text is None:
            db.execute("DELETE FROM note WHERE kind = ? AND key = ?", (kind, key))
            return True
        written = db.execute("UPDATE note SET text = ? WHERE kind = ? AND key = ?", (text, kind, key))
        if written.rowcount:
            return True
        (count,) = db.execute("SELECT count(*) FROM note WHERE kind = ?", (kind,)).fetchone()
        if count < NOTES_PER_KIND_MAX:
            db.execute("INSERT INTO note (kind, key, text) VALUES (?, ?, ?)", (kind, key, text))
        return bool(count < NOTES_PER_KIND_MAX)
