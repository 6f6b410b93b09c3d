"""The way in: verify, judge, save, index, emit, relay, in that order (docs/protocol.md, "Records").

Records wait in one queue a peer and are taken in batches, a fair share of the work from each. Batches are verified side
by side and then judged and saved one after the other, so that a deletion and its target meet in one order.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Set
from enum import Enum
from typing import Final

from peerset.core.cause import Cause
from peerset.core.clock import Moment, Monotonic
from peerset.core.deletion import outline_of
from peerset.core.keys import PublicKey
from peerset.core.limits import BATCHES_AT_ONCE_MAX, EPHEMERAL_IDS_MAX
from peerset.core.merkle import Index
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.core.signal import PeerId
from peerset.core.verdict import FAILED, Reject
from peerset.errors import LocalProtocolError
from peerset.protocol.arrivals import Arrival, Screen, dealt_with
from peerset.protocol.batch import TRANSITIONS, Batch, BatchInput, State
from peerset.protocol.deadlines import earliest
from peerset.protocol.delayed import Delayed
from peerset.protocol.effects import Dealt, Emit, Judge, Relay, Request, Resolve, Save, Strike, Verify
from peerset.protocol.events import (
    RecordDeleted,
    RecordKnown,
    RecordPostponed,
    RecordRejected,
    RecordsAdded,
    SaveDelayed,
)
from peerset.protocol.fetching import Fetching
from peerset.protocol.health import Budget
from peerset.protocol.inputs import Judged, Resolved, Saved, SaveFailed, Verified
from peerset.protocol.postponed import Postponed
from peerset.protocol.queues import Queues
from peerset.protocol.refused import Refused, sum_up
from peerset.protocol.strikes import Fault
from peerset.protocol.told import Told
from peerset.protocol.tombstones import Tombstones, questions_about

_NO_ROOM: Final = "the record is dated ahead of our clock, and too many of these wait already"


class Fate(Enum):
    """What becomes of a record that arrives."""

    QUEUED = "queued"
    REFUSED = "refused"
    PASSED_OVER = "passed over"
    """It is here or under way, or has to be brought again."""


class Intake:
    """The machine of one room."""

    def __init__(
        self,
        index: Index,
        screen: Screen,
        fetching: Fetching,
        *,
        deleters: Iterable[PublicKey],
        has_policies: bool,
        refused: Refused,
    ) -> None:
        self._index = index
        self._fetching = fetching
        self._screen = screen
        self.deleters = set(deleters)
        """Authors of deletions; those of others are not looked for."""
        self._has_policies = has_policies
        self._queues = Queues()
        self.pending: dict[RecordId, bool] = {}
        """What is under way, and whether more than one peer brought it."""
        self._batches: OrderedDict[int, Batch] = OrderedDict()
        self._last_number = 0
        self._refused = refused
        self._told = Told()
        self._ephemerals: OrderedDict[RecordId, None] = OrderedDict()
        """Ephemeral records passed on: no index remembers them, and several peers push each."""
        self._postponed = Postponed()
        self._delayed = Delayed()

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing is under way."""
        return not self._batches and self._queues.is_empty

    @property
    def budgets(self) -> list[Budget]:
        """What waits here, and what of that is too much."""
        return [self._delayed.budget, *self._queues.budgets, self._postponed.budget, self._refused.budget]

    @property
    def deadline(self) -> Monotonic | None:
        """When the next record that waits here is due."""
        return earliest(self._postponed.deadline, self._delayed.deadline)

    def offer(
        self, peer: PeerId, round_number: int, records: Iterable[Record], now: Moment, *, key: PublicKey | None = None
    ) -> list[Request]:
        """Take decoded records that *peer*, which proved *key*, sent in a round (0: live)."""
        effects, declined = list[Request](), list[Arrival]()
        dealt = refused = 0
        for record in records:
            arrival = Arrival(record, peer, round_number, is_own=record.author == key)
            fate, told = self._enqueue(arrival, now)
            effects += told
            dealt += 0 if fate is Fate.QUEUED else arrival.cost
            refused += arrival.cost if fate is Fate.REFUSED else 0
            declined += [arrival] if fate is Fate.REFUSED else []
        if dealt:
            effects.append(Dealt(peer, round_number, dealt, 0, refused))
        return [*self._refused.decline(declined), *sum_up(effects), *self._pump()]

    def bring(self, records: Iterable[Record], now: Moment, *, is_trusted: bool, group: int = 0) -> list[Request]:
        """Take records of our own user; *is_trusted* ones were signed here and are not verified again.

        Those of a *group* become members all at once or not at all; 0 is none.
        """
        effects: list[Request] = []
        arrivals = [Arrival(record, None, 0, is_trusted=is_trusted, group=group) for record in records]
        if group and any(self._screen.refuse(arrival, now) for arrival in arrivals):
            return [each for arrival in arrivals for each in self._screen.refuse(arrival, now) or self._part(arrival)]
        for arrival in arrivals:
            fate, told = self._enqueue(arrival, now)
            effects += told
            if fate is Fate.PASSED_OVER and arrival.record.id not in self.pending:
                effects.append(Emit(RecordKnown(arrival.record.id)))
        return effects + self._pump()

    def disown(self, peer: PeerId) -> None:
        """Keep what *peer* sent but owe it nothing for that: its channel is gone, and another one counts anew."""
        self._queues.disown(peer)
        for batch in self._batches.values():
            batch.disown(peer)

    def drop(self, peer: PeerId) -> None:
        """Let go of what *peer*, which is banned, sent and nobody else did, unless it is being judged already."""
        for arrival in self._queues.drop(peer, lambda waiting: self.pending[waiting.record.id]):
            del self.pending[arrival.record.id]
        for batch in self._batches.values():
            batch.ban(peer)

    def receive(self, message: BatchInput, now: Moment) -> list[Request]:
        """Take the answer to a question about a batch."""
        batch = self._batches.get(message.batch)
        if batch is None or (batch.state, type(message)) not in TRANSITIONS:
            raise LocalProtocolError(
                f"{type(message).__name__} for batch {message.batch}, which waits for no such thing"
            )
        match message:
            case Verified(_, are_valid):
                effects = self._verified(batch, are_valid)
            case Judged():
                effects = self._judged(batch, message, now)
            case Resolved():
                effects = self._resolved(batch, message, now)
            case Saved():
                effects = self._saved(batch, now)
            case SaveFailed(_, reason):  # pragma: no branch (mypy: nothing else is left)
                effects = self._failed(batch, reason, now)
        return [*effects, *self._advance(now), *self._pump()]

    def tick(self, now: Moment) -> list[Request]:
        """Let in the records that have become due: postponed ones, and what a store that failed is tried with."""
        effects: list[Request] = []
        for arrival in (*self._postponed.due(now), *self._delayed.due(now)):
            effects += self._enqueue(arrival, now)[1]
        return effects + self._pump()

    # From queues to batches.

    def _enqueue(self, arrival: Arrival, now: Moment) -> tuple[Fate, list[Request]]:
        record = arrival.record
        if record.id in self.pending:
            self.pending[record.id] = True
            return Fate.PASSED_OVER, []
        is_here = record.id in self._ephemerals or (record.created_at, record.id) in self._index
        if is_here and not self._fetching.wants(record.id):
            return Fate.PASSED_OVER, []
        if record in self._refused:
            return Fate.REFUSED, self._reject(arrival, Cause.REFUSED, "this record was refused before")
        refusal = self._screen.refuse(arrival, now)
        if refusal:
            return Fate.REFUSED, self._told.once(refusal)
        if self._postponed.holds(record.id):
            return Fate.PASSED_OVER, []
        if record.created_at > self._screen.accepted_until(now) and not self._postponed.fits(arrival):
            self._postponed.overflow(now.unix)
            if arrival.peer is None:
                return Fate.REFUSED, self._reject(arrival, Cause.AGE, _NO_ROOM)
            return Fate.PASSED_OVER, []
        # How fast we are is nobody's fault but ours: what finds no room, sync brings again.
        let_go = self._settle(self._queues.make_room(arrival, now.unix), added=0)
        if not self._queues.put(arrival, now.unix):
            return Fate.PASSED_OVER, let_go
        self.pending[record.id] = False
        return Fate.QUEUED, let_go

    def _pump(self) -> list[Request]:
        effects: list[Request] = []
        while not self._queues.is_empty and len(self._batches) < BATCHES_AT_ONCE_MAX:
            self._last_number += 1
            batch = Batch(self._last_number, self._queues.take())
            self._batches[batch.number] = batch
            effects.append(Verify(batch.number, tuple(a.record for a in batch.arrivals if not a.is_trusted)))
        return effects

    # One batch, step by step.

    def _verified(self, batch: Batch, are_valid: tuple[bool, ...]) -> list[Request]:
        if not are_valid and all(arrival.is_trusted for arrival in batch.arrivals):
            batch.state = State.VERIFIED
            return []
        flags = iter(are_valid)
        checked = [(arrival, arrival.is_trusted or next(flags)) for arrival in batch.arrivals]
        batch.arrivals = [arrival for arrival, is_valid in checked if is_valid]
        batch.state = State.VERIFIED
        effects: list[Request] = []
        for arrival in [arrival for arrival, is_valid in checked if not is_valid]:
            if arrival.peer is not None:
                batch.bad[arrival.peer] += 1
                effects.append(Strike(arrival.peer, Fault.FORGED_SIGNATURE, "a signature is not its author's"))
            effects += self._drop(arrival, Cause.SIGNATURE, "the signature is not its author's")
        return sum_up(effects)

    def _advance(self, now: Moment) -> list[Request]:
        """Move the first batch on when it waits for nobody but those that are done."""
        effects: list[Request] = []
        while self._batches:
            batch = next(iter(self._batches.values()))
            if batch.state is not State.VERIFIED:
                break
            self._forget_banned(batch)
            if batch.arrivals and (self._has_policies or batch.has_pins):
                batch.state = State.JUDGING
                effects.append(Judge(batch.number, batch.records))
                break
            effects += self._admit(batch, now)
        return effects

    def _judged(self, batch: Batch, judged: Judged, now: Moment) -> list[Request]:
        effects: list[Request] = []
        kept, declined, refused = [], [], []
        for arrival, verdict in zip(batch.arrivals, judged.verdicts, strict=True):
            if isinstance(verdict, Reject):
                effects += self._refuse(batch, arrival, verdict)
                declined.append(arrival)
                refused += [arrival.record] if verdict.rule != FAILED else []
            else:
                kept.append(arrival)
        effects += self._keep_whole(batch, kept)
        keep = self._refused.keep(refused, now)
        return [*self._refused.decline(declined), *effects, *keep, *self._admit(batch, now)]

    def _refuse(self, batch: Batch, arrival: Arrival, verdict: Reject) -> list[Request]:
        self._fetching.end(arrival.record.id)
        # Rules may differ, and clocks, and versions of Python: nobody is blamed, but served more slowly.
        if verdict.rule == FAILED:
            self._refused.remember(arrival.record)
        elif arrival.peer is not None:
            batch.bad[arrival.peer] += 1
        return self._drop(arrival, Cause.POLICY, verdict.reason, policy=verdict.policy)

    def _forget_banned(self, batch: Batch) -> None:
        gone = {a.record.id for a in batch.arrivals if a.is_banned and not self.pending[a.record.id]}
        if not gone:
            return
        for record_id in gone:
            del self.pending[record_id]
        batch.arrivals = [arrival for arrival in batch.arrivals if arrival.record.id not in gone]

    def _admit(self, batch: Batch, now: Moment) -> list[Request]:
        """Ask what deletions that are here say of the batch, and what is here of what its own deletions name."""
        self._queues.weigh(batch.brought, batch.bad)
        # A deletion that is itself postponed deletes nothing yet.
        records = batch.records
        until = self._screen.accepted_until(now)
        deletions = [each for each in records if each.kind == KIND_DELETION and each.created_at <= until]
        if deletions:
            batch.tombstones = Tombstones(deletions)
        targets = batch.tombstones.targets
        questions = questions_about([record for record in records if record.author in self.deleters])
        self.deleters.update(deletion.author for deletion in deletions)
        if targets or questions:
            batch.state = State.RESOLVING
            return [Resolve(batch.number, targets, questions)]
        return self._set_aside(batch, now)

    def _resolved(self, batch: Batch, resolved: Resolved, now: Moment) -> list[Request]:
        batch.tombstones.learn(resolved.marks)
        for outline in resolved.outlines:
            deletion_id = batch.tombstones.covering(outline)
            if deletion_id is not None:
                batch.removed.append((outline, deletion_id))
        return self._set_aside(batch, now)

    def _set_aside(self, batch: Batch, now: Moment) -> list[Request]:
        """Set aside what is not saved, and save the rest."""
        effects: list[Request] = []
        members = []
        has_deleted, until = bool(batch.tombstones), self._screen.accepted_until(now)
        for arrival in batch.arrivals:
            record = arrival.record
            covering = batch.tombstones.covering(outline_of(record)) if has_deleted else None
            if covering is not None:
                self._refused.remember(record)
                effects += self._drop(arrival, Cause.DELETED, f"its author deleted it by {covering.hex()[:8]}")
            elif record.is_ephemeral:
                self._remember_ephemeral(record.id)
                effects += self._pass_on([arrival])
            elif record.created_at > until:
                effects += self._postpone(arrival, now)
            else:
                members.append(arrival)
        effects += self._keep_whole(batch, members)
        return effects + self._save(batch)

    def _keep_whole(self, batch: Batch, kept: list[Arrival]) -> list[Request]:
        """Leave in *batch* what is *kept*, but for what is in a group with something that is not."""
        if len(kept) == len(batch.arrivals):
            batch.arrivals = kept
            return []
        parted = Counter(arrival.group for arrival in batch.arrivals) - Counter(arrival.group for arrival in kept)
        batch.arrivals = [arrival for arrival in kept if not (arrival.group and arrival.group in parted)]
        let_go = [arrival for arrival in kept if arrival.group and arrival.group in parted]
        return [each for arrival in let_go for each in [*self._part(arrival), *self._settle([arrival], added=0)]]

    def _part(self, arrival: Arrival) -> list[Request]:
        return self._reject(arrival, Cause.POLICY, "another record of its batch was refused", policy="batch")

    def _save(self, batch: Batch) -> list[Request]:
        if not batch.arrivals:
            del self._batches[batch.number]
            return []
        batch.state = State.SAVING
        batch.filled = tuple(each.id for each in batch.records if self._fetching.wants(each.id))
        return [Save(batch.number, batch.records, tuple(outline.id for outline, _ in batch.removed), batch.filled)]

    def purge(self, ids: Iterable[RecordId]) -> None:
        """Give nobody *ids*, though the store may have them a moment before we are told so."""
        for batch in self._batches.values():
            batch.purged |= {record.id for record in batch.records}.intersection(ids)

    def _saved(self, batch: Batch, now: Moment) -> list[Request]:
        del self._batches[batch.number]
        effects: list[Request] = []
        for outline, deletion_id in batch.removed:
            self._index.discard(outline.created_at, outline.id)
            effects.append(Emit(RecordDeleted(outline.id, deletion_id)))
        add, came = self._index.add, self._fetching.came
        for record in batch.records:
            add(record.created_at, record.id)
            came(record.created_at, record.id)
        untold = batch.purged.union(batch.filled)
        return [*effects, *self._pass_on(batch.arrivals, untold=untold), *self._delayed.saved(now)]

    def _failed(self, batch: Batch, reason: str, now: Moment) -> list[Request]:
        del self._batches[batch.number]
        self._delayed.failed(batch.arrivals, now)
        effects: list[Request] = [Emit(SaveDelayed(reason, tuple(record.id for record in batch.records)))]
        return effects + self._settle(batch.arrivals, added=0)

    # Records, at their end.

    def _pass_on(self, arrivals: list[Arrival], *, untold: Set[RecordId] = frozenset()) -> list[Request]:
        news = tuple([(arrival.record, arrival.peer) for arrival in arrivals])
        relay = Relay(tuple([each for each in news if each[0].id not in untold]) if untold else news)
        return [Emit(RecordsAdded(news)), *self._settle(arrivals, added=1), relay]

    def _postpone(self, arrival: Arrival, now: Moment) -> list[Request]:
        if not self._postponed.add(arrival, now):
            return self._drop(arrival, Cause.AGE, _NO_ROOM)
        record = arrival.record
        seconds = record.created_at - self._screen.accepted_until(now)
        emit = Emit(RecordPostponed(record.id, seconds, arrival.peer))
        return [emit, *self._settle([arrival], added=0)]

    def _drop(self, arrival: Arrival, cause: Cause, reason: str, *, policy: str = "") -> list[Request]:
        return [*self._reject(arrival, cause, reason, policy=policy), *self._settle([arrival], added=0, refused=1)]

    def _settle(self, arrivals: list[Arrival], *, added: int, refused: int = 0) -> list[Request]:
        """Let go of *arrivals*, and tell once for each sender and round what is dealt with."""
        for arrival in arrivals:
            self.pending.pop(arrival.record.id, None)
        return dealt_with(arrivals, added=added, refused=refused)

    def _reject(self, arrival: Arrival, cause: Cause, reason: str, *, policy: str = "") -> list[Request]:
        rejected = RecordRejected(arrival.record.id, cause, policy or cause.value, reason, arrival.peer)
        return self._told.once([Emit(rejected)])

    def _remember_ephemeral(self, record_id: RecordId) -> None:
        self._ephemerals[record_id] = None
        if len(self._ephemerals) > EPHEMERAL_IDS_MAX:
            self._ephemerals.popitem(last=False)
