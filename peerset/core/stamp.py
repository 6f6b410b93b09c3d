"""Stamps: when a record was written, to the microsecond, and the order that readers see (docs/protocol.md, "Stamps").

A stamp is created_at and the microseconds within it, which the first tag ``us`` gives. The set itself is ordered by
created_at and id alone.
"""

import re
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId

MICROSECONDS: Final = 1_000_000

TAG: Final = "us"

_FORM: Final = re.compile("0|[1-9][0-9]{0,5}")


def microseconds_of(record: Record) -> int:
    """Give the microseconds within the record's second; 0 where its first tag ``us`` says nothing that makes sense."""
    for tag in record.tags:
        if tag[0] == TAG and len(tag) > 1:
            return read_microseconds(tag[1])
    return 0


def read_microseconds(text: str) -> int:
    """Read what a tag ``us`` says; 0 where that makes no sense."""
    return int(text) if _FORM.fullmatch(text) else 0


def stamp_of(record: Record) -> int:
    """Give when *record* was written, as its author says, in microseconds since 1970-01-01 UTC."""
    return record.created_at * MICROSECONDS + microseconds_of(record)


def split_stamp(stamp: int) -> tuple[UnixTime, tuple[tuple[str, str], ...]]:
    """Give the created_at and the tags that say *stamp*; whole seconds need no tag."""
    seconds, microseconds = divmod(stamp, MICROSECONDS)
    return UnixTime(seconds), ((TAG, str(microseconds)),) if microseconds else ()


def newest_first(record: Record) -> tuple[int, int, RecordId]:
    """Sort records by this: newest first, ties by lowest id first."""
    return -record.created_at, -microseconds_of(record), record.id
