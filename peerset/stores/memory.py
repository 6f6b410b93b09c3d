"""The store that forgets: one room's records in this process's memory, for tests and for peers without a disk."""

import asyncio
import random
from collections.abc import Collection, Sequence
from heapq import nsmallest
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.day_sum import DaySum, sum_of
from peerset.core.deletion import Mark, Name, Outline, outline_of
from peerset.core.expiration import expires_at
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.lens import Lens
from peerset.core.note import NOTES_PER_KIND_MAX, check_note
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.core.resting import at_rest, awake
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError, StoreError
from peerset.stores.blob_memory import MemoryBlobs
from peerset.stores.change_log import LOG_BITS
from peerset.stores.documents import Documents
from peerset.stores.marks import Marks
from peerset.stores.outlines import Outlines
from peerset.stores.viewed import Viewed

AWOKEN_AT_ONCE: Final = 128
"""Records that are read between which others have no turn."""


async def open_memory(rest: str) -> "MemoryStore":
    """Open an empty store, as the spec ``memory:`` asks; *rest* is what follows the colon.

    Raises:
        ConfigError: *rest* is not empty.

    """
    if rest:
        raise ConfigError(f"the spec 'memory:{rest}' names something after the colon; a memory store has no name")
    return MemoryStore()


class MemoryStore(Viewed):
    """Keeps records until it is closed."""

    def __init__(self) -> None:
        marks = Marks()
        super().__init__(random.SystemRandom().getrandbits(LOG_BITS), marks)
        self._records: dict[RecordId, Record] = {}
        self._bytes = 0
        """Of their wire forms."""
        self._sums: dict[tuple[int, PublicKey], DaySum] = {}
        self._expiring: dict[RecordId, int] = {}
        """When what expires does, of what is here whole."""
        self._outlines = Outlines(marks)
        """Of all records, those that were purged included."""
        self._rules = b""
        self._refused: set[tuple[int, bytes]] = set()
        """What was refused under these rules."""
        self._notes: dict[str, dict[bytes, str]] = {}
        self._room_tag: RoomTag | None = None
        self._lens: Lens | None = None

    def blobs(self) -> MemoryBlobs:
        """Give a place for blobs, which is forgotten as this store is."""
        return MemoryBlobs()

    async def bind(self, room_tag: RoomTag, *, is_private: bool = False) -> None:
        """Make this the store of one room, for good.

        Raises:
            ConfigError: it already belongs to another room.

        """
        self._check_open()
        if self._room_tag not in (None, room_tag):
            raise ConfigError(f"this store belongs to another room; give the room {room_tag.hex()} a store of its own")
        self._room_tag = room_tag

    async def add(self, records: Sequence[Record], *, removed: Sequence[RecordId] = ()) -> None:
        """Add *records* (those already there are left alone), then remove *removed*."""
        self._check_open()
        read = [record if self._lens is None else self._lens.open(record) for record in records]
        for record in read:
            if self._outlines.get(record.id) is None:
                self._records[record.id] = at_rest(record)
                self._weigh(record)
                self._expect(record)
                self._outlines.add(record, outline_of(record))
        for record_id in removed:
            self._remove(record_id)
        self._let_go(removed, added=read)

    async def get(self, ids: Sequence[RecordId]) -> list[Record]:
        """Give those of *ids* that are here, in the order asked."""
        self._check_open()
        return [awake(self._records[record_id]) for record_id in ids if record_id in self._records]

    async def wires(self, ids: Sequence[RecordId]) -> list[bytes]:
        """Give the wire form of each of *ids*, in order: empty where its content is not here."""
        self._check_open()
        return [self._records[record_id].wire if record_id in self._records else b"" for record_id in ids]

    async def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record, in that order."""
        self._check_open()
        return sorted((outline.created_at, outline.id) for outline in self._outlines.everything())

    async def query(self, query: Filter) -> list[Record]:
        """Give the records that match, newest first, ties by lowest id first."""
        self._check_open()
        found = [record for record in self._records.values() if query.matches(record)]
        found.sort(key=self._newest_first)
        return await _awake_all(found[: query.limit])

    async def deleters(self) -> set[PublicKey]:
        """Give the author of every deletion (kind 5, NIP-09) that names something."""
        self._check_open()
        return self._outlines.deleters()

    async def named(self, names: Sequence[Name]) -> list[Outline]:
        """Give what is here, purged or not, under *names*: ids, and addresses with all their versions."""
        self._check_open()
        return self._outlines.named(names)

    async def marks(self, questions: Sequence[tuple[Name, PublicKey]]) -> list[Mark]:
        """Give the newest deletion by each author of the name beside it; nothing where none is."""
        self._check_open()
        return self._outlines.marks(questions)

    async def versions(self) -> list[Outline]:
        """Give every record that has versions and is here, purged or not."""
        self._check_open()
        return self._outlines.versions()

    async def expire(self, before: UnixTime, *, but: Collection[RecordId] = ()) -> int:
        """Delete every record with created_at below *before*, all others than *but*; give how many."""
        self._check_open()
        old = [outline.id for outline in self._outlines.everything() if outline.created_at < before]
        expired = [record_id for record_id in old if record_id not in but]
        for record_id in expired:
            self._remove(record_id)
        self._let_go(expired)
        self._refused = {entry for entry in self._refused if entry[0] >= before}
        return len(expired)

    async def expired(self, until: UnixTime, *, limit: int) -> list[RecordId]:
        """Give what expires by *until* and is here whole, the first to first, at most *limit*; deletions never."""
        self._check_open()
        due = ((at, record_id) for record_id, at in self._expiring.items() if at <= until)
        return [record_id for _, record_id in nsmallest(limit, due)]

    async def weight(self) -> int:
        """Say how many bytes the wire forms have together."""
        self._check_open()
        return self._bytes

    async def sums(self) -> list[DaySum]:
        """Give what each author wrote on each UTC day, as far as its content is here."""
        self._check_open()
        return sorted(self._sums.values())

    async def purge(self, ids: Sequence[RecordId]) -> None:
        """Destroy the content, tags and signature of *ids*, for good; deletions are left alone."""
        for record in await self.get(ids):
            if record.kind != KIND_DELETION:
                self._forget(record.id)
        self._destroy(ids)

    async def fill(self, records: Sequence[Record]) -> None:
        """Give back the content of those of *records* that were purged and are still here."""
        self._check_open()
        shells = [each for each in records if each.id not in self._records and self._outlines.get(each.id) is not None]
        await self._replace(shells)

    def unseal(self, lens: Lens) -> None:
        """Give what *lens* opens of sealed records that come from now on."""
        self._lens = lens

    async def reread(self, records: Sequence[Record]) -> None:
        """Take those of *records* that are here as new ones, read as they are now."""
        self._check_open()
        await self._replace([each for each in records if each.id in self._records])

    async def refuse(self, entries: Sequence[tuple[int, bytes]], *, rules: bytes) -> None:
        """Remember that *entries* were refused under *rules*; what others refused is forgotten."""
        self._check_open()
        if rules != self._rules:
            self._refused.clear()
        self._rules = rules
        self._refused.update(entries)

    async def refused(self, rules: bytes) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of everything refused under *rules*, in that order."""
        self._check_open()
        return sorted(self._refused) if rules == self._rules else []

    async def notes(self, kind: str) -> dict[bytes, str]:
        """Give every note of *kind*, by key."""
        self._check_open()
        return dict(self._notes.get(kind, {}))

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        """Keep *text* under *kind* and *key*, in place of what was there; None removes it.

        Raises:
            ConfigError: kind, key or text break the limits of `peerset.core.note`.
            StoreError: there are too many of this kind already.

        """
        self._check_open()
        check_note(kind, key, text)
        notes = self._notes.setdefault(kind, {})
        if text is None:
            notes.pop(key, None)
            return
        if key not in notes and len(notes) >= NOTES_PER_KIND_MAX:
            raise StoreError(f"the memory store holds {NOTES_PER_KIND_MAX} notes of the kind {kind!r}: remove some")
        notes[key] = text

    async def aclose(self) -> None:
        """Forget everything; may be called twice."""
        self._is_closed = True
        self._records.clear()
        self._sums.clear()
        self._expiring.clear()
        self._documents = Documents(0)
        self._outlines = Outlines(Marks())
        self._refused.clear()
        self._notes.clear()

    async def _replace(self, records: Sequence[Record]) -> None:
        for record in records:
            self._remove(record.id)
        self._let_go([record.id for record in records])
        await self.add(records)

    def _newest_first(self, record: Record) -> tuple[int, int, RecordId]:
        """Sort by what `newest_first` gives, without reading the record."""
        outline = self._outlines.get(record.id)
        return -record.created_at, 0 if outline is None else -outline.microseconds, record.id

    def _remove(self, record_id: RecordId) -> None:
        self._outlines.remove(record_id, self._records)
        self._forget(record_id)

    def _forget(self, record_id: RecordId) -> None:
        self._expiring.pop(record_id, None)
        record = self._records.pop(record_id, None)
        if record is not None:
            self._weigh(record, -1)

    def _expect(self, record: Record) -> None:
        at = None if record.kind == KIND_DELETION else expires_at(record)
        if at is not None:
            self._expiring[record.id] = at

    def _weigh(self, record: Record, sign: int = 1) -> None:
        one = sum_of(record)
        self._bytes += sign * one.size
        place = (one.day, one.author)
        left = self._sums.get(place, DaySum(*place, 0, 0, 0)).plus(one, sign)
        self._sums[place] = left
        if not left.records:
            del self._sums[place]


async def _awake_all(records: Sequence[Record]) -> list[Record]:
    """Read *records*; whoever flooded the store with heavy ones shall not hold up others meanwhile."""
    read = list(map(awake, records[:AWOKEN_AT_ONCE]))
    for start in range(AWOKEN_AT_ONCE, len(records), AWOKEN_AT_ONCE):
        await asyncio.sleep(0)
        read += map(awake, records[start : start + AWOKEN_AT_ONCE])
    return read
