"""Records dated too far ahead to be members yet: verified, kept in memory until due, not passed on."""

import heapq

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import FUTURE_SECONDS_MAX, POSTPONED_RECORDS_MAX
from peerset.core.record import RecordId
from peerset.protocol.arrivals import Arrival


class Postponed:
    """At most `POSTPONED_RECORDS_MAX` records; what comes when it is full is forgotten, and will be offered again."""

    def __init__(self) -> None:
        self._heap: list[tuple[Monotonic, RecordId, Arrival]] = []
        self._ids: set[RecordId] = set()

    @property
    def deadline(self) -> Monotonic | None:
        """When the next record is due."""
        return self._heap[0][0] if self._heap else None

    def holds(self, record_id: RecordId) -> bool:
        """Say whether this record waits here."""
        return record_id in self._ids

    def add(self, arrival: Arrival, now: Moment) -> None:
        """Keep *arrival* until it is no more than `FUTURE_SECONDS_MAX` ahead."""
        record = arrival.record
        if record.id in self._ids or len(self._heap) >= POSTPONED_RECORDS_MAX:
            return
        wait = record.created_at - FUTURE_SECONDS_MAX - now.unix
        self._ids.add(record.id)
        heapq.heappush(self._heap, (Monotonic(now.monotonic + max(wait, 0)), record.id, arrival.as_released()))

    def due(self, now: Moment) -> list[Arrival]:
        """Take out what is due."""
        released = []
        while self._heap and self._heap[0][0] <= now.monotonic:
            _, record_id, arrival = heapq.heappop(self._heap)
            self._ids.remove(record_id)
            released.append(arrival)
        return released
