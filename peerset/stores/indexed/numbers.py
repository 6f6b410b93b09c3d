"""Single numbers that a store's file keeps in its table ``meta``."""

import sqlite3


def read_number(db: sqlite3.Connection, name: str) -> int:
    """Read the number called *name*."""
    (value,) = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return int.from_bytes(value, "big")


def write_number(db: sqlite3.Connection, name: str, number: int) -> None:
    """Keep *number* as *name*."""
    db.execute("UPDATE meta SET value = ? WHERE name = ?", (number.to_bytes(8, "big"), name))
