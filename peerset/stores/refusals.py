"""Refused ids in a store's SQLite file: one table, of the rules that refused them."""

import sqlite3
from collections.abc import Sequence

from peerset.core.clock import UnixTime
from peerset.core.limits import INTEGER_MAX
from peerset.stores.schema import writing


def refuse(db: sqlite3.Connection, entries: Sequence[tuple[int, bytes]], rules: bytes) -> None:
    """Add *entries* to what was refused under *rules*, and forget what was under others."""
    with writing(db):
        if _rules(db) != rules:
            db.execute("DELETE FROM refused")
            db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('rules', ?)", (rules,))
        db.executemany("INSERT OR IGNORE INTO refused (created_at, id) VALUES (?, ?)", entries)


def refused_under(db: sqlite3.Connection, rules: bytes) -> list[tuple[int, bytes]]:
    """Read what was refused under *rules*, oldest first."""
    if _rules(db) != rules:
        return []
    return db.execute("SELECT created_at, id FROM refused ORDER BY created_at, id").fetchall()


def _rules(db: sqlite3.Connection) -> bytes | None:
    """Read under which rules the refused ids were refused."""
    row = db.execute("SELECT value FROM meta WHERE name = 'rules'").fetchone()
    return None if row is None else bytes(row[0])


def forget_refused(db: sqlite3.Connection, before: UnixTime) -> None:
    """Forget what is dated before *before*."""
    with writing(db):
        db.execute("DELETE FROM refused WHERE created_at < ?", (min(max(before, 0), INTEGER_MAX),))
