"""The records of one day in a temporary file between two processes of ours: what one has read and checked."""

from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, Final

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId, recall_record, shell_of
from peerset.errors import ArchiveError

_HEAD: Final = Struct(">I32sQ32sH")
"""The size of the wire form, which is 0 of what was purged; id, created_at, author and kind."""


def write_record(file: BinaryIO, record: Record) -> None:
    """Write *record*, or the shell that it is, for `read_records`."""
    file.write(_HEAD.pack(len(record.wire), record.id, record.created_at, record.author, record.kind))
    file.write(record.wire)


def read_records(file: BinaryIO) -> Iterator[Record]:
    """Read what `write_record` wrote.

    Raises:
        ArchiveError: it is cut off.

    """
    while head := file.read(_HEAD.size):
        size, record_id, created_at, author, kind = _HEAD.unpack(head)
        wire = file.read(size)
        if len(wire) != size:
            raise ArchiveError("what was read of a day is cut off: is the disk for temporary files full?")
        if size:
            yield recall_record(RecordId(record_id), wire)
        else:
            yield shell_of(RecordId(record_id), PublicKey(author), UnixTime(created_at), kind)
