"""What the store could not take: one record of it is tried again until it does, and sync then brings the others."""

from dataclasses import replace
from typing import Final

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import ROUND_BACKOFF_MAX_SECONDS, SAVE_RETRY_SECONDS
from peerset.protocol.arrivals import Arrival
from peerset.protocol.effects import CatchUp, Request
from peerset.protocol.health import Bite, Budget

NEVER: Final = Monotonic(float("-inf"))


class Delayed:
    """A store that fails, as a disk does that is full, and the record that finds out when it works again.

    Records of our own user are none of its business: who brought them was told, and may bring them again.
    """

    def __init__(self) -> None:
        self.deadline: Monotonic | None = None
        """When to try again."""
        self._arrival: Arrival | None = None
        self._is_failing = False
        self._caught_up = NEVER
        self._bite = Bite()

    @property
    def budget(self) -> Budget:
        """Whether a record waits to be saved; bites while the store refuses."""
        return self._bite.budget("store", int(self._arrival is not None), 0)

    def failed(self, arrivals: list[Arrival], now: Moment) -> None:
        """Note that *arrivals*, which are verified, could not be saved."""
        self._bite.bite(now.unix)
        brought = [arrival for arrival in arrivals if arrival.peer is not None]
        if not brought:
            return
        self._is_failing = True
        if self._arrival is None:
            # There may be room for a small record and none for the rest.
            largest = max(brought, key=lambda arrival: len(arrival.record.wire))
            self._arrival = replace(largest, round=0, is_trusted=True, is_owed=False)
            self.deadline = Monotonic(now.monotonic + SAVE_RETRY_SECONDS)

    def saved(self, now: Moment) -> list[Request]:
        """Note that the store took something; when it failed before, ask all for what is missing.

        One that fails again and again shall not make others send it everything each time.
        """
        self._bite.ease()
        was_failing, self._is_failing = self._is_failing, False
        self._arrival = self.deadline = None
        if not was_failing or now.monotonic < self._caught_up + ROUND_BACKOFF_MAX_SECONDS:
            return []
        self._caught_up = now.monotonic
        return [CatchUp()]

    def due(self, now: Moment) -> list[Arrival]:
        """Take out the record that is to be tried again, when it is time."""
        if self._arrival is None or self.deadline is None or now.monotonic < self.deadline:
            return []
        arrival, self._arrival, self.deadline = self._arrival, None, None
        return [arrival]
