"""Which records their authors deleted (NIP-09): monotone, so that every peer agrees whatever came first."""

from collections.abc import Iterable

from peerset.core.record import KIND_DELETION, Record, RecordId


class Tombstones:
    """Ids that deletions name, with the author and time that make a deletion count."""

    def __init__(self, deletions: Iterable[Record] = ()) -> None:
        self._marks: dict[RecordId, dict[RecordId, Record]] = {}
        for deletion in deletions:
            self.add(deletion)

    def __len__(self) -> int:
        return len(self._marks)

    def add(self, deletion: Record) -> None:
        """Remember every id that *deletion* names."""
        for target in deletion.deletes:
            self._marks.setdefault(target, {})[deletion.id] = deletion

    def remove(self, deletion: Record) -> None:
        """Forget *deletion*, which did not become a member after all."""
        for target in deletion.deletes:
            marks = self._marks.get(target, {})
            marks.pop(deletion.id, None)
            if not marks:
                self._marks.pop(target, None)

    def covering(self, record: Record) -> RecordId | None:
        """Give the deletion that covers *record*, the lowest id when several do.

        A deletion covers what its own author made, no later than itself; deletions cannot be deleted.
        """
        marks = self._marks.get(record.id)
        if not marks or record.kind == KIND_DELETION:
            return None
        return min((mark.id for mark in marks.values() if does_cover(mark, record)), default=None)

    def forget_before(self, before: int) -> None:
        """Drop deletions made before *before*, in Unix seconds: what they cover is older still, and gone too."""
        for target, marks in list(self._marks.items()):
            kept = {key: mark for key, mark in marks.items() if mark.created_at >= before}
            if kept:
                self._marks[target] = kept
            else:
                del self._marks[target]


def does_cover(deletion: Record, record: Record) -> bool:
    """Say whether *deletion*, which names *record*, may delete it."""
    return (
        record.kind != KIND_DELETION and deletion.author == record.author and deletion.created_at >= record.created_at
    )
