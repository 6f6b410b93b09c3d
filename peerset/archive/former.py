"""A day as it was archived before, and what may be gone of it now.

A record that was archived whole and is in the store no more was deleted by its author, or the store has lost it. One of
which the store has the shell alone has expired, or was destroyed by our user; or the store gave it up for want of room,
and then the archive keeps it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from peerset.archive.survey import Entries
from peerset.core.deletion import Outline, outline_of
from peerset.core.record import Record, shell_of
from peerset.ports import Store

ASKED_AT_ONCE: Final = 256


def emptied(record: Record) -> Record:
    """Give the shell of *record*."""
    return shell_of(record.id, record.author, record.created_at, record.kind)


def paired(former: Iterable[Record], entries: Entries) -> Iterator[tuple[Record | None, bytes | None]]:
    """Give each id of either side, in order: with the record as it was archived, and the id if it is in *entries*."""
    left, right = iter(former), iter(entries)
    record, entry = next(left, None), next(right, None)
    while record is not None or entry is not None:
        place = None if record is None else (record.created_at, record.id)
        if entry is None or (place is not None and place < entry):
            yield record, None
            record = next(left, None)
        elif place is None or entry < place:
            yield None, entry[1]
            entry = next(right, None)
        else:
            yield record, entry[1]
            record, entry = next(left, None), next(right, None)


async def unexplained(store: Store, former: Iterable[Record], entries: Entries) -> int:
    """Count what was archived whole, is not among *entries*, and was deleted by nobody whose it was.

    Raises:
        StoreError: the store cannot be read.

    """
    count, waiting = 0, list[Outline]()
    for record, record_id in paired(former, entries):
        if record is not None and record_id is None and record.wire:
            waiting.append(outline_of(record))
        if len(waiting) == ASKED_AT_ONCE:
            count += await _undeleted(store, waiting)
            waiting = []
    return count + await _undeleted(store, waiting)


async def _undeleted(store: Store, outlines: Sequence[Outline]) -> int:
    questions = [(name, each.author) for each in outlines for name in each.names]
    marks = await store.marks(questions) if questions else []
    return sum(not any(mark.covers(each) for mark in marks) for each in outlines)
