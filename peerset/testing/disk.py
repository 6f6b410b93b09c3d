"""The disk of a simulated member: what outlives a crash."""

from collections.abc import Collection, Iterable, Sequence

from peerset.core.clock import UnixTime
from peerset.core.deletion import outline_of
from peerset.core.expiration import has_expired
from peerset.core.keys import PublicKey
from peerset.core.pin import pinned_in
from peerset.core.record import KIND_DELETION, KIND_PIN, Record, RecordId
from peerset.protocol.effects import Expire, Load, Resolve
from peerset.protocol.inputs import Expired, Loaded, Resolved, SaveFailed
from peerset.protocol.tombstones import Tombstones, questions_about
from peerset.stores.marks import Marks
from peerset.stores.outlines import Outlines


class Disk:
    """Records by id; every write happens wholly or not at all."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.is_full = False
        """Writes are refused."""
        self.is_failing = False
        """Neither writes nor reads succeed."""
        self.seen: UnixTime | None = None
        """What the clock said when it was last believed."""
        self._records: dict[RecordId, Record] = {}
        self._outlines = Outlines(Marks())
        self.purged: dict[bytes, RecordId] = {}
        """Whose content was destroyed, by the wire form that is not here any more."""
        self._shells: set[RecordId] = set()
        self._keep(records)
        self.guests: dict[RecordId, Record] = {}
        """What is older than the members, and shown by pins among them."""
        self.refused: set[tuple[int, bytes]] = set()
        """What was refused: (created_at, id)."""
        self.acquaintances: tuple[tuple[PublicKey, UnixTime], ...] = ()
        """Whose keys were useful for long."""

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, record_id: RecordId) -> bool:
        return record_id in self._records

    @property
    def is_writable(self) -> bool:
        """Writes succeed."""
        return not (self.is_full or self.is_failing)

    def has_content(self, record_id: RecordId) -> bool:
        """Say whether a record is here as a whole, rather than as a shell or not at all."""
        return record_id in self._records and record_id not in self._shells

    def write(self, records: Sequence[Record], removed: Sequence[RecordId]) -> bool:
        """Add *records* and take *removed* out; say whether that happened."""
        if not self.is_writable:
            return False
        self._keep(records)
        self._forget(removed)
        return True

    def read(self, ids: Iterable[RecordId]) -> tuple[Record, ...]:
        """Give those of *ids* that are here, in the order asked."""
        return tuple(self._records[record_id] for record_id in ids if record_id in self._records)

    def wires(self, ids: Iterable[RecordId]) -> tuple[bytes, ...]:
        """Give the wire form of each of *ids*, in order: empty where it is not here."""
        return tuple(self._records[i].wire if self.has_content(i) else b"" for i in ids)

    def purge(self, ids: Iterable[RecordId]) -> tuple[RecordId, ...]:
        """Destroy the content of *ids* but for deletions; give those of which there was any."""
        purged = [record for record in self.read(ids) if record.kind != KIND_DELETION and self.has_content(record.id)]
        self._shells.update(record.id for record in purged)
        self.purged.update((record.wire, record.id) for record in purged)
        return tuple(record.id for record in purged)

    def expire(self, before: UnixTime, *, but: Collection[RecordId] = ()) -> int:
        """Delete what was created before *before*, all others than *but*; give how many."""
        old = [record.id for record in self._records.values() if record.created_at < before]
        expired = [record_id for record_id in old if record_id not in but]
        self._forget(expired)
        self.refused = {entry for entry in self.refused if entry[0] >= before}
        return len(expired)

    def expired(self, until: UnixTime) -> list[RecordId]:
        """Give what expires by *until* and is here whole."""
        whole = (record for record in self._records.values() if record.id not in self._shells)
        return [record.id for record in whole if has_expired(record, until)]

    def collect(self, before: UnixTime, until: UnixTime) -> Expired:
        """Delete what was created before *before*; what pins show from then on is a guest, and no member any more.

        Those that expire by *until* show nothing.
        """
        lasting = (record for record in self._records.values() if not has_expired(record, until))
        pins = [record for record in lasting if record.kind == KIND_PIN and record.created_at >= before]
        held = {each.id: each for each in map(pinned_in, pins) if each.created_at < before}
        covering = Tombstones()
        covering.learn(self._outlines.marks(questions_about(list(held.values()))))
        self.guests = {each.id: each for each in held.values() if covering.covering(outline_of(each)) is None}
        return Expired(self.expire(before), frozenset(self.guests))

    def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record, in that order."""
        return sorted((record.created_at, record.id) for record in self._records.values())

    def records(self) -> list[Record]:
        """Give every record, shells included as they were, in the order (created_at, id)."""
        return sorted(self._records.values(), key=lambda record: (record.created_at, record.id))

    def deleters(self) -> set[PublicKey]:
        """Give the author of every deletion."""
        return self._outlines.deleters()

    def answer(self, question: Resolve | Load | Expire) -> Resolved | Loaded | Expired | SaveFailed:
        """Do what a node asks for beside writes, as well as a disk that may fail does."""
        match question:
            case Resolve(batch):
                return SaveFailed(batch, "the disk fails") if self.is_failing else self.resolve(question)
            case Load(peer, number, ids):
                return Loaded(peer, number, () if self.is_failing else self.wires(ids))
            case Expire(before, seen, until):  # pragma: no branch (mypy: nothing else is left)
                # The index has let go of what is old already, so the disk does, whatever else it fails to do.
                self.seen = seen
                return self.collect(before, until)

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
            self._shells.discard(record_id)


def resolved(question: Resolve, records: Iterable[Record]) -> Resolved:
    """Answer what a batch asks about deletions of a disk that holds *records*."""
    return Disk(records).resolve(question)
