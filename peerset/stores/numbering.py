"""The numbers of records in a store's SQLite file: each is higher than all before it, and none is given twice.

What follows the store (views, indexes of collections) says by a number how far it has come. So the highest one given is
kept in the table ``meta`` whenever its record goes; while that record is here, it says so itself.
"""

import sqlite3
from collections.abc import Collection


def last_number(db: sqlite3.Connection) -> int:
    """Give the highest number ever given; 0 before the first."""
    return max(_highest(db), _retired(db))


def retire_numbers(db: sqlite3.Connection, numbers: Collection[int]) -> None:
    """Keep in mind that *numbers*, whose records are about to be deleted, were given."""
    highest = _highest(db)
    if highest > _retired(db) and highest in numbers:
        mark = highest.to_bytes(8, "big")
        db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('number', ?)", (mark,))


def _highest(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(number), 0) FROM record").fetchone()[0])


def _retired(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT value FROM meta WHERE name = 'number'").fetchone()
    return 0 if row is None else int.from_bytes(row[0], "big")
