"""Records dated too far ahead to be members yet: verified, kept in memory until due, not passed on."""

import heapq
from collections import Counter

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import (
    FUTURE_SECONDS_MAX,
    POSTPONED_BYTES_MAX,
    POSTPONED_BYTES_PER_PEER_MAX,
    POSTPONED_RECORDS_MAX,
    POSTPONED_RECORDS_PER_PEER_MAX,
)
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.health import Bite, Budget


class Postponed:
    """What waits until due by our wall clock, even when that is set; bounded in number and bytes.

    What does not fit is forgotten, and not even verified: it is offered again when it is due.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, RecordId, Arrival]] = []
        """By created_at."""
        self._looked = Moment(Monotonic(0.0), UnixTime(0))
        """What the clocks said when we last looked."""
        self._ids: set[RecordId] = set()
        self._bytes = 0
        self._counts: Counter[PeerId] = Counter()
        self._peer_bytes: Counter[PeerId] = Counter()
        self._bite = Bite()

    @property
    def deadline(self) -> Monotonic | None:
        """When the next record is due, unless our wall clock is set meanwhile."""
        if not self._heap:
            return None
        wait = self._heap[0][0] - FUTURE_SECONDS_MAX - self._looked.unix
        return Monotonic(self._looked.monotonic + max(wait, 0))

    @property
    def budget(self) -> Budget:
        """How many wait; bites when one more found no room, until some of them are due."""
        return self._bite.budget("postponed", len(self._heap), POSTPONED_RECORDS_MAX)

    def holds(self, record_id: RecordId) -> bool:
        """Say whether this record waits here."""
        return record_id in self._ids

    def fits(self, arrival: Arrival) -> bool:
        """Say whether there is room for *arrival*."""
        size, peer = len(arrival.record.wire), arrival.peer
        if len(self._heap) >= POSTPONED_RECORDS_MAX or self._bytes + size > POSTPONED_BYTES_MAX:
            return False
        return peer is None or (
            self._counts[peer] < POSTPONED_RECORDS_PER_PEER_MAX
            and self._peer_bytes[peer] + size <= POSTPONED_BYTES_PER_PEER_MAX
        )

    def add(self, arrival: Arrival, now: Moment) -> bool:
        """Keep *arrival* until it is no more than `FUTURE_SECONDS_MAX` ahead; False when there is no room for it."""
        record = arrival.record
        if record.id in self._ids:
            return False
        if not self.fits(arrival):
            self.overflow(now.unix)
            return False
        self._looked = now
        self._ids.add(record.id)
        heapq.heappush(self._heap, (record.created_at, record.id, arrival))
        self._account(arrival, 1)
        return True

    def due(self, now: Moment) -> list[Arrival]:
        """Take out what is due."""
        self._looked = now
        released: list[Arrival] = []
        while self._heap and self._heap[0][0] - FUTURE_SECONDS_MAX <= now.unix:
            _, record_id, arrival = heapq.heappop(self._heap)
            self._ids.remove(record_id)
            self._account(arrival, -1)
            released.append(arrival.as_released())
        if released:
            self._bite.ease()
        return released

    def overflow(self, now: UnixTime) -> None:
        """Note that something found no room."""
        self._bite.bite(now)

    def _account(self, arrival: Arrival, count: int) -> None:
        size = count * len(arrival.record.wire)
        self._bytes += size
        if arrival.peer is None:
            return
        self._counts[arrival.peer] += count
        self._peer_bytes[arrival.peer] += size
        if not self._counts[arrival.peer]:
            del self._counts[arrival.peer], self._peer_bytes[arrival.peer]
