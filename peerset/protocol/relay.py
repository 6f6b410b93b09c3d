"""New records while they are young: push to a few, announce to the rest, pull what is announced.

The author pushes to `PUSH_NEIGHBOURS` peers; everyone else announces the first 8 bytes of the id, and who lacks
the record asks the first announcer, then the next (docs/protocol.md, "Live records").
"""

import random
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from peerset.core.allowance import Allowance
from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ANNOUNCE_DELAY_SECONDS,
    ANNOUNCE_IDS_MAX,
    ANNOUNCED_IDS_BURST_MAX,
    ANNOUNCED_IDS_PER_SECOND_MAX,
    PULL_TIMEOUT_SECONDS,
    PULLS_MAX,
    PULLS_PER_PEER_MAX,
    PUSH_NEIGHBOURS,
    RECENT_BYTES_MAX,
    RECENT_RECORDS_MAX,
    RELAY_AGE_MAX_SECONDS,
)
from peerset.core.message import Announce, LiveMessage, Pull, Records
from peerset.core.record import Record, RecordId, shell_of
from peerset.core.signal import PeerId
from peerset.protocol.effects import Request, Send, Strike
from peerset.protocol.strikes import Fault
from peerset.protocol.transfer import take_frame

PREFIX_BYTES: Final = 8
ANNOUNCERS_MAX: Final = 8


@dataclass(slots=True)
class _Recent:
    """A record that can still be pulled, and who has it."""

    record: Record
    holders: set[PeerId] = field(default_factory=set)


@dataclass(slots=True)
class _Pull:
    """A record that was asked for."""

    asked: PeerId
    due: Monotonic
    announcers: deque[PeerId] = field(default_factory=deque)


