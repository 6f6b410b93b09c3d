"""What documents are found by beside their columns: words, elements of arrays, and cells of the globe."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from peerset.documents.morton import cell_of
from peerset.documents.value import canonical, value_at
from peerset.documents.where import point_of
from peerset.documents.words import words_of
from peerset.stores.indexed.draft import Draft
from peerset.stores.indexed.tables import Table

Element: TypeAlias = int | float | str | bytes

_GIVEN: Final = "(SELECT value FROM json_each(?))"


def insert_entries(db: sqlite3.Connection, table: Table, drafts: Sequence[Draft]) -> None:
    """Write what new documents of one collection are found by."""
    if table.has_items:
        db.executemany(
            f"INSERT OR IGNORE INTO {table.items} (span, field, value, stamp, number) VALUES (?, ?, ?, ?, ?)",
            (item for draft in drafts for item in _items(table, draft)),
        )
    if table.has_text:
        db.executemany(
            f"INSERT INTO {table.texts} (rowid, words) VALUES (?, ?)",
            ((draft.number, " ".join(found)) for draft in drafts if (found := _words(draft))),
        )


def delete_entries(db: sqlite3.Connection, table: Table, array: str, *, for_good: bool = False) -> None:
    """Take out what documents, numbers as JSON, are found by; *for_good*: no byte of it stays in the file."""
    if table.has_items:
        db.execute(f"DELETE FROM {table.items} WHERE number IN {_GIVEN}", (array,))
    if table.has_text:
        gone = db.execute(f"DELETE FROM {table.texts} WHERE rowid IN {_GIVEN}", (array,)).rowcount
        if gone and for_good:
            # Until its parts are made one, the index only notes that the words are gone.
            db.execute(f"INSERT INTO {table.texts} ({table.texts}) VALUES ('optimize')")


def element_of(value: object) -> Element:
    """Give what stands for an element of an array: itself if it is a number or a text, else its bytes."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return canonical(value)  # type: ignore[arg-type] # it is JSON
    return value


def _items(table: Table, draft: Draft) -> Iterable[tuple[Element, ...]]:
    span, definition = table.span_of(draft.record.created_at), draft.definition
    for place, field in enumerate(definition.arrays):
        elements = value_at(draft.row.value, field)
        for each in elements if isinstance(elements, list) else ():
            yield span, place, element_of(each), draft.row.stamp, draft.number
    if definition.place is not None:
        point = point_of(value_at(draft.row.value, definition.place))
        if point is not None:
            yield span, len(definition.arrays), cell_of(*point), draft.row.stamp, draft.number


def _words(draft: Draft) -> list[str]:
    return words_of(draft.row.value, draft.definition.text)
