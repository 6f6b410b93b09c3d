"""The tables of a store's SQLite file that say what expires, and when (`peerset.stores.expiring`)."""

from typing import Final

STATEMENTS: Final = (
    """CREATE TABLE expiring (
        at INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (at, number)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX expiring_by_number ON expiring (number)",
    # The highest number of those that were saved before, and not read for this so far.
    "CREATE TABLE expiring_unread (number INTEGER PRIMARY KEY) STRICT",
    "INSERT INTO expiring_unread SELECT max(number) FROM record HAVING max(number) IS NOT NULL",
)
