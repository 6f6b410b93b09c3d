"""Records that wait for intake, one queue a peer, and how much of the next batch each peer may fill.

A peer begins with a small share. It doubles with every batch in which that peer kept the rules, and halves with
every batch in which it did not: who brings bad records costs the others little until it is banned.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from peerset.core.limits import (
    INTAKE_BATCH_RECORDS_MAX,
    INTAKE_QUEUE_BYTES_PER_PEER_MAX,
    INTAKE_SHARE_RECORDS_FIRST,
    INTAKE_SHARE_RECORDS_MIN,
)
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival

BAD_PART: Final = 8
"""One bad record in so many is forgiven: other rules refuse a few, and sync with such peers shall not crawl."""


class Queues:
    """The queues of one room; our own user's is that of None."""

    def __init__(self) -> None:
        self._queues: OrderedDict[PeerId | None, deque[Arrival]] = OrderedDict()
        self._bytes: dict[PeerId | None, int] = {}
        self._shares: dict[PeerId, int] = {}
        """Records of a peer that may enter one batch, where that is not `INTAKE_SHARE_RECORDS_FIRST`."""

    @property
    def is_empty(self) -> bool:
        """Nothing waits."""
        return not self._queues

    def put(self, arrival: Arrival) -> bool:
        """Queue *arrival*; False when its sender has too much waiting."""
        peer = arrival.peer
        queued_bytes = self._bytes.get(peer, 0) + len(arrival.record.wire)
        if peer is not None and queued_bytes > INTAKE_QUEUE_BYTES_PER_PEER_MAX:
            return False
        self._bytes[peer] = queued_bytes
        self._queues.setdefault(peer, deque()).append(arrival)
        return True

    def take(self) -> list[Arrival]:
        """Give the next batch: a fair share from each."""
        # Whoever was served goes to the end, so a flood delays others by one share at most.
        arrivals: list[Arrival] = []
        fair = max(1, INTAKE_BATCH_RECORDS_MAX // len(self._queues))
        for peer in list(self._queues):
            queue = self._queues.pop(peer)
            count = min(fair, self._share_of(peer), len(queue))
            while count > 0 or _is_parted(arrivals, queue):
                arrival = queue.popleft()
                self._bytes[peer] -= len(arrival.record.wire)
                arrivals.append(arrival)
                count -= 1
            if queue:
                self._queues[peer] = queue
            else:
                del self._bytes[peer]
        return arrivals

    def weigh(self, brought: Mapping[PeerId | None, int], bad: Mapping[PeerId, int]) -> None:
        """Note how many records of each peer were *brought* in one batch, and how many of these were *bad*."""
        for peer, count in brought.items():
            if peer is not None:
                share = self._share_of(peer)
                after = share // 2 if bad.get(peer, 0) * BAD_PART > count else share * 2
                self._shares[peer] = min(max(after, INTAKE_SHARE_RECORDS_MIN), INTAKE_BATCH_RECORDS_MAX)

    def disown(self, peer: PeerId) -> None:
        """Keep what *peer* sent, which is owed to nobody any more; the next peer under its id begins anew."""
        self._shares.pop(peer, None)
        if peer in self._queues:
            self._queues[peer] = deque(replace(arrival, is_owed=False) for arrival in self._queues[peer])

    def drop(self, peer: PeerId, is_kept: Callable[[Arrival], bool]) -> list[Arrival]:
        """Let go of what *peer* has waiting but for what *is_kept*, and give it."""
        waiting = self._queues.pop(peer, deque[Arrival]())
        self._bytes.pop(peer, None)
        for arrival in filter(is_kept, waiting):
            self.put(arrival)
        return [arrival for arrival in waiting if not is_kept(arrival)]

    def _share_of(self, peer: PeerId | None) -> int:
        if peer is None:
            return INTAKE_BATCH_RECORDS_MAX
        return self._shares.get(peer, INTAKE_SHARE_RECORDS_FIRST)


def _is_parted(taken: Sequence[Arrival], waiting: Sequence[Arrival]) -> bool:
    """Say whether a group would be parted here: it goes beyond a share, for it is short."""
    return bool(taken and waiting and waiting[0].group) and taken[-1].group == waiting[0].group
