"""How often a peer that has enough neighbours tries another one (docs/protocol.md, "Places")."""

from peerset.core.clock import Monotonic
from peerset.core.limits import FEELER_INTERVAL_MAX_SECONDS, FEELER_INTERVAL_SECONDS
from peerset.protocol.recently import LONG_AGO


class Feelers:
    """Tries are more and more seldom while nobody better is found, for each costs two peers a handshake."""

    def __init__(self) -> None:
        self._felt_at = LONG_AGO
        self._tried = 0
        """How many since then, while others are to be tried at once."""
        self._interval_seconds = FEELER_INTERVAL_SECONDS

    @property
    def due_at(self) -> Monotonic:
        """When to try the next one."""
        return Monotonic(self._felt_at + self._interval_seconds)

    def is_due(self, now: Monotonic) -> bool:
        """Say whether to try one now."""
        return now >= self.due_at

    def left(self, now: Monotonic, at_once: int = 1) -> int:
        """Say how many to try now, of so many *at_once*."""
        return max(1, at_once - self._tried) if self.is_due(now) else 0

    def feel(self, now: Monotonic, at_once: int = 1) -> None:
        """Note that one is tried; after as many as are to be tried *at_once* the next wait begins."""
        self._tried += 1
        if self._tried >= at_once:
            self._felt_at, self._tried = now, 0

    def fail(self) -> None:
        """Wait longer from now on: who was tried was no better than those who are here."""
        self._interval_seconds = min(FEELER_INTERVAL_MAX_SECONDS, 2 * self._interval_seconds)

    def hurry(self) -> None:
        """Try often again: there is somebody to be found, or to be replaced."""
        self._interval_seconds = FEELER_INTERVAL_SECONDS
