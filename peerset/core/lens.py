"""What those read of a sealed room who have its secrets: envelopes, opened (docs/protocol.md, "Sealed rooms").

What has just come is opened where its signature is verified, on whatever thread, and remembered until it is told of.
"""

from typing import Final

from peerset.core.deletion import Name, address_text, digest_of
from peerset.core.envelope import OpenedRecord, UnreadRecord, open_record, unread
from peerset.core.record import KEYED_KINDS, Record, RecordId
from peerset.core.seal import Seals

REMEMBERED_BYTES_MAX: Final = 8_388_608
"""Of the wire forms of what is opened and not told of yet; of more, all is opened again."""

_READ: Final = (OpenedRecord, UnreadRecord)


class Lens:
    """Opens records by *seals*; on any thread."""

    def __init__(self, seals: Seals) -> None:
        self.seals = seals
        self._remembered: dict[RecordId, Record] = {}
        self._bytes = 0
        """Of these, about: threads may count at once."""

    @property
    def ids(self) -> list[bytes]:
        """What tells the secrets apart, the newest first."""
        return list(self.seals.by_id)

    def open(self, record: Record) -> Record:
        """Give what *record* says, or one that is unread; what is open, or was purged, as it is."""
        if type(record) in _READ or not record.wire:
            return record
        return self._remembered.get(record.id) or self._opened(record)

    def prepare(self, record: Record) -> None:
        """Open *record*, and remember it: it is about to be saved and told of."""
        found = self.open(record)
        if self._bytes > REMEMBERED_BYTES_MAX:
            self._remembered.clear()
            self._bytes = 0
        self._remembered[record.id] = found
        self._bytes += len(found.wire)

    def take(self, record: Record) -> Record:
        """Open *record*, which is told of now, and forget it."""
        found = self._remembered.pop(record.id, None)
        if found is None:
            return self.open(record)
        self._bytes -= len(found.wire)
        return found

    def addresses(self, record: Record) -> list[Name]:
        """Give the addresses of an opened record, by each secret, the newest first; none where it has one alone."""
        key = record.tag_value("d") if isinstance(record, OpenedRecord) and record.kind in KEYED_KINDS else None
        if key is None or len(self.seals.by_id) < 2:
            return []
        return [digest_of(address_text(record.kind, record.author, each)) for each in self.seals.hidden("d", key)]

    def _opened(self, record: Record) -> Record:
        found = open_record(self.seals, record)
        return found if isinstance(found, Record) else unread(record, found)
