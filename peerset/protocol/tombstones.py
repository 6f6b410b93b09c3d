"""Which records of a batch, and which that are here, its authors deleted: monotone, so that all peers agree.

Marks rest in the store; only those that matter for one batch are here, and for no longer than it takes.
"""

from collections.abc import Iterable

from peerset.core.deletion import Mark, Name, Outline, marks_of, newest_of, outline_of
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_DELETION, Record, RecordId

Question = tuple[Name, PublicKey]
"""Whether an author's deletions name something."""


class Tombstones:
    """The deletions of one batch, and what the store answered."""

    def __init__(self, deletions: Iterable[Record] = (), marks: Iterable[Mark] = ()) -> None:
        self._marks: dict[Question, list[Mark]] = {}
        for mark in (*marks, *marks_of(deletions)):
            self._marks.setdefault((mark.name, mark.author), []).append(mark)

    def __bool__(self) -> bool:
        return bool(self._marks)

    def covering(self, outline: Outline) -> RecordId | None:
        """Give the deletion that covers a record: the newest, the lowest id when several are."""
        named = [self._marks.get((name, outline.author), []) for name in outline.names]
        newest = newest_of(mark for marks in named for mark in marks if mark.covers(outline))
        return None if newest is None else newest.deletion


def questions_about(records: Iterable[Record]) -> tuple[Question, ...]:
    """Give what to ask of the store before *records* become members: whether deletions of their authors name them."""
    outlines = [outline_of(record) for record in records if record.kind != KIND_DELETION]
    return tuple(sorted({(name, outline.author) for outline in outlines for name in outline.names}))