class LiveRelay:
    """The machine of one room; the node names the established peers by `join` and `leave`."""

    def __init__(self, *, rng: random.Random, is_refused: Callable[[bytes], bool] = lambda _: False) -> None:
        self._rng = rng
        self._is_refused = is_refused
        self._neighbours: set[PeerId] = set()
        self._recents: OrderedDict[bytes, _Recent] = OrderedDict()
        self._recent_bytes = 0
        self._pulls: OrderedDict[bytes, _Pull] = OrderedDict()
        self._asked: Counter[PeerId] = Counter()
        """How many of the pulls each peer was asked for."""
        self._allowances: dict[PeerId, Allowance] = {}
        """How many ids each neighbour may announce."""
        self._pushes: dict[PeerId, list[bytes]] = {}
        self._announcements: dict[PeerId, list[bytes]] = {}
        self._flush_due: Monotonic | None = None

    @property
    def is_idle(self) -> bool:
        """Nothing is asked for and nothing waits to be told."""
        return not self._pulls and self._flush_due is None

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        pull_due = next(iter(self._pulls.values())).due if self._pulls else None
        return min((due for due in (pull_due, self._flush_due) if due is not None), default=None)

    def join(self, peer: PeerId) -> None:
        """Count *peer* among the neighbours."""
        self._neighbours.add(peer)
        self._allowances[peer] = Allowance(ANNOUNCED_IDS_PER_SECOND_MAX, ANNOUNCED_IDS_BURST_MAX)

    def leave(self, peer: PeerId) -> None:
        """Forget *peer*; what was asked of it is asked of the next announcer when due."""
        self._neighbours.discard(peer)
        self._allowances.pop(peer, None)
        self._pushes.pop(peer, None)
        self._announcements.pop(peer, None)

    def is_young(self, record: Record, now: Moment) -> bool:
        """Say whether *record* is passed on one by one, rather than left to reconciliation."""
        return record.created_at >= now.unix - RELAY_AGE_MAX_SECONDS

    def pass_on(self, record: Record, source: PeerId | None, now: Moment) -> None:
        """Queue the young *record*, new here, for everyone who may lack it; *source* None means our own."""
        prefix = record.id[:PREFIX_BYTES]
        self._end_pull(prefix)
        recent = self._remember(prefix, record)
        if source is not None:
            recent.holders.add(source)
        others = sorted(self._neighbours - recent.holders)
        pushed = self._rng.sample(others, min(PUSH_NEIGHBOURS, len(others))) if source is None else []
        for peer in pushed:
            recent.holders.add(peer)
            self._pushes.setdefault(peer, []).append(record.wire)
        for peer in others:
            if peer not in recent.holders:
                self._announcements.setdefault(peer, []).append(prefix)
        if others and self._flush_due is None:
            self._flush_due = Monotonic(now.monotonic + ANNOUNCE_DELAY_SECONDS)

    def forget(self, ids: Iterable[RecordId]) -> None:
        """Keep no content of *ids*: they were purged. They stay known, so that they are not asked for again."""
        for record_id in ids:
            recent = self._recents.get(record_id[:PREFIX_BYTES])
            if recent is not None:
                self._recent_bytes -= len(recent.record.wire)
                old = recent.record
                recent.record = shell_of(old.id, old.author, old.created_at, old.kind)

    def arrived(self, peer: PeerId, records: Iterable[Record]) -> frozenset[RecordId]:
        """Note that *records* came from *peer*, and need not be pulled any more; give those it was asked for."""
        return frozenset(record.id for record in records if self._end_pull(record.id[:PREFIX_BYTES]) == peer)

    def receive(self, peer: PeerId, message: LiveMessage, now: Moment) -> list[Request]:
        """Take what *peer* says of new records."""
        match message:
            case Announce():
                return self.announced(peer, message, now)
            case Pull():  # pragma: no branch (mypy: nothing else is left)
                return self.pulled(peer, message)

    def announced(self, peer: PeerId, message: Announce, now: Moment) -> list[Request]:
        """Ask *peer* for what we lack, unless somebody was asked already."""
        if len(message.prefixes) > ANNOUNCE_IDS_MAX:
            return [Strike(peer, Fault.FLOOD, f"more than {ANNOUNCE_IDS_MAX} ids announced at once")]
        if not self._allowances[peer].spend(len(message.prefixes), now.monotonic):
            return [Strike(peer, Fault.FLOOD, f"more than {ANNOUNCED_IDS_PER_SECOND_MAX} ids announced a second")]
        asked = []
        for prefix in message.prefixes:
            recent, pull = self._recents.get(prefix), self._pulls.get(prefix)
            if recent is not None:
                recent.holders.add(peer)
            elif pull is not None:
                if len(pull.announcers) < ANNOUNCERS_MAX:
                    pull.announcers.append(peer)
            elif self._may_pull(peer) and not self._is_refused(prefix):
                self._begin_pull(prefix, _Pull(peer, Monotonic(now.monotonic + PULL_TIMEOUT_SECONDS)))
                asked.append(prefix)
        return [Send(peer, Pull(tuple(asked)))] if asked else []

    def pulled(self, peer: PeerId, message: Pull) -> list[Request]:
        """Give *peer* what it asks for; each record once, so that asking is no lever."""
        blobs = []
        for prefix in message.prefixes:
            recent = self._recents.get(prefix)
            if recent is not None and recent.record.wire and peer not in recent.holders:
                recent.holders.add(peer)
                blobs.append(recent.record.wire)
        return [Send(peer, Records(0, frame)) for frame in cut_blobs(blobs)]

    def tick(self, now: Moment) -> list[Request]:
        """Tell what waited long enough, and ask the next announcer for what did not come."""
        effects: list[Request] = []
        if self._flush_due is not None and now.monotonic >= self._flush_due:
            self._flush_due = None
            effects += self._flush()
        return effects + self._ask_again(now)

    def _may_pull(self, peer: PeerId) -> bool:
        # What one peer announces shall not keep us from asking the others.
        return len(self._pulls) < PULLS_MAX and self._asked[peer] < PULLS_PER_PEER_MAX

    def _begin_pull(self, prefix: bytes, pull: _Pull) -> None:
        self._pulls[prefix] = pull
        self._asked[pull.asked] += 1

    def _end_pull(self, prefix: bytes) -> PeerId | None:
        """Let go of a pull; give who was asked, if anyone."""
        pull = self._pulls.pop(prefix, None)
        if pull is None:
            return None
        self._asked[pull.asked] -= 1
        if not self._asked[pull.asked]:
            del self._asked[pull.asked]
        return pull.asked

    def _remember(self, prefix: bytes, record: Record) -> _Recent:
        recent = self._recents.get(prefix)
        if recent is None:
            recent = self._recents[prefix] = _Recent(record)
            self._recent_bytes += len(record.wire)
        while len(self._recents) > RECENT_RECORDS_MAX or self._recent_bytes > RECENT_BYTES_MAX:
            _, oldest = self._recents.popitem(last=False)
            self._recent_bytes -= len(oldest.record.wire)
        return recent

    def _flush(self) -> list[Request]:
        effects: list[Request] = []
        for peer, blobs in sorted(self._pushes.items()):
            effects += [Send(peer, Records(0, frame)) for frame in cut_blobs(blobs)]
        for peer, prefixes in sorted(self._announcements.items()):
            effects += [
                Send(peer, Announce(tuple(prefixes[at : at + ANNOUNCE_IDS_MAX])))
                for at in range(0, len(prefixes), ANNOUNCE_IDS_MAX)
            ]
        self._pushes.clear()
        self._announcements.clear()
        return effects

    def _ask_again(self, now: Moment) -> list[Request]:
        asked: dict[PeerId, list[bytes]] = {}
        while self._pulls:
            prefix, pull = next(iter(self._pulls.items()))
            if pull.due > now.monotonic:
                break
            self._end_pull(prefix)
            following = next((peer for peer in pull.announcers if peer in self._neighbours), None)
            if following is not None:
                pull.announcers.remove(following)
                due = Monotonic(now.monotonic + PULL_TIMEOUT_SECONDS)
                self._begin_pull(prefix, _Pull(following, due, pull.announcers))
                asked.setdefault(following, []).append(prefix)
        return [Send(peer, Pull(tuple(prefixes))) for peer, prefixes in sorted(asked.items())]


def cut_blobs(blobs: Iterable[bytes]) -> list[tuple[bytes, ...]]:
    """Cut *blobs* into messages of about `FRAME_BYTES_MAX`."""
    left = deque(blobs)
    frames = []
    while left:
        frames.append(take_frame(left))
    return frames
