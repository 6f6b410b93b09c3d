"""When to announce one room to one tracker."""

from typing import Final

from peerset.core.clock import Monotonic

WARM_UP_SECONDS: Final = (0.166, 0.533, 1.333)
"""Pauses after the first announces on a fresh socket: whoever arrives with us should hear us soon, and of a swarm with
more addresses than one announce has offers our tracker draws others for the second."""

INTERVAL_SECONDS_MIN: Final = 10.0
INTERVAL_SECONDS_MAX: Final = 60.0
"""Trackers may ask for 120 s, but a newcomer whose id is larger waits for our next announce."""


class Cadence:
    """The pace of announces while a socket is open; *due* is None while it is not."""

    def __init__(self) -> None:
        self.due: Monotonic | None = None
        self._interval_seconds = INTERVAL_SECONDS_MIN
        self._announced = 0

    def start(self, now: Monotonic) -> None:
        """Announce now and warm up: the socket is open."""
        self.due = now
        self._announced = 0

    def hasten(self, now: Monotonic) -> None:
        """Announce now, if the socket is open: there is something new to say."""
        if self.due is not None:
            self.due = now

    def stop(self) -> None:
        """Announce nothing until the next `start`."""
        self.due = None

    def hear(self, interval_seconds: float) -> None:
        """Take the tracker's wish for the pause between announces, within our own bounds."""
        self._interval_seconds = min(max(interval_seconds, INTERVAL_SECONDS_MIN), INTERVAL_SECONDS_MAX)

    def take(self, now: Monotonic) -> bool:
        """Tell whether an announce is due, and if so set the time of the next."""
        if self.due is None or now < self.due:
            return False
        is_warm = self._announced >= len(WARM_UP_SECONDS)
        pause = self._interval_seconds if is_warm else WARM_UP_SECONDS[self._announced]
        self.due = Monotonic(now + pause)
        self._announced += 1
        return True
