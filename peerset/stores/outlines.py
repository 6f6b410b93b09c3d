"""What deletions name and what they say, for stores that keep their records in memory."""

from collections.abc import Iterable, Mapping

from peerset.core.deletion import Mark, Name, Outline, marks_of, newest_of
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId

Question = tuple[Name, PublicKey]


class Outlines:
    """Records by what deletions may name them, and the marks of deletions."""

    def __init__(self) -> None:
        self._outlines: dict[RecordId, Outline] = {}
        self._versions: dict[Name, set[RecordId]] = {}
        self._marks: dict[Question, dict[RecordId, Mark]] = {}

    def add(self, record: Record, outline: Outline) -> None:
        """Take in *record*, whose outline is given."""
        self._outlines[record.id] = outline
        if outline.address is not None:
            self._versions.setdefault(outline.address, set()).add(record.id)
        for mark in marks_of([record]):
            self._marks.setdefault((mark.name, mark.author), {})[record.id] = mark

    def get(self, record_id: RecordId) -> Outline | None:
        """Give the outline of a record that is here."""
        return self._outlines.get(record_id)

    def remove(self, record_id: RecordId, records: Mapping[RecordId, Record]) -> None:
        """Let go of a record; its content, if it is here still, is in *records*."""
        outline = self._outlines.pop(record_id, None)
        if outline is not None and outline.address is not None:
            _take_out(self._versions, outline.address, record_id)
        record = records.get(record_id)
        for mark in [] if record is None else marks_of([record]):
            marks = self._marks[mark.name, mark.author]
            del marks[record_id]
            if not marks:
                del self._marks[mark.name, mark.author]

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
        newest = [newest_of(self._marks.get(question, {}).values()) for question in questions]
        return [mark for mark in newest if mark is not None]

    def deleters(self) -> set[PublicKey]:
        """Give the authors of all marks."""
        return {author for _, author in self._marks}

    def versions(self) -> list[Outline]:
        """Give every keyed record."""
        return [outline for outline in self._outlines.values() if outline.address is not None]


def _take_out(versions: dict[Name, set[RecordId]], address: Name, record_id: RecordId) -> None:
    versions[address].discard(record_id)
    if not versions[address]:
        del versions[address]
