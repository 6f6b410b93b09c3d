"""The numbers of a store's SQLite file: each is higher than all before it, and none is given twice.

Records have one, and so has every entry of the log of changes: what follows the store (views, indexes of collections)
says by a number how far it has come. So the highest one given is kept in the table ``meta`` whenever its record goes,
or when no record has it; while a record has it, that says so itself.
"""

import sqlite3
from collections.abc import Collection


def last_number(db: sqlite3.Connection) -> int:
    """Give the highest number ever given; 0 before the first."""
    return max(_highest(db), _retired(db))


def reserve_numbers(db: sqlite3.Connection, count: int) -> int:
    """Give the first of so many numbers that no record will have."""
    last = last_number(db)
    _retire(db, last + count)
    return last + 1


def retire_numbers(db: sqlite3.Connection, numbers: Collection[int]) -> None:
    """Keep in mind that *numbers*, whose records are about to be deleted, were given."""
    highest = _highest(db)
    if highest > _retired(db) and highest in numbers:
        _retire(db, highest)


def _highest(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(number), 0) FROM record").fetchone()[0])


def _retired(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT value FROM meta WHERE name = 'number'").fetchone()
    return 0 if row is None else int.from_bytes(row[0], "big")


def _retire(db: sqlite3.Connection, number: int) -> None:
    db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('number', ?)", (number.to_bytes(8, "big"),))
