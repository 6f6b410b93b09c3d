"""What one neighbour is still to be told outside rounds, as far as it gives credit.

Records are pushed, or given when they are pulled; what there is no credit for is announced; and what cannot even be
announced is left to sync (docs/protocol.md, "Live credit"). Our own go first, and have a part of the credit for them;
what is passed on goes its authors in turn: a flood that comes by delays nobody else.
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from peerset.core.keys import PublicKey
from peerset.core.limits import (
    ANNOUNCE_IDS_MAX,
    ANNOUNCEMENTS_MAX,
    LIVE_ID_BYTES,
    LIVE_WINDOW_BYTES,
    PULLS_PER_PEER_MAX,
)
from peerset.core.message import Announce, Records
from peerset.core.signal import PeerId
from peerset.core.turns import Turns
from peerset.protocol.inlet import IDS_WINDOW_BYTES, QUARTER, cost_of
from peerset.protocol.recents import Recent, Recents
from peerset.protocol.transfer import take_frame


class _Given(NamedTuple):
    """A record to give, by what it is told by, and what it counts."""

    prefix: bytes
    cost: int
    is_ours: bool


class Outlet:
    """The queues of *peer*, by what *recents* holds, and its credit."""

    def __init__(self, peer: PeerId, recents: Recents) -> None:
        self.is_behind = False
        """Something could be neither given nor announced: sync has to bring it."""
        self._peer = peer
        self._recents = recents
        self._given: Turns[PublicKey, _Given] = Turns()
        self._ours_cost = self._given_cost = 0
        """What of them is ours counts, and what all do."""
        self._announced: deque[bytes] = deque()
        self._later: deque[bytes] = deque()
        """Ids that go with the next announcement, or when they are `hastened`."""
        self._referred: set[bytes] = set()
        """Ids to announce though the neighbour has the records."""
        self._sent = self._credited = 0

    @property
    def is_empty(self) -> bool:
        """Nothing waits."""
        return not (self._given or self._announced)

    def has_credit(self, recent: Recent) -> bool:
        """Say whether *recent* can be pushed, after all that waits to be given before it."""
        waiting = self._ours_cost if recent.is_ours else self._given_cost
        return self._is_open(waiting + cost_of(0, recent.wire), _window_of(is_ours=recent.is_ours))

    def give(self, recent: Recent) -> bool:
        """Queue a record to be given as soon as there is credit; False when too many wait."""
        if len(self._given) >= PULLS_PER_PEER_MAX:
            self.is_behind = True
            return False
        given = _Given(recent.prefix, cost_of(0, recent.wire), recent.is_ours)
        self._given.put(None if recent.is_ours else recent.author, given)
        self._count(given, 1)
        return True

    def announce(self, prefix: bytes, *, is_urgent: bool = True) -> None:
        """Queue an id to be told, unless too many wait: the rest is left to sync."""
        if len(self._announced) + len(self._later) >= ANNOUNCEMENTS_MAX:
            self.is_behind = True
        else:
            (self._announced if is_urgent else self._later).append(prefix)

    def refer(self, prefix: bytes) -> None:
        """Queue an id to be told to who pushed the record in vain."""
        if len(self._announced) < ANNOUNCEMENTS_MAX:
            self._referred.add(prefix)
            self._announced.append(prefix)

    def hasten(self) -> None:
        """Let go what waited for company."""
        self._announced.extendleft(reversed(self._later))
        self._later.clear()

    def credit(self, total: int) -> bool:
        """Note that the neighbour has dealt with *total* in all; False when that cannot be true."""
        if not self._credited <= total <= self._sent:
            return False
        self._credited = total
        return True

    def next_messages(self, *, has_ids: bool = True) -> list[Records | Announce]:
        """Give what may be said now: records first, then ids if *has_ids*."""
        records = [Records(0, frame) for frame in cut_blobs(self._next_blobs())] if self._given else []
        return [*records, *self._next_announcements()] if has_ids and self._announced else [*records]

    def _next_blobs(self) -> list[bytes]:
        blobs = []
        while (given := self._given.next) and self._is_open(given.cost, _window_of(is_ours=given.is_ours)):
            self._count(self._given.take(), -1)
            recent = self._recents.get(given.prefix)
            if recent is None:
                self.is_behind = True
            elif recent.wire:
                self._sent += given.cost
                blobs.append(recent.wire)
        return blobs

    def _count(self, given: _Given, sign: int) -> None:
        self._given_cost += sign * given.cost
        self._ours_cost += sign * given.cost * given.is_ours

    def _next_announcements(self) -> list[Announce]:
        """Announce what the neighbour is not known to have by now, all that waits in one go."""
        if any(map(self._is_news, self._announced)):
            self.hasten()
        prefixes = []
        while self._announced and self._is_open(LIVE_ID_BYTES, IDS_WINDOW_BYTES):
            prefix = self._announced.popleft()
            if self._is_news(prefix):
                self._recents.told(prefix, self._peer)
                self._sent += LIVE_ID_BYTES
                prefixes.append(prefix)
            elif self._recents.get(prefix) is None:
                self.is_behind = True
            self._referred.discard(prefix)
        starts = range(0, len(prefixes), ANNOUNCE_IDS_MAX)
        return [Announce(tuple(prefixes[at : at + ANNOUNCE_IDS_MAX])) for at in starts]

    def _is_news(self, prefix: bytes) -> bool:
        recent = self._recents.get(prefix)
        is_new = recent is not None and bool(recent.wire) and self._peer not in recent.holders
        return is_new or prefix in self._referred

    def _is_open(self, cost: int, window: int) -> bool:
        return self._sent + cost <= self._credited + window


def _window_of(*, is_ours: bool) -> int:
    return LIVE_WINDOW_BYTES if is_ours else LIVE_WINDOW_BYTES - QUARTER


def cut_blobs(blobs: Iterable[bytes]) -> list[tuple[bytes, ...]]:
    """Cut *blobs* into messages of about `FRAME_BYTES_MAX`."""
    left = deque(blobs)
    frames = []
    while left:
        frames.append(take_frame(left))
    return frames
