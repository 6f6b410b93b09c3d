"""What deletions name and what they say, for stores that keep their records in memory."""

from collections.abc import Iterable, Mapping

from peerset.core.deletion import Mark, Name, Outline, newest_of
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.stores.marks import Marks

Question = tuple[Name, PublicKey]


class Outlines:
    """Records by what deletions may name them, and the *marks* of deletions."""

    def __init__(self, marks: Marks) -> None:
        self._outlines: dict[RecordId, Outline] = {}
        self._versions: dict[Name, set[RecordId]] = {}
        self._marks = marks

    def add(self, record: Record, outline: Outline) -> None:
        """Take in *record*, whose outline is given."""
        self._outlines[record.id] = outline
        if outline.address is not None:
            self._versions.setdefault(outline.address, set()).add(record.id)
        self._marks.add(record)

    def get(self, record_id: RecordId) -> Outline | None:
        """Give the outline of a record that is here."""
        return self._outlines.get(record_id)

    def remove(self, record_id: RecordId, records: Mapping[RecordId, Record]) -> None:
        """Let go of a record; its content, if it is here still, is in *records*."""
        outline = self._outlines.pop(record_id, None)
        if outline is not None and outline.address is not None:
            _take_out(self._versions, outline.address, record_id)
        record = records.get(record_id)
        if record is not None:
            self._marks.remove(record)

    def everything(self) -> list[Outline]:
        """Give every outline."""
        return list(self._outlines.values())

    def named(self, names: Iterable[Name]) -> list[Outline]:
        """Give what is here under *names*, each once, by id."""
        found = {RecordId(name) for name in names if name in self._outlines}
        found |= {each for name in names for each in self._versions.get(name, ())}
        return [self._outlines[each] for each in sorted(found)]

    def marks(self, questions: Iterable[Question]) -> list[Mark]:
        """Give the newest mark for each question that any answers."""
        newest = [newest_of(self._marks_of(*question)) for question in questions]
        return [mark for mark in newest if mark is not None]

    def deleters(self) -> set[PublicKey]:
        """Give the authors of all marks."""
        return self._marks.authors()

    def versions(self) -> list[Outline]:
        """Give every record that has versions."""
        return [outline for outline in self._outlines.values() if outline.address is not None]

    def _marks_of(self, name: Name, author: PublicKey) -> list[Mark]:
        deletions = [self._outlines[each] for each in self._marks.of(name, author)]
        return [Mark(name, author, each.created_at, each.id) for each in deletions]


def _take_out(versions: dict[Name, set[RecordId]], address: Name, record_id: RecordId) -> None:
    versions[address].discard(record_id)
    if not versions[address]:
        del versions[address]
