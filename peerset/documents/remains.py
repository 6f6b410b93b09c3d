"""What is left of a document that was purged: of which register it is a version, and what it follows; not what it says.

A version that was purged replaces those before it still, whatever its collection is declared as afterwards.
"""

from dataclasses import dataclass

from peerset.core.grant import spoken_for
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.core.stamp import stamp_of
from peerset.documents.definition import Definition
from peerset.documents.document import BATCH_TAG, Row, State, collection_of, parents_of, place_of


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of one document."""

    name: str
    """The collection that its record named."""
    key: str | None
    stamp: int
    state: State
    """As it was read when it was purged, or what the record alone decides whatever its collection."""
    parents: tuple[RecordId, ...]
    batch: str | None
    speaks_for: PublicKey

    def row(self, definition: Definition, author: PublicKey) -> Row:
        """Read it as a document of the collection that reads its name, by the *author* that signed its record."""
        author = self.speaks_for if definition.is_on_behalf else author
        return Row(definition.name, author, self.key, self.stamp, self.state, None, None, self.parents, self.batch)


def remains_of(record: Record) -> Remains | None:
    """Give what is to be left of *record*; None when it is no document, or was purged before."""
    name = collection_of(record)
    if name is None:
        return None
    key, state = place_of(record, name)
    batch = record.tag_value(BATCH_TAG)
    return Remains(name, key, stamp_of(record), state, parents_of(record), batch, spoken_for(record))
