"""Documents on their way into the file."""

import json
from dataclasses import dataclass
from typing import NamedTuple

from peerset.core.record import Record
from peerset.documents.definition import Definition
from peerset.documents.document import Row, State, collection_of
from peerset.stores.indexed.tables import Table


@dataclass(slots=True)
class Draft:
    """A record that was read as a document, and is about to get its row."""

    number: int
    record: Record
    table: Table
    definition: Definition
    row: Row
    state: State


def json_of(draft: Draft) -> str | None:
    """Give the value of a document as JSON; None where it says nothing."""
    if draft.row.state:
        return None
    if collection_of(draft.record) == draft.definition.name:
        return draft.record.content
    return json.dumps(draft.row.value, ensure_ascii=False, separators=(",", ":"))


class Slot(NamedTuple):
    """One register of a table; of a shared one the author is empty. A tuple, for it is looked up time and again."""

    table: int
    key: str
    author: bytes


def slot_of(table: Table, key: str, author: bytes) -> Slot:
    """Name the register of a key."""
    return Slot(table.number, key, b"" if table.is_shared else author)
