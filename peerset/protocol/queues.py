"""Records that wait for intake, one queue a peer, and how much of the next batch each peer may fill.

Whoever has much waiting delays itself: neighbours, and of each its authors, are served in turn, and what a neighbour
wrote itself goes before what it passes on. A peer begins with a small share. It doubles with every batch in which that
peer kept the rules, and halves with every batch in which it did not: who brings bad records costs the others little
until it is banned. All queues together have a limit, too: who has most waiting makes room for who has less.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import (
    INTAKE_BATCH_RECORDS_MAX,
    INTAKE_QUEUE_BYTES_PER_PEER_MAX,
    INTAKE_QUEUES_BYTES_MAX,
    INTAKE_RECORD_BYTES,
    INTAKE_SHARE_RECORDS_FIRST,
    INTAKE_SHARE_RECORDS_MAX,
    INTAKE_SHARE_RECORDS_MIN,
)
from peerset.core.resting import at_rest, awake
from peerset.core.signal import PeerId
from peerset.core.turns import Turns
from peerset.protocol.arrivals import Arrival, work_of
from peerset.protocol.health import Bite, Budget

BAD_PART: Final = 8
"""One bad record in so many is forgiven: other rules refuse a few, and sync with such peers shall not crawl."""


class _Queue:
    """What one peer has waiting: what it wrote itself first, then what it passes on, its authors in turn."""

    def __init__(self) -> None:
        self.waiting: Turns[PublicKey, Arrival] = Turns()
        self.size_bytes = 0

    @property
    def cost(self) -> int:
        """What it counts among all queues, in bytes."""
        return self.size_bytes + INTAKE_RECORD_BYTES * len(self.waiting)

    def put(self, arrival: Arrival) -> None:
        """Queue *arrival*, whose record rests here, for a flood waits until its author has its turn."""
        record = at_rest(arrival.record)
        is_first = arrival.peer is None or arrival.is_own
        self.waiting.put(
            None if is_first else record.author,
            arrival if record is arrival.record else replace(arrival, record=record),
        )
        self.size_bytes += len(record.wire)

    def take(self) -> Arrival:
        arrival = self.waiting.take()
        record = awake(arrival.record)
        self.size_bytes -= len(record.wire)
        return arrival if record is arrival.record else replace(arrival, record=record)

    def give_up(self) -> Arrival:
        """Let go of what would be taken about last."""
        arrival = self.waiting.give_up()
        self.size_bytes -= len(arrival.record.wire)
        return arrival


class Queues:
    """The queues of one room; our own user's is that of None."""

    def __init__(self) -> None:
        self._queues: OrderedDict[PeerId | None, _Queue] = OrderedDict()
        self._shares: dict[PeerId, int] = {}
        """How much work of a peer may enter one batch, where that is not `INTAKE_SHARE_RECORDS_FIRST`."""
        self._cost = 0
        """What the queues of all peers count together, in bytes."""
        self._bite, self._crowding = Bite(), Bite()

    @property
    def is_empty(self) -> bool:
        """Nothing waits."""
        return not self._queues

    @property
    def budgets(self) -> list[Budget]:
        """How much waits of the peer of whom most does, and of all; each bites while some that waits found no room."""
        most = max((queue.size_bytes for peer, queue in self._queues.items() if peer is not None), default=0)
        return [
            self._bite.budget("intake", most, INTAKE_QUEUE_BYTES_PER_PEER_MAX),
            self._crowding.budget("queues", self._cost, INTAKE_QUEUES_BYTES_MAX),
        ]

    def make_room(self, arrival: Arrival, now: UnixTime) -> list[Arrival]:
        """Let go of what those have waiting who have most, until *arrival* of one who has less has room; give it."""
        gone: list[Arrival] = []
        size = _cost_of(arrival)
        if arrival.peer is None or self._cost + size <= INTAKE_QUEUES_BYTES_MAX:
            return gone
        after = self._queues.get(arrival.peer, _Queue()).cost + size
        while self._cost + size > INTAKE_QUEUES_BYTES_MAX:
            largest = max((peer for peer in self._queues if peer is not None), key=lambda peer: self._queues[peer].cost)
            queue = self._queues[largest]
            if queue.cost <= after:
                break
            gone.append(queue.give_up())
            self._cost -= _cost_of(gone[-1])
            if not queue.waiting:
                del self._queues[largest]
        self._crowding.bite(now, max(1, len(gone)))
        return gone

    def put(self, arrival: Arrival, now: UnixTime) -> bool:
        """Queue *arrival*; False when its sender, or all together, have too much waiting."""
        queue = self._queues.get(arrival.peer) or _Queue()
        if arrival.peer is not None:
            if queue.size_bytes + len(arrival.record.wire) > INTAKE_QUEUE_BYTES_PER_PEER_MAX:
                self._bite.bite(now)
                return False
            if (after := self._cost + _cost_of(arrival)) > INTAKE_QUEUES_BYTES_MAX:
                return False
            self._cost = after
        queue.put(arrival)
        self._queues[arrival.peer] = queue
        return True

    def take(self) -> list[Arrival]:
        """Give the next batch: a fair share of the work from each."""
        # Whoever was served goes to the end, so a flood delays others by one share at most.
        arrivals: list[Arrival] = []
        fair = max(1, INTAKE_BATCH_RECORDS_MAX // len(self._queues))
        for peer in list(self._queues):
            queue = self._queues.pop(peer)
            before, left = queue.cost, min(fair, self._share_of(peer))
            while queue.waiting and (left > 0 or _is_parted(arrivals, queue.waiting.next)):
                arrivals.append(queue.take())
                left -= work_of(arrivals[-1].record)
            if peer is not None:
                self._cost -= before - queue.cost
            if queue.waiting:
                self._queues[peer] = queue
        if self.is_empty:
            self._bite.ease()
            self._crowding.ease()
        return arrivals

    def weigh(self, brought: Mapping[PeerId | None, int], bad: Mapping[PeerId, int]) -> None:
        """Note how many records of each peer were *brought* in one batch, and how many of these were *bad*."""
        for peer, count in brought.items():
            if peer is not None:
                share = self._share_of(peer)
                after = share // 2 if bad.get(peer, 0) * BAD_PART > count else share * 2
                self._shares[peer] = min(max(after, INTAKE_SHARE_RECORDS_MIN), INTAKE_SHARE_RECORDS_MAX)

    def disown(self, peer: PeerId) -> None:
        """Keep what *peer* sent, which is owed to nobody any more; the next peer under its id begins anew."""
        self._shares.pop(peer, None)
        waiting = self.drop(peer, lambda _: False)
        if waiting:
            self._restore(peer, [replace(arrival, is_owed=False) for arrival in waiting])

    def drop(self, peer: PeerId, is_kept: Callable[[Arrival], bool]) -> list[Arrival]:
        """Let go of what *peer* has waiting but for what *is_kept*, and give it."""
        queue = self._queues.pop(peer, _Queue())
        self._cost -= queue.cost
        waiting = list(queue.waiting)
        kept = [arrival for arrival in waiting if is_kept(arrival)]
        if kept:
            self._restore(peer, kept)
        return [arrival for arrival in waiting if not is_kept(arrival)]

    def _restore(self, peer: PeerId, arrivals: Sequence[Arrival]) -> None:
        queue = self._queues[peer] = _Queue()
        for arrival in arrivals:
            queue.put(arrival)
        self._cost += queue.cost

    def _share_of(self, peer: PeerId | None) -> int:
        if peer is None:
            return INTAKE_BATCH_RECORDS_MAX
        return self._shares.get(peer, INTAKE_SHARE_RECORDS_FIRST)


def _cost_of(arrival: Arrival) -> int:
    """Say what *arrival* counts among all that waits, in bytes."""
    return len(arrival.record.wire) + INTAKE_RECORD_BYTES


def _is_parted(taken: Sequence[Arrival], following: Arrival | None) -> bool:
    """Say whether a group would be parted here: it goes beyond a share, for it is short."""
    if not taken or following is None:
        return False
    return following.group != 0 and taken[-1].group == following.group
