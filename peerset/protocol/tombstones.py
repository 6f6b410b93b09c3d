"""Which records of a batch, and which that are here, its authors deleted: monotone, so that all peers agree.

Marks rest in the store; only those that matter for one batch are here, and for no longer than it takes.
"""

from collections.abc import Iterable

from peerset.core.deletion import Mark, Name, Outline, names_deleted, newest_of, outline_of
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_DELETION, Record, RecordId

Question = tuple[Name, PublicKey]
"""Whether an author's deletions name something."""


class Tombstones:
    """The deletions of one batch, and what the store answered."""

    def __init__(self, deletions: Iterable[Record] = ()) -> None:
        self._deletions: dict[Name, tuple[Record, ...]] = {}
        self._marks: dict[Name, list[Mark]] = {}
        for deletion in deletions:
            # Mostly nobody else names the same: all that one names share its tuple, for a flood names very much.
            alone = (deletion,)
            for name in names_deleted(deletion):
                others = self._deletions.get(name)
                self._deletions[name] = alone if others is None else (*others, deletion)

    def __bool__(self) -> bool:
        return bool(self._deletions or self._marks)

    @property
    def targets(self) -> tuple[Name, ...]:
        """What the deletions of the batch name, each once."""
        return tuple(self._deletions)

    def learn(self, marks: Iterable[Mark]) -> None:
        """Take what the store knows."""
        for mark in marks:
            self._marks.setdefault(mark.name, []).append(mark)

    def covering(self, outline: Outline) -> RecordId | None:
        """Give the deletion that covers a record: the newest, the lowest id when several are."""
        marks = [mark for name in outline.names for mark in self._marks.get(name, ())]
        for name in outline.names:
            marks += [Mark(name, each.author, each.created_at, each.id) for each in self._deletions.get(name, ())]
        newest = newest_of(mark for mark in marks if mark.covers(outline))
        return None if newest is None else newest.deletion


def questions_about(records: Iterable[Record]) -> tuple[Question, ...]:
    """Give what to ask of the store before *records* become members: whether deletions of their authors name them."""
    outlines = [outline_of(record) for record in records if record.kind != KIND_DELETION]
    if not outlines:
        return ()
    return tuple(sorted({(name, outline.author) for outline in outlines for name in outline.names}))
