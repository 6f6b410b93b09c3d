"""What SQL sees of a file: views with plain names, for `asking` and for every other program that reads SQLite.

They use nothing but SQLite's own functions, so that any program can open them.
"""

import re
import sqlite3
from collections.abc import Iterable
from typing import Final

from peerset.documents.definition import Definition
from peerset.stores.indexed.sql_shape import time_of
from peerset.stores.indexed.tables import Table
from peerset.stores.schema import MIGRATIONS

OWN_COLUMNS: Final = ("id", "key", "author", "time", "stamp")

_ID: Final = "(SELECT lower(hex(id)) FROM record WHERE record.number = doc.number)"

_MADE: Final = re.compile(r"CREATE (?:UNIQUE )?(?:TABLE|INDEX|VIEW|TRIGGER)(?: IF NOT EXISTS)? (\w+)")
_TAKEN: Final = frozenset(
    ("migration", *(name for each in MIGRATIONS for text in each.statements for name in _MADE.findall(text)))
)
"""What every file has; the rest comes with collections and views, and begins as follows."""
_BEGINNINGS: Final = ("doc_", "item_", "text_", "v_", "sqlite_")


def view_name(collection: str) -> str:
    """Give the name of a collection's view: its own, unless the file has something of that name."""
    return f"_{collection}" if collection in _TAKEN or collection.startswith(_BEGINNINGS) else collection


def make_views(db: sqlite3.Connection, table: Table, definition: Definition) -> None:
    """Make the views of a collection: its documents, and the elements of each array of which there is an index."""
    documents = f"FROM {table.docs} AS doc WHERE state = 0"
    _make(db, table, view_name(table.name), _columns(definition), documents)
    taken: set[str] = set()
    for place, field in enumerate(definition.arrays):
        elements = f"FROM {table.items} AS item JOIN {table.docs} AS doc USING (number)"
        name = f"{view_name(table.name)} {_free(field, taken)}"
        columns = (("id", _ID), ("value", "value"))
        _make(db, table, name, columns, f"{elements} WHERE state = 0 AND field = {place}")


def drop_views(db: sqlite3.Connection, table: Table) -> None:
    """Drop the views of a collection."""
    mark = _mark(table)
    asked = "SELECT name FROM sqlite_schema WHERE type = 'view' AND substr(sql, ?) = ?"
    for (name,) in db.execute(asked, (-len(mark), mark)).fetchall():
        db.execute(f"DROP VIEW {quoted(name)}")


def quoted(name: str) -> str:
    """Write a name as SQL has it."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _make(db: sqlite3.Connection, table: Table, name: str, columns: Iterable[tuple[str, str]], source: str) -> None:
    said = ", ".join(f"{sql} AS {quoted(column)}" for column, sql in columns)
    db.execute(f"CREATE VIEW {quoted(name)} AS SELECT {said} {source} {_mark(table)}")


def _mark(table: Table) -> str:
    """Give the end of the SQL of a collection's views, by which they are known."""
    return f"/* {table.docs} */"


def _columns(definition: Definition) -> Iterable[tuple[str, str]]:
    own = (_ID, "key", "lower(hex(author))", time_of("stamp"), "stamp")
    yield from zip(OWN_COLUMNS, own, strict=True)
    if definition.schema is None:
        yield "value", "f0"
        return
    taken = set(OWN_COLUMNS)
    for place, column in enumerate(definition.columns):
        yield _free(column.field, taken), f"f{place}"


def _free(field: str, taken: set[str]) -> str:
    """Give a name that is not taken; to SQL, City and city are one."""
    name = field.replace("\0", "\ufffd")
    while name.lower() in taken:
        name += "_"
    taken.add(name.lower())
    return name
