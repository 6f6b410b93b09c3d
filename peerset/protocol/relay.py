"""New records while they are young: push to a few, announce to the rest, pull what is announced.

The author pushes to `PUSH_NEIGHBOURS` peers that gave credit; everyone else announces the first 8 bytes of the id, and
who lacks the record asks the first announcer, then the next (docs/protocol.md, "Live records").
"""

import random
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ANNOUNCE_DELAY_SECONDS,
    ANNOUNCE_IDS_MAX,
    LIVE_ID_BYTES,
    PULL_PATIENCE_SECONDS,
    PULL_TIMEOUT_SECONDS,
    PULLS_MAX,
    PULLS_PER_PEER_MAX,
    PUSH_NEIGHBOURS,
    RECENT_RECORDS_MAX,
    RELAY_AGE_MAX_SECONDS,
)
from peerset.core.message import Announce, Credit, Lacking, LiveMessage, Pull
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId
from peerset.protocol.effects import LeaveToSync, Request, Send, Strike
from peerset.protocol.inlet import Inlet
from peerset.protocol.outlet import Outlet
from peerset.protocol.recents import PREFIX_BYTES, Recents
from peerset.protocol.strikes import Fault

ANNOUNCERS_MAX: Final = 8
LONG_AGO: Final = Monotonic(float("-inf"))


@dataclass(slots=True)
class _Neighbour:
    """What goes to one neighbour, and what comes from it."""

    outlet: Outlet
    has_lacking: bool
    """It understands `Lacking`."""
    inlet: Inlet = field(default_factory=Inlet)
    gave_at: Monotonic = LONG_AGO
    """When it last gave something that we had asked it for."""
    is_clogged: bool = False
    """The channel has not taken what was sent to it."""


@dataclass(slots=True)
class _Pull:
    """A record that was asked for."""

    asked: PeerId
    begun: Monotonic
    due: Monotonic
    announcers: deque[PeerId] = field(default_factory=deque)


@dataclass(slots=True)
class _Coming:
    """A record that came and is on its way through intake, and who has it."""

    due: Monotonic
    """When to believe no longer that it comes through."""
    holders: set[PeerId]


