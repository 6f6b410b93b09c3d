"""Documents as verbs print them: one JSON object a line, or a table that fits the terminal."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from peerset.cli.narrow import NarrowTable, Row
from peerset.cli.output import printable
from peerset.cli.rows import short_id, short_key, time_text
from peerset.core.action import Json
from peerset.core.stamp import MICROSECONDS
from peerset.data.doc import Doc

VALUE: Final = "value"
"""The column of what is no object."""
CELL_CHARACTERS_MAX: Final = 60
FIELDS_SHOWN_MAX: Final = 12


def doc_row(doc: Doc[Json]) -> dict[str, object]:
    """Give *doc* as a JSON object."""
    return {
        "id": doc.id.hex(),
        "key": doc.key,
        "author": doc.author.hex(),
        "stamp": doc.stamp,
        "follows": [each.hex() for each in doc.follows],
        "value": doc.value,
        "is_deleted": doc.is_deleted,
    }


def doc_line(doc: Doc[Json]) -> str:
    """Say *doc* in one line for people."""
    name = short_id(doc.id) if doc.key is None else printable(doc.key, characters_max=CELL_CHARACTERS_MAX)
    said = "(deleted)" if doc.is_deleted else printable(json.dumps(doc.value, ensure_ascii=False))
    return f"{time_text(doc.stamp // MICROSECONDS)}  {short_key(doc.author)}  {name}  {said}"


def doc_table(docs: Sequence[Doc[Json]]) -> NarrowTable:
    """Draw *docs*, a column for each field that one of them has."""
    fields = fields_of(doc.value for doc in docs)
    columns = ["key" if any(doc.key is not None for doc in docs) else "id", *fields, "author", "time"]
    rows = [Row(_cells(doc, columns[0], fields)) for doc in docs]
    # What a collection is about comes first in its documents.
    return NarrowTable(columns, rows, ("author", "time", *reversed(fields[1:])))


def fields_of(values: Iterable[Json]) -> list[str]:
    """Give the names of the fields of *values*, in the order in which they come."""
    found: dict[str, None] = {}
    for value in values:
        found |= dict.fromkeys(value if isinstance(value, dict) else [VALUE])
    return list(found)[:FIELDS_SHOWN_MAX]


def table_of(rows: Sequence[dict[str, Any]]) -> NarrowTable:
    """Draw *rows* of one shape, such as an aggregate's."""
    columns = list(rows[0]) if rows else []
    return NarrowTable(columns, [Row([_cell(row[column]) for column in columns]) for row in rows], columns[:0:-1])


def _cells(doc: Doc[Json], first: str, fields: Sequence[str]) -> list[str]:
    name = _cell(doc.key) if first == "key" else short_id(doc.id)
    value = doc.value if isinstance(doc.value, dict) else {VALUE: doc.value}
    said = [_cell(value[field]) if field in value else "" for field in fields]
    return [name, *said, short_key(doc.author), time_text(doc.stamp // MICROSECONDS)]


def _cell(value: Json) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return printable(text, characters_max=CELL_CHARACTERS_MAX)
