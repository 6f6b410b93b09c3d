"""How often a peer that has enough neighbours tries another one (docs/protocol.md, "Places")."""

from peerset.core.clock import Monotonic
from peerset.core.limits import FEELER_INTERVAL_MAX_SECONDS, FEELER_INTERVAL_SECONDS
from peerset.protocol.recently import LONG_AGO


class Feelers:
    """Tries are more and more seldom while nobody better is found, for each costs two peers a handshake."""

    def __init__(self) -> None:
        self._felt_at = LONG_AGO
        self._interval_seconds = FEELER_INTERVAL_SECONDS

    @property
    def due_at(self) -> Monotonic:
        """When to try the next one."""
        return Monotonic(self._felt_at + self._interval_seconds)

    def is_due(self, now: Monotonic) -> bool:
        """Say whether to try one now."""
        return now >= self.due_at

    def feel(self, now: Monotonic) -> None:
        """Note that one is tried."""
        self._felt_at = now

    def fail(self) -> None:
        """Wait longer from now on: who was tried was no better than those who are here."""
        self._interval_seconds = min(FEELER_INTERVAL_MAX_SECONDS, 2 * self._interval_seconds)

    def hurry(self) -> None:
        """Try often again: there is somebody to be found, or to be replaced."""
        self._interval_seconds = FEELER_INTERVAL_SECONDS
