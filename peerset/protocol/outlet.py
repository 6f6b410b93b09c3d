"""What one neighbour is still to be told outside rounds, as far as it gives credit.

Records are pushed, or given when they are pulled; what there is no credit for is announced; and what cannot even be
announced is left to sync (docs/protocol.md, "Live credit").
"""

from collections import deque
from collections.abc import Iterable

from peerset.core.limits import (
    ANNOUNCE_IDS_MAX,
    ANNOUNCEMENTS_MAX,
    LIVE_ID_BYTES,
    LIVE_WINDOW_BYTES,
    PULLS_PER_PEER_MAX,
)
from peerset.core.message import Announce, Records
from peerset.core.signal import PeerId
from peerset.protocol.inlet import IDS_WINDOW_BYTES, cost_of
from peerset.protocol.recents import Recents
from peerset.protocol.transfer import take_frame


class Outlet:
    """The queues of *peer*, by what *recents* holds, and its credit."""

    def __init__(self, peer: PeerId, recents: Recents) -> None:
        self.is_behind = False
        """Something could be neither given nor announced: sync has to bring it."""
        self._peer = peer
        self._recents = recents
        self._given: deque[tuple[bytes, int]] = deque()
        """Prefixes of records to give, and what each costs."""
        self._given_cost = 0
        self._announced: deque[bytes] = deque()
        self._sent = self._credited = 0

    @property
    def is_empty(self) -> bool:
        """Nothing waits."""
        return not (self._given or self._announced)

    def has_credit(self, blob: bytes) -> bool:
        """Say whether *blob* can be pushed, after all that waits to be given."""
        return self._is_open(self._given_cost + cost_of(0, blob), LIVE_WINDOW_BYTES)

    def give(self, prefix: bytes, blob: bytes) -> bool:
        """Queue a record to be given as soon as there is credit; False when too many wait."""
        if len(self._given) >= PULLS_PER_PEER_MAX:
            self.is_behind = True
            return False
        cost = cost_of(0, blob)
        self._given.append((prefix, cost))
        self._given_cost += cost
        return True

    def announce(self, prefix: bytes) -> None:
        """Queue an id to be told, unless too many wait: the rest is left to sync."""
        if len(self._announced) >= ANNOUNCEMENTS_MAX:
            self.is_behind = True
        else:
            self._announced.append(prefix)

    def credit(self, total: int) -> bool:
        """Note that the neighbour has dealt with *total* in all; False when that cannot be true."""
        if not self._credited <= total <= self._sent:
            return False
        self._credited = total
        return True

    def next_messages(self) -> list[Records | Announce]:
        """Give what may be said now: records first, then ids."""
        return [*(Records(0, frame) for frame in cut_blobs(self._next_blobs())), *self._next_announcements()]

    def _next_blobs(self) -> list[bytes]:
        blobs = []
        while self._given and self._is_open(self._given[0][1], LIVE_WINDOW_BYTES):
            prefix, cost = self._given.popleft()
            self._given_cost -= cost
            recent = self._recents.get(prefix)
            if recent is None:
                self.is_behind = True
            elif recent.wire:
                self._sent += cost
                blobs.append(recent.wire)
        return blobs

    def _next_announcements(self) -> list[Announce]:
        """Announce what the neighbour is not known to have by now."""
        prefixes = []
        while self._announced and self._is_open(LIVE_ID_BYTES, IDS_WINDOW_BYTES):
            prefix = self._announced.popleft()
            recent = self._recents.get(prefix)
            if recent is None:
                self.is_behind = True
            elif recent.wire and self._peer not in recent.holders:
                self._sent += LIVE_ID_BYTES
                prefixes.append(prefix)
        starts = range(0, len(prefixes), ANNOUNCE_IDS_MAX)
        return [Announce(tuple(prefixes[at : at + ANNOUNCE_IDS_MAX])) for at in starts]

    def _is_open(self, cost: int, window: int) -> bool:
        return self._sent + cost <= self._credited + window


def cut_blobs(blobs: Iterable[bytes]) -> list[tuple[bytes, ...]]:
    """Cut *blobs* into messages of about `FRAME_BYTES_MAX`."""
    left = deque(blobs)
    frames = []
    while left:
        frames.append(take_frame(left))
    return frames
