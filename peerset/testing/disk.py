"""The disk of a simulated member: what outlives a crash."""

from collections.abc import Iterable, Sequence

from peerset.core.clock import UnixTime
from peerset.core.record import KIND_DELETION, Record, RecordId


class Disk:
    """Records by id; every write happens wholly or not at all."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.is_full = False
        """Writes are refused."""
        self._records = {record.id: record for record in records}
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
        for record in records:
            self._records.setdefault(record.id, record)
        for record_id in removed:
            self._records.pop(record_id, None)
        return True

    def read(self, ids: Iterable[RecordId]) -> tuple[Record, ...]:
        """Give those of *ids* that are here, in the order asked."""
        return tuple(self._records[record_id] for record_id in ids if record_id in self._records)

    def expire(self, before: UnixTime) -> int:
        """Delete what was created before *before*; give how many."""
        expired = [record.id for record in self._records.values() if record.created_at < before]
        for record_id in expired:
            del self._records[record_id]
        self.refused = {entry for entry in self.refused if entry[0] >= before}
        return len(expired)

    def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record, in that order."""
        return sorted((record.created_at, record.id) for record in self._records.values())

    def records(self) -> list[Record]:
        """Give every record, in the order (created_at, id)."""
        return sorted(self._records.values(), key=lambda record: (record.created_at, record.id))

    def deletions(self) -> list[Record]:
        """Give every deletion, in the order (created_at, id)."""
        return [record for record in self.records() if record.kind == KIND_DELETION]
