"""The disk of a simulated member: what outlives a crash."""

from collections.abc import Iterable, Sequence

from peerset.core.clock import UnixTime
from peerset.core.deletion import outline_of
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.protocol.effects import Resolve
from peerset.protocol.inputs import Resolved
from peerset.stores.outlines import Outlines


class Disk:
    """Records by id; every write happens wholly or not at all."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.is_full = False
        """Writes are refused."""
        self.seen: UnixTime | None = None
        """What the clock said when it was last believed."""
        self._records: dict[RecordId, Record] = {}
        self._outlines = Outlines()
        self._keep(records)
        self.refused: set[tuple[int, bytes]] = set()
        """What was refused: (created_at, id)."""

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, record_id: RecordId) -> bool:
        return record_id in self._records

    def write(self, records: Sequence[Record], removed: Sequence[RecordId]) -> bool:
        """Add *records* and take *removed* out; say whether that happened."""
        if self.is_full:
            return False
        self._keep(records)
        self._forget(removed)
        return True

    def read(self, ids: Iterable[RecordId]) -> tuple[Record, ...]:
        """Give those of *ids* that are here, in the order asked."""
        return tuple(self._records[record_id] for record_id in ids if record_id in self._records)

    def wires(self, ids: Iterable[RecordId]) -> tuple[bytes, ...]:
        """Give the wire form of each of *ids*, in order: empty where it is not here."""
        return tuple(self._records[i].wire if i in self._records else b"" for i in ids)

    def expire(self, before: UnixTime) -> int:
        """Delete what was created before *before*; give how many."""
        expired = [record.id for record in self._records.values() if record.created_at < before]
        self._forget(expired)
        self.refused = {entry for entry in self.refused if entry[0] >= before}
        return len(expired)

    def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record, in that order."""
        return sorted((record.created_at, record.id) for record in self._records.values())

    def records(self) -> list[Record]:
        """Give every record, in the order (created_at, id)."""
        return sorted(self._records.values(), key=lambda record: (record.created_at, record.id))

    def deleters(self) -> set[PublicKey]:
        """Give the author of every deletion."""
        return self._outlines.deleters()

    def resolve(self, question: Resolve) -> Resolved:
        """Answer what a batch asks about deletions."""
        outlines, marks = self._outlines.named(question.targets), self._outlines.marks(question.questions)
        return Resolved(question.batch, tuple(outlines), tuple(marks))

    def _keep(self, records: Iterable[Record]) -> None:
        for record in records:
            if record.id not in self._records:
                self._records[record.id] = record
                self._outlines.add(record, outline_of(record))

    def _forget(self, ids: Iterable[RecordId]) -> None:
        for record_id in ids:
            self._outlines.remove(record_id, self._records)
            self._records.pop(record_id, None)


def resolved(question: Resolve, records: Iterable[Record]) -> Resolved:
    """Answer what a batch asks about deletions of a disk that holds *records*."""
    return Disk(records).resolve(question)
