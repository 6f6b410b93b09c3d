"""Documents in memory: the simple and obviously right way to be a `peerset.ports.DocumentStore`.

Stores that keep everything in memory have one beside their records, and so has `peerset.stores.projected`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.envelope import UnreadRecord
from peerset.core.limits import COLLECTIONS_MAX
from peerset.core.record import KIND_DELETION, Record, RecordId, shell_of
from peerset.core.resting import at_rest
from peerset.documents.change import ChangeKind
from peerset.documents.definition import Definition
from peerset.documents.document import ABSENT, CLOSED, Row, State, Version, collection_of, rank_of, row_of
from peerset.documents.plan import Link, Plan, Slot
from peerset.documents.remains import Remains, remains_of
from peerset.errors import ConfigError
from peerset.stores.change_log import ChangeLog
from peerset.stores.completeness import Completeness
from peerset.stores.finding import Document, matching
from peerset.stores.marks import Marks

BUILT_AT_ONCE: Final = 1_000

_Slot = tuple[str, str, bytes | None]
"""A collection, a key, and an author unless the collection is shared."""


class Documents:
    """What is here, as documents and by state; *log* tells its log of changes from others.

    Whoever keeps *marks* of all that is here lends them.
    """

    def __init__(self, log: int, marks: Marks | None = None) -> None:
        self.log = ChangeLog(log)
        self.records: dict[RecordId, Record] = {}
        """In the order of arrival; a shell of what was purged."""
        self.definitions: dict[str, Definition] = {}
        self._readers: dict[str, Definition] = {}
        """By the name that records give."""
        self._rows: dict[RecordId, Row] = {}
        self._remains: dict[RecordId, Remains] = {}
        """Of documents that were purged."""
        self._ids: dict[str, dict[RecordId, None]] = {}
        """The documents of each collection."""
        self._slots: dict[_Slot, set[RecordId]] = {}
        self._batches = Completeness(Marks() if marks is None else marks)
        self._marks: dict[RecordId, State] = {}
        self._states: dict[RecordId, State] = {}
        self._unbuilt: dict[RecordId, None] = {}
        self._expiring: dict[RecordId, int] = {}
        self._now = UnixTime(0)

    # What is here.

    def add(self, records: Iterable[Record], removed: Iterable[RecordId]) -> None:
        """Take in *records* that were not here, then let go of *removed*."""
        came: dict[RecordId, None] = {}
        touched: set[RecordId] = set()
        for record in records:
            if record.id not in self.records:
                came[record.id] = None
                self.records[record.id] = at_rest(record)
                self._read(record)
                touched |= {record.id, *self._batches.add(record)}
        self._settle(touched | self._remove(removed), came)

    def purge(self, ids: Iterable[RecordId]) -> None:
        """Forget what records say."""
        touched: set[RecordId] = set()
        for record_id in ids:
            record = self.records.get(record_id)
            if record is None or record.kind == KIND_DELETION:
                continue
            touched |= {record_id, *self._batches.remove(record)}
            self.records[record_id] = shell_of(record_id, record.author, record.created_at, record.kind)
            self._marks[record_id] = self._marks.get(record_id, State(0)) | State.VOID
            self.leave(record)
            if record_id in self._rows:
                self._rows[record_id] = replace(self._rows[record_id], value=None)
            self._read(self.records[record_id])
        self._settle(touched)

    def leave(self, record: Record) -> None:
        """Remember what is to be left of a document that is purged, though nobody reads it yet."""
        remains, row = remains_of(record), self._rows.get(record.id)
        if remains is not None:
            self._remains[record.id] = remains if row is None else replace(remains, state=row.state)

    def mark(self, ids: Iterable[RecordId], state: State, *, is_set: bool) -> None:
        """Set or clear bits of what is here."""
        here = [each for each in ids if each in self.records]
        for each in here:
            bits = self._marks.get(each, State(0))
            self._marks[each] = bits | state if is_set else bits & ~state
        self._settle(here)

    def marked(self, state: State) -> list[RecordId]:
        """Give what has any of these bits, by id."""
        return sorted(each for each, bits in self._states.items() if bits & state)

    def sweep(self, now: UnixTime) -> list[RecordId]:
        """Let nobody see what expires by *now*; give what newly does."""
        self._now = max(self._now, now)
        self.log.sweep(self._now)
        ids = [each for each, at in self._expiring.items() if at <= self._now]
        expired = sorted(each for each in ids if not self._states[each] & State.EXPIRED)
        self._settle(expired)
        return expired

    # Collections.

    def define(self, definitions: Sequence[Definition]) -> None:
        """Know these collections.

        Raises:
            ConfigError: two read documents of one name, or there are too many.

        """
        named = {each.name for each in definitions}
        claimed = [name for each in definitions for name in each.names]
        if len(set(claimed)) < len(claimed):
            raise ConfigError(f"two of the collections {', '.join(sorted(named))} read documents of one name")
        others = [each for each in self.definitions.values() if each.name not in named]
        kept = [each.name for each in others if not {*claimed}.intersection(each.names)]
        if len(kept) + len(definitions) > COLLECTIONS_MAX:
            raise ConfigError(f"{len(kept) + len(definitions)} collections; the limit of a room is {COLLECTIONS_MAX}")
        known = {each.name: each.digest for each in self.definitions.values()}
        changed = {each.name for each in definitions if known.get(each.name) != each.digest}
        touched = self._forget({*known} - {*kept} - named | {*known} & changed)
        for each in definitions:
            self.definitions[each.name] = each
            self._ids.setdefault(each.name, {})
            self._readers |= dict.fromkeys(each.names, each)
        readers = {name for name, each in self._readers.items() if each.name in changed}
        self._unbuilt |= {each.id: None for each in self.records.values() if self._name_of(each) in readers}
        self._settle(touched)

    def build(self) -> int:
        """Read some of what was here before; give how many are left."""
        ids = list(self._unbuilt)[:BUILT_AT_ONCE]
        touched: set[RecordId] = set()
        for record_id in ids:
            del self._unbuilt[record_id]
            self._read(self.records[record_id])
            touched.add(record_id)
        self._settle(touched)
        return len(self._unbuilt)

    def drop(self, collections: Iterable[str]) -> None:
        """Forget collections."""
        self._settle(self._forget({each for each in collections if each in self.definitions}))

    def definition(self, name: str) -> Definition:
        """Give what a collection is.

        Raises:
            ConfigError: it is not defined.

        """
        if name not in self.definitions:
            raise ConfigError(f"this store knows no collection {name!r}: was it dropped here?")
        return self.definitions[name]

    def size(self, collection: str) -> int:
        """Give how many documents are here, seen or not."""
        self.definition(collection)
        return len(self._ids[collection])

    # Answers.

    def matching(self, plan: Plan) -> list[Document]:
        """Give the documents that are seen and match, in no order."""
        definition = self.definition(plan.collection)
        seen = [each for each in self._ids[plan.collection] if self._is_seen(each, plan.at)]
        return matching([(self.records[each], self._rows[each]) for each in seen], plan, definition.text)

    def misfits(self, collection: str) -> list[Record]:
        """Give what does not fit and was not purged, newest first."""
        self.definition(collection)
        ids = [each for each in self._ids[collection] if self._states[each] & State.MISFIT]
        return [self.records[each] for each in self._newest_first(ids) if not self._is_purged(each)]

    def versions(self, collection: str, slot: Slot) -> list[Version]:
        """Give every version of a register, newest first."""
        is_shared = self.definition(collection).is_shared
        ids: Iterable[RecordId] = self._slots.get((collection, slot.key, None if is_shared else slot.author), ())
        if slot.author is None and not is_shared:
            ids = [each for each in self._ids[collection] if self._rows[each].key == slot.key]
        return [
            Version(each, self.records[each].author, row.stamp, self._states[each], row.parents)
            for each in self._newest_first(ids)
            for row in [self._rows[each]]
            if slot.author in (None, row.author)
        ]

    def heads(self, collection: str) -> list[Record]:
        """Give what counts and nothing that counts follows, newest first."""
        self.definition(collection)
        here = [each for each in self._ids[collection] if not self._states[each] & ABSENT]
        followed = {parent for child in here for parent in self._rows[child].parents if self._follows(child, parent)}
        ids = self._newest_first(each for each in here if each not in followed)
        return [self.records[each] for each in ids if not self._is_purged(each)]

    def links(self, ids: Iterable[RecordId], *, of_parents: bool) -> list[Link]:
        """Give the links of *ids* to what they follow, or of what follows them; by parent, then child."""
        asked = set(ids)
        links = {(parent, child) for child, row in self._rows.items() for parent in row.parents}
        return [Link(*each) for each in sorted(links) if each[0 if of_parents else 1] in asked]

    # How it is done.

    def _remove(self, ids: Iterable[RecordId]) -> set[RecordId]:
        touched: set[RecordId] = set()
        for record_id in ids:
            record = self.records.pop(record_id, None)
            if record is None:
                continue
            touched |= {*self._batches.remove(record), *self._unread(record)}
            self._unbuilt.pop(record_id, None)
            self._marks.pop(record_id, None)
            self._remains.pop(record_id, None)
            self._states.pop(record_id, None)
            if record_id in self.log:
                self.log.hide(record, ChangeKind.REMOVED)
        return touched

    def _read(self, record: Record) -> None:
        """Read *record* as a document, if it is one."""
        definition = self._readers.get(self._name_of(record) or "")
        if definition is None or record.id in self._rows:
            return
        remains = self._remains.get(record.id)
        row = row_of(definition, record) if remains is None else remains.row(definition, record.author)
        if row is None:
            return
        self._rows[record.id] = row
        self._ids[row.collection][record.id] = None
        if row.expires_at is not None:
            self._expiring[record.id] = row.expires_at
        if row.batch is not None:
            self._batches.add_part(record, row.batch)
        slot = self._slot(row)
        if slot is not None:
            self._slots.setdefault(slot, set()).add(record.id)

    def _name_of(self, record: Record) -> str | None:
        remains = self._remains.get(record.id)
        return collection_of(record) if remains is None else remains.name

    def _unread(self, record: Record) -> set[RecordId]:
        """Let go of a document; give what else that concerns."""
        row = self._rows.pop(record.id, None)
        if row is None:
            return set()
        del self._ids[row.collection][record.id]
        self._expiring.pop(record.id, None)
        if row.batch is not None:
            self._batches.remove_part(record, row.batch)
        slot = self._slot(row)
        if slot is None:
            return set()
        self._slots[slot].discard(record.id)
        return self._slots[slot] or self._slots.pop(slot)

    def _forget(self, collections: Iterable[str]) -> set[RecordId]:
        """Forget collections, for good or to be read anew; give what that concerns."""
        touched: set[RecordId] = set()
        for name in collections:
            touched |= {*self._ids[name]}
            for record_id in list(self._ids[name]):
                self._unread(self.records[record_id])
            del self._ids[name]
            for each in self.definitions.pop(name).names:
                del self._readers[each]
        return touched

    def _slot(self, row: Row) -> _Slot | None:
        if row.key is None:
            return None
        return row.collection, row.key, None if self.definitions[row.collection].is_shared else row.author

    def _settle(self, touched: Iterable[RecordId], came: Iterable[RecordId] = ()) -> None:
        """Find the states of *touched* and of what competes with it, and log what thereby changes."""
        here = {each for each in touched if each in self.records}
        found = [self._slot(self._rows[each]) for each in here if each in self._rows]
        slots = {slot for slot in found if slot is not None}
        here |= {each for slot in slots for each in self._slots[slot]}
        self._states |= {each: self._alone(each) for each in here}
        for slot in slots:
            for each in self._ranked(self._slots[slot])[1:]:
                self._states[each] |= State.SUPERSEDED
        for each in sorted(here):
            if each in self.log and self._states[each]:
                is_gone = self._states[each] & (State.VOID | State.EXPIRED)
                self.log.hide(self.records[each], ChangeKind.REMOVED if is_gone else ChangeKind.HIDDEN)
        new = dict.fromkeys(each for each in came if each in here)
        for each in [*new, *sorted(here - {*new})]:
            if each not in self.log and not self._states[each]:
                self.log.show(each, ChangeKind.ADDED if each in new else ChangeKind.SHOWN)

    def _alone(self, record_id: RecordId) -> State:
        """Give the state of a record whatever competes with it."""
        record, row = self.records[record_id], self._rows.get(record_id)
        state = self._marks.get(record_id, State(0))
        if isinstance(record, UnreadRecord):
            state |= State.SEALED | CLOSED[record.why]
        if row is None:
            return state
        if row.expires_at is not None and row.expires_at <= self._now:
            state |= State.EXPIRED
        if row.batch is not None and not self._batches.is_complete(record, row.batch, self.records.__contains__):
            state |= State.INCOMPLETE
        return state | row.state

    def _ranked(self, ids: Iterable[RecordId]) -> list[RecordId]:
        """Give those of the versions that compete, the winner first."""
        return self._newest_first(each for each in ids if not self._states[each] & ABSENT)

    def _follows(self, child: RecordId, parent: RecordId) -> bool:
        """Say whether a link counts, of two documents that count."""
        one, other = self._rows[child], self._rows.get(parent)
        if other is None or other.collection != one.collection or other.stamp >= one.stamp:
            return False
        return one.key is None or self._slot(one) == self._slot(other)

    def _newest_first(self, ids: Iterable[RecordId]) -> list[RecordId]:
        return sorted(ids, key=lambda each: rank_of(self._rows[each].stamp, each), reverse=True)

    def _is_seen(self, record_id: RecordId, at: int | None) -> bool:
        state, row = self._states[record_id], self._rows[record_id]
        if at is None:
            return not state
        slot = self._slot(row)
        if row.stamp > at or state & ~State.SUPERSEDED:
            return False
        return slot is None or record_id == self._ranked(x for x in self._slots[slot] if self._rows[x].stamp <= at)[0]

    def _is_purged(self, record_id: RecordId) -> bool:
        return not self.records[record_id].wire
