"""Keeping up the sketch of the set while there is somebody to compare it with: a stretch at a time."""

from typing import Final

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import SKETCH_INTERVAL_SECONDS
from peerset.core.merkle import Index
from peerset.protocol.retention import window

BUSY_INTERVAL_SECONDS: Final = 0.5
"""How often a stretch is covered while records come in: these go first, and few compare before they are here."""


class Upkeep:
    """Covers what is compared of *index*, whose records are kept for so many seconds."""

    def __init__(self, index: Index, retention_seconds: int) -> None:
        self._index = index
        self._retention_seconds = retention_seconds
        self._due = Monotonic(0.0)

    @property
    def deadline(self) -> Monotonic | None:
        """When to go on; None while little is left to do."""
        summary = self._index.summary
        return self._due if summary is not None and summary.is_behind else None

    def tick(self, now: Moment, *, is_busy: bool) -> None:
        """Begin, or do what is next: not as often while it *is_busy*, that is, while records are on their way in."""
        if now.monotonic < self._due:
            return
        summary = self._index.summarise(window(now.unix, retention_seconds=self._retention_seconds).first_day)
        if summary.is_behind:
            summary.work()
            self._due = Monotonic(now.monotonic + (BUSY_INTERVAL_SECONDS if is_busy else SKETCH_INTERVAL_SECONDS))
