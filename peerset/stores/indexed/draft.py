"""Documents on their way into the file."""

from dataclasses import dataclass

from peerset.core.record import Record
from peerset.documents.definition import Definition
from peerset.documents.document import Row, State
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


@dataclass(frozen=True, slots=True)
class Slot:
    """One register of a table; of a shared one the author is empty."""

    table: int
    key: str
    author: bytes


def slot_of(table: Table, key: str, author: bytes) -> Slot:
    """Name the register of a key."""
    return Slot(table.number, key, b"" if table.is_shared else author)
