"""Records that rest: what nobody looks at for long keeps to the bytes in which it came.

Once read, each tag is a tuple and each of its values a text of its own: 63 short tags take twelve times their wire
form, and long content is there twice. So whoever keeps many records for long keeps those at rest.
"""

from collections.abc import Set
from typing import Final

from peerset.core.record import Record, Tags, recall_record

LIGHT_TAGS_MAX: Final = 8
LIGHT_BYTES_MAX: Final = 4_096
"""Below these a record is small however it is kept, and is kept as it was read."""
SOUGHT_MAX: Final = 8
"""To look for so many values among the bytes of a record takes less than to read it."""


class RestingRecord(Record):
    """A record whose tags, content and signature are read from its wire form each time somebody asks for them."""

    __slots__ = ()

    def __init__(self, record: Record) -> None:
        for name in ("id", "author", "created_at", "kind", "wire"):
            object.__setattr__(self, name, getattr(record, name))

    @property
    def tags(self) -> Tags:
        """Read the tags."""
        return awake(self).tags

    @property
    def content(self) -> str:
        """Read the content."""
        return awake(self).content

    @property
    def signature(self) -> bytes:
        """Read the signature."""
        return awake(self).signature

    def has_tag(self, name: str, values: Set[str]) -> bool:
        """Say whether the first value of a tag called *name* is among *values*; mostly its bytes tell that none is."""
        if len(values) <= SOUGHT_MAX and not any(each.encode(errors="surrogatepass") in self.wire for each in values):
            return False
        return awake(self).has_tag(name, values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and awake(self) == awake(other)

    def __hash__(self) -> int:
        return hash(awake(self))

    def __repr__(self) -> str:
        return repr(awake(self))

    def __reduce__(self) -> tuple[object, ...]:
        return recall_record, (self.id, self.wire)


def at_rest(record: Record) -> Record:
    """Give *record* as who keeps it for long shall: itself, where it is small."""
    if type(record) is not Record:
        # At rest already, or opened: of that the wire form says nothing.
        return record
    is_light = len(record.tags) <= LIGHT_TAGS_MAX and len(record.wire) <= LIGHT_BYTES_MAX
    return record if is_light or not record.wire else RestingRecord(record)


def awake(record: Record) -> Record:
    """Give *record* with all that it says read."""
    return recall_record(record.id, record.wire) if isinstance(record, RestingRecord) else record
