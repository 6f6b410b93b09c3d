"""What is left of purged documents, in the file: rows that outlive the tables of their collections."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from peerset.core.block import ID_BYTES
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId, decode_record
from peerset.documents.document import State
from peerset.documents.remains import Remains, remains_of
from peerset.errors import MalformedError
from peerset.stores.indexed.tables import Table

Left = tuple[int, PublicKey, int, Remains]
"""A number, an author, the second of the record, and what is left of it."""


def keep(db: sqlite3.Connection, array: str, tables: Iterable[Table], *, opening: Callable[[Record], Record]) -> None:
    """Keep what is to be left of records, numbers as JSON, which are about to be purged; *opening* reads them."""
    asked = "SELECT number, wire FROM record WHERE number IN (SELECT value FROM json_each(?)) AND wire != x''"
    states: dict[int, State] = {}
    for table in tables:
        read = f"SELECT number, own FROM {table.docs} WHERE number IN (SELECT value FROM json_each(?))"
        states |= {number: State(own) for number, own in db.execute(read, (array,))}
    for number, wire in db.execute(asked, (array,)).fetchall():
        found = _remains_in(wire, opening)
        if found is not None:
            _insert(db, number, replace(found, state=states.get(number, found.state)))


def left_for(db: sqlite3.Connection, table: Table) -> list[Left]:
    """Give what is left of documents of a collection that are not in its table."""
    marks = ", ".join("?" * len(table.names))
    rows = db.execute(
        "SELECT number, author, created_at, name, key, stamp, own, parents, batch, speaks_for FROM remains JOIN record "
        f"USING (number) WHERE name IN ({marks}) AND NOT EXISTS "
        f"(SELECT 1 FROM {table.docs} WHERE {table.docs}.number = remains.number)",
        table.names,
    )
    return [
        (
            number,
            PublicKey(author),
            created_at,
            Remains(name, key, stamp, State(own), _split(parents), batch, PublicKey(speaks_for or author)),
        )
        for number, author, created_at, name, key, stamp, own, parents, batch, speaks_for in rows
    ]


def insert_rows(db: sqlite3.Connection, table: Table, left: Sequence[Left]) -> None:
    """Give what is left of documents its rows, in the states that their records have."""
    db.executemany(
        f"INSERT INTO {table.docs} (number, span, stamp, state, own, is_followed, key, author) "
        "VALUES (?, ?, ?, coalesce((SELECT state FROM standing WHERE number = ?), 0), ?, 0, ?, ?)",
        (
            (
                number,
                table.span_of(created_at),
                each.stamp,
                number,
                int(each.state),
                each.key,
                each.speaks_for if table.is_on_behalf else author,
            )
            for number, author, created_at, each in left
        ),
    )
    db.executemany(
        "INSERT INTO link (parent, child, place) VALUES (?, ?, ?)",
        ((parent, number, place) for number, _, _, each in left for place, parent in enumerate(each.parents)),
    )


def forget(db: sqlite3.Connection, array: str) -> None:
    """Let go of records, numbers as JSON, that are about to be deleted."""
    db.execute("DELETE FROM remains WHERE number IN (SELECT value FROM json_each(?))", (array,))


def _insert(db: sqlite3.Connection, number: int, left: Remains) -> None:
    row = number, left.name, left.key, left.stamp, int(left.state), b"".join(left.parents), left.batch, left.speaks_for
    db.execute("INSERT OR REPLACE INTO remains VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _remains_in(wire: bytes, opening: Callable[[Record], Record]) -> Remains | None:
    try:
        return remains_of(opening(decode_record(wire)))
    except MalformedError:
        # It is damaged, and so no document either.
        return None


def _split(parents: bytes) -> tuple[RecordId, ...]:
    return tuple(RecordId(parents[start : start + ID_BYTES]) for start in range(0, len(parents), ID_BYTES))
