"""Single numbers that a store's file keeps in its table ``meta``."""

import sqlite3
from dataclasses import dataclass
from typing import Final

_SELECT_OUTSET: Final = """SELECT
    (SELECT max(number) FROM record),
    (SELECT value FROM meta WHERE name = 'number'),
    (SELECT value FROM meta WHERE name = 'tables'),
    (SELECT value FROM meta WHERE name = 'swept'),
    EXISTS (SELECT 1 FROM listing)"""


@dataclass(frozen=True, slots=True)
class Outset:
    """What a transaction that writes wants to know first, read by one statement."""

    last: int
    """The highest number ever given, as `peerset.stores.numbering.last_number` has it."""
    generation: int
    """Another one whenever the tables of collections changed."""
    swept: int
    """Up to when what expires is hidden."""
    has_commits: bool
    """Commits of batches are here."""


def read_outset(db: sqlite3.Connection) -> Outset:
    """Read it."""
    highest, retired, generation, swept, has_commits = db.execute(_SELECT_OUTSET).fetchone()
    last = max(highest or 0, int.from_bytes(retired or b"", "big"))
    return Outset(last, int.from_bytes(generation, "big"), int.from_bytes(swept, "big"), bool(has_commits))


def read_number(db: sqlite3.Connection, name: str) -> int:
    """Read the number called *name*."""
    (value,) = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return int.from_bytes(value, "big")


def write_number(db: sqlite3.Connection, name: str, number: int) -> None:
    """Keep *number* as *name*."""
    db.execute("UPDATE meta SET value = ? WHERE name = ?", (number.to_bytes(8, "big"), name))