class LiveRelay:
    """The machine of one room; the node names the established peers by `join` and `leave`."""

    def __init__(self, *, rng: random.Random, is_refused: Callable[[bytes], bool] = lambda _: False) -> None:
        self._rng = rng
        self._is_refused = is_refused
        self._neighbours: dict[PeerId, _Neighbour] = {}
        self._recents = Recents()
        self._pulls: OrderedDict[bytes, _Pull] = OrderedDict()
        self._asked: Counter[PeerId] = Counter()
        """How many of the pulls each peer was asked for."""
        self._coming: OrderedDict[bytes, _Coming] = OrderedDict()
        self._withholding: dict[PeerId, Inlet] = {}
        """Those to which credit is given back slowly."""
        self._told_at = LONG_AGO
        self._flush_due: Monotonic | None = None

    @property
    def is_idle(self) -> bool:
        """Nothing is asked for and nothing waits for its time; what waits for credit is up to others."""
        return not self._pulls and self._flush_due is None

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        pull_due = next(iter(self._pulls.values())).due if self._pulls else None
        dues = [pull_due, self._flush_due, *(inlet.deadline for inlet in self._withholding.values())]
        return min((due for due in dues if due is not None), default=None)

    def join(self, peer: PeerId, *, has_lacking: bool = True) -> None:
        """Count *peer* among the neighbours; *has_lacking* says that it understands `Lacking`."""
        self._neighbours[peer] = _Neighbour(Outlet(peer, self._recents), has_lacking)

    def leave(self, peer: PeerId) -> None:
        """Forget *peer*; what was asked of it is asked of the next announcer when due."""
        self._neighbours.pop(peer, None)
        self._withholding.pop(peer, None)

    def is_young(self, record: Record, now: Moment) -> bool:
        """Say whether *record* is passed on one by one, rather than left to reconciliation."""
        return record.created_at >= now.unix - RELAY_AGE_MAX_SECONDS

    def pass_on(self, news: Iterable[tuple[Record, PeerId | None]], now: Moment) -> list[Request]:
        """Tell everyone who may lack the young records *news*, new here, each with its source: None for our own.

        The first after a quiet moment go out at once, those that follow wait for company.
        """
        is_told = [self._queue(record, source) for record, source in news]
        if not any(is_told):
            return []
        due = Monotonic(self._told_at + ANNOUNCE_DELAY_SECONDS)
        if now.monotonic >= due:
            return self._flush(now)
        self._flush_due = due
        return []

    def forget(self, ids: Iterable[RecordId]) -> None:
        """Keep no content of *ids*: they were purged."""
        self._recents.purge(ids)

    def take(self, peer: PeerId, blobs: Iterable[bytes]) -> list[Request]:
        """Count the *blobs* that *peer* sent; a strike, and nobody looks at them, when they were not granted."""
        if self._neighbours[peer].inlet.take_records(blobs):
            return []
        return [Strike(peer, Fault.FLOOD, "more than was granted")]

    def arrived(self, peer: PeerId, records: Iterable[Record], now: Moment) -> None:
        """Note that *records* came from *peer* and are on their way through intake: nobody is asked for them."""
        while self._coming and (len(self._coming) > RECENT_RECORDS_MAX or self._first_coming.due <= now.monotonic):
            self._coming.popitem(last=False)
        for record in records:
            prefix = record.id[:PREFIX_BYTES]
            pull = self._end_pull(prefix)
            if pull is not None and pull.asked == peer:
                self._neighbours[peer].gave_at = now.monotonic
            if self._recents.get(prefix) is None and prefix not in self._coming:
                holders = {peer} if pull is None else {peer, *pull.announcers}
                self._coming[prefix] = _Coming(Monotonic(now.monotonic + PULL_PATIENCE_SECONDS), holders)

    def dealt(self, peer: PeerId, size: int, refused: int, now: Moment) -> list[Request]:
        """Note that *size* bytes of live records of *peer* are dealt with, *refused* of them by a refusal."""
        neighbour = self._neighbours.get(peer)
        return [] if neighbour is None else self._tell_credit(peer, neighbour.inlet.dealt(size, refused, now))

    def receive(self, peer: PeerId, message: LiveMessage | Credit | Lacking, now: Moment) -> list[Request]:
        """Take what *peer* says of new records."""
        match message:
            case Announce():
                return self.announced(peer, message, now)
            case Pull():
                return self.pulled(peer, message)
            case Lacking(_, prefixes):
                return self.lacked(peer, prefixes, now)
            case Credit(_, total):  # pragma: no branch (mypy: nothing else is left)
                return self.credited(peer, total)

    def announced(self, peer: PeerId, message: Announce, now: Moment) -> list[Request]:
        """Ask *peer* for what we lack, unless somebody was asked already; what we cannot ask for is left to sync."""
        count = len(message.prefixes)
        inlet = self._neighbours[peer].inlet
        if not inlet.take_ids(count):
            return [Strike(peer, Fault.FLOOD, "more than was granted")]
        asked = []
        is_left = False
        for prefix in message.prefixes:
            known = self._recents.get(prefix) or self._coming.get(prefix)
            pull = self._pulls.get(prefix)
            if known is not None:
                known.holders.add(peer)
            elif pull is not None:
                if len(pull.announcers) < ANNOUNCERS_MAX:
                    pull.announcers.append(peer)
            elif self._is_refused(prefix):
                continue
            elif self._may_pull(peer):
                self._begin_pull(prefix, peer, now)
                asked.append(prefix)
            else:
                is_left = True
        effects: list[Request] = [Send(peer, Pull(tuple(asked)))] if asked else []
        effects += [LeaveToSync(peer)] if is_left else []
        return effects + self.dealt(peer, count * LIVE_ID_BYTES, 0, now)

    def pulled(self, peer: PeerId, message: Pull) -> list[Request]:
        """Give *peer* what it asks for, each record once, so that asking is no lever; say what is not at hand."""
        neighbour = self._neighbours[peer]
        lacking = []
        for prefix in message.prefixes:
            recent = self._recents.get(prefix)
            if recent is None or not recent.wire:
                lacking.append(prefix)
            elif peer not in recent.holders and neighbour.outlet.give(prefix, recent.wire):
                recent.holders.add(peer)
        effects: list[Request] = [Send(peer, Lacking(0, tuple(lacking)))] if lacking and neighbour.has_lacking else []
        return effects + self._tell(peer)

    def lacked(self, peer: PeerId, prefixes: Iterable[bytes], now: Moment) -> list[Request]:
        """Ask others at once for what *peer* was asked for and has not got."""
        ended = []
        for prefix in prefixes:
            pull = self._pulls.get(prefix)
            if pull is not None and pull.asked == peer:
                self._end_pull(prefix)
                ended.append((prefix, pull))
        return self._ask_others(ended, now)

    def credited(self, peer: PeerId, total: int) -> list[Request]:
        """Go on telling *peer*, which has dealt with *total* bytes in all."""
        if not self._neighbours[peer].outlet.credit(total):
            return [Strike(peer, Fault.LYING, "credit for bytes never sent")]
        return self._tell(peer)

    def clog(self, peer: PeerId) -> None:
        """Hold back what *peer* is still to be told."""
        if peer in self._neighbours:
            self._neighbours[peer].is_clogged = True

    def drain(self, peer: PeerId) -> list[Request]:
        """Go on telling *peer*."""
        if peer not in self._neighbours:
            return []
        self._neighbours[peer].is_clogged = False
        return self._tell(peer)

    def tick(self, now: Moment) -> list[Request]:
        """Tell what waited long enough, give back credit, and ask the next announcer for what did not come."""
        effects: list[Request] = []
        if self._flush_due is not None and now.monotonic >= self._flush_due:
            effects += self._flush(now)
        for peer, inlet in sorted(self._withholding.items()):
            effects += self._tell_credit(peer, inlet.tick(now))
        return effects + self._ask_again(now)

    def _queue(self, record: Record, source: PeerId | None) -> bool:
        """Queue *record* for whoever may lack it; False when nobody does."""
        prefix = record.id[:PREFIX_BYTES]
        self._end_pull(prefix)
        recent, coming = self._recents.add(record), self._coming.pop(prefix, None)
        recent.holders.update(() if source is None else (source,), () if coming is None else coming.holders)
        others = sorted(self._neighbours.keys() - recent.holders)
        pushed = self._rng.sample(others, min(PUSH_NEIGHBOURS, len(others))) if source is None else []
        for peer in others:
            outlet = self._neighbours[peer].outlet
            if peer in pushed and outlet.has_credit(record.wire) and outlet.give(prefix, record.wire):
                recent.holders.add(peer)
            else:
                outlet.announce(prefix)
        return bool(others)

    def _tell(self, peer: PeerId) -> list[Request]:
        """Say to *peer* what its credit allows."""
        outlet = self._neighbours[peer].outlet
        messages = [] if self._neighbours[peer].is_clogged else outlet.next_messages()
        effects: list[Request] = [Send(peer, message) for message in messages]
        if outlet.is_behind:
            outlet.is_behind = False
            effects.append(LeaveToSync(peer))
        return effects

    def _flush(self, now: Moment) -> list[Request]:
        self._told_at, self._flush_due = now.monotonic, None
        return [effect for peer in sorted(self._neighbours) for effect in self._tell(peer)]

    def _tell_credit(self, peer: PeerId, total: int | None) -> list[Request]:
        inlet = self._neighbours[peer].inlet
        if inlet.deadline is None:
            self._withholding.pop(peer, None)
        else:
            self._withholding[peer] = inlet
        return [] if total is None else [Send(peer, Credit(0, total))]

    def _may_pull(self, peer: PeerId) -> bool:
        # What one peer announces shall not keep us from asking the others.
        return len(self._pulls) < PULLS_MAX and self._asked[peer] < PULLS_PER_PEER_MAX

    def _begin_pull(self, prefix: bytes, peer: PeerId, now: Moment, announcers: Iterable[PeerId] = ()) -> None:
        due = Monotonic(now.monotonic + PULL_TIMEOUT_SECONDS)
        self._pulls[prefix] = _Pull(peer, now.monotonic, due, deque(announcers))
        self._asked[peer] += 1

    def _end_pull(self, prefix: bytes) -> _Pull | None:
        """Let go of a pull, and give it, if there is one."""
        pull = self._pulls.pop(prefix, None)
        if pull is not None:
            self._asked[pull.asked] -= 1
            if not self._asked[pull.asked]:
                del self._asked[pull.asked]
        return pull

    @property
    def _first_coming(self) -> _Coming:
        return next(iter(self._coming.values()))

    def _ask_again(self, now: Moment) -> list[Request]:
        late: list[tuple[bytes, _Pull]] = []
        while self._pulls:
            prefix, pull = next(iter(self._pulls.items()))
            if pull.due > now.monotonic:
                break
            if self._is_giving(pull, now):
                pull.due = Monotonic(now.monotonic + PULL_TIMEOUT_SECONDS)
                self._pulls.move_to_end(prefix)
            else:
                self._end_pull(prefix)
                late.append((prefix, pull))
        return self._ask_others(late, now)

    def _ask_others(self, pulls: Iterable[tuple[bytes, _Pull]], now: Moment) -> list[Request]:
        """Ask the next announcer of each of *pulls*, which are over, if there is one."""
        asked: dict[PeerId, list[bytes]] = {}
        for prefix, pull in pulls:
            following = next((peer for peer in pull.announcers if peer in self._neighbours), None)
            if following is not None and self._may_pull(following):
                pull.announcers.remove(following)
                self._begin_pull(prefix, following, now, pull.announcers)
                asked.setdefault(following, []).append(prefix)
        return [
            Send(peer, Pull(tuple(prefixes[at : at + ANNOUNCE_IDS_MAX])))
            for peer, prefixes in sorted(asked.items())
            for at in range(0, len(prefixes), ANNOUNCE_IDS_MAX)
        ]

    def _is_giving(self, pull: _Pull, now: Moment) -> bool:
        """Say whether who was asked gives other records meanwhile, or waits for us: then it is not asked in vain."""
        neighbour = self._neighbours.get(pull.asked)
        if neighbour is None or now.monotonic >= pull.begun + PULL_PATIENCE_SECONDS:
            return False
        return neighbour.inlet.is_dealing or now.monotonic < neighbour.gave_at + PULL_TIMEOUT_SECONDS
