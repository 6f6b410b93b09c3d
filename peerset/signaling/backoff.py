"""Pauses between tries of what failed."""

import random
from typing import Final

from peerset.core.limits import TRACKER_BACKOFF_MAX_SECONDS

BACKOFF_BASE_SECONDS: Final = 1.0


class Backoff:
    """Doubles from `BACKOFF_BASE_SECONDS` to `TRACKER_BACKOFF_MAX_SECONDS`; each pause is half to all of it.

    The chance keeps clients of a tracker that restarts from returning all at once.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._ceiling_seconds = BACKOFF_BASE_SECONDS

    def next_seconds(self) -> float:
        """Draw the next pause in seconds."""
        pause = self._ceiling_seconds * self._rng.uniform(0.5, 1.0)
        self._ceiling_seconds = min(self._ceiling_seconds * 2, TRACKER_BACKOFF_MAX_SECONDS)
        return pause

    def reset(self) -> None:
        """Start over: the last connection was healthy."""
        self._ceiling_seconds = BACKOFF_BASE_SECONDS
