"""Which days two peers compare: those that the rules, the clocks and the windows of both have in common."""

from typing import TypeAlias

from peerset.core.clock import DAY_SECONDS, UnixTime, clamped
from peerset.core.limits import FUTURE_SECONDS_MAX, RETENTION_SECONDS, RETENTION_SECONDS_MIN, WINDOW_STEPS_FROM
from peerset.core.message import Root
from peerset.core.window import first_step, start_of
from peerset.protocol.lightness import Lightness
from peerset.protocol.retention import window
from peerset.protocol.round import is_window

Span: TypeAlias = tuple[int, UnixTime]
"""The first UTC day that is compared, or the step in one, and the time up to which, not included."""


def everything(now: UnixTime) -> UnixTime:
    """Give the upper bound that leaves no record out: the end of tomorrow, UTC."""
    return UnixTime((clamped(now) // DAY_SECONDS + 2) * DAY_SECONDS)


class Horizon:
    """The windows of one session, over what both sides keep: *theirs* is what the peer's hello says, if anything."""

    def __init__(
        self, ours: int = RETENTION_SECONDS, theirs: int = RETENTION_SECONDS, lightness: Lightness | None = None
    ) -> None:
        self._lightness = lightness or Lightness()
        self._retention_seconds = max(RETENTION_SECONDS_MIN, min(ours, theirs))

    def opening(self, now: UnixTime, *, is_full: bool) -> Span:
        """Give what a round compares that we open or ask for."""
        ours = window(now, retention_seconds=self._retention_seconds)
        first_day = max(ours.first_day, self._lightness.first_day, key=start_of)
        # Just after midnight nothing of today is a minute old yet, and a room may keep no other day.
        if is_full or not is_window(first_day, ours.upto):
            return first_day, everything(now)
        return first_day, ours.upto

    def answering(self, root: Root, now: UnixTime) -> Span | None:
        """Give what a round compares that the peer opens; None when not one day is in both windows."""
        ours, _ = self.opening(now, is_full=True)
        # A clock that is behind begins earlier; what it may name as well we accept.
        first = ours - 1 if ours < WINDOW_STEPS_FROM else first_step(now - self._retention_seconds)
        first_day = max(root.first_day, first, key=start_of)
        soon = UnixTime(now + FUTURE_SECONDS_MAX)
        upto = root.upto if root.upto <= max(soon, everything(soon)) else everything(now)
        return (first_day, upto) if is_window(first_day, upto) else None
