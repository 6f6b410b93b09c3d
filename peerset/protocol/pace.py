"""When rounds of sync with one peer are due, and how often the peer may open them."""

import random

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ROOT_INTERVAL_SECONDS,
    ROUND_BACKOFF_MAX_SECONDS,
    ROUND_BURST_MAX,
    ROUND_INTERVAL_SECONDS,
    ROUNDS_AT_ONCE_MAX,
)


class Pace:
    """Settled peers compare every half minute; progress is followed up at once; fruitless rounds back off."""

    def __init__(self, *, is_initiator: bool, rng: random.Random) -> None:
        self.due: Monotonic | None = None
        """When to open a round (the initiator) or to invite one (the other)."""
        self.is_full = True
        """The next round compares the youngest records too."""
        self._is_initiator = is_initiator
        self._rng = rng
        self._opened = Monotonic(0.0)
        self._fruitless = 0
        self._at_once = 0
        self._allowance = float(ROUND_BURST_MAX)
        self._refilled = Monotonic(0.0)

    def poke(self, now: Moment) -> None:
        """Note that our set grew by records that nobody announces: compare soon, with the youngest too."""
        due = Monotonic(max(now.monotonic, self._opened + ROUND_INTERVAL_SECONDS))
        self.due = due if self.due is None else min(due, self.due)
        self.is_full = True

    def opened(self, now: Moment) -> None:
        """Note that a round, or an invitation to one, began."""
        self._opened = now.monotonic
        self.due = None
        self.is_full = False

    def ended(self, now: Moment, *, is_equal: bool, has_progress: bool) -> None:
        """Note how a round ended, and set when the next one is due."""
        # What was left open may be young, so the next round leaves nothing out.
        self.is_full = self.is_full or not is_equal
        if is_equal:
            self._fruitless = self._at_once = 0
            wait = ROOT_INTERVAL_SECONDS * self._rng.uniform(0.9, 1.1)
        elif has_progress and self._at_once < ROUNDS_AT_ONCE_MAX:
            self._at_once += 1
            wait = 0.0
        else:
            self._fruitless += 1
            wait = min(ROUND_INTERVAL_SECONDS * 2 ** min(self._fruitless, 10), ROUND_BACKOFF_MAX_SECONDS)
        planned = Monotonic(now.monotonic + wait) if self._is_initiator else None
        # What was to be compared soon may have come too late for this round.
        poked = None if is_equal else self.due
        self.due = min((due for due in (planned, poked) if due is not None), default=None)

    def admits(self, now: Moment) -> bool:
        """Say whether the peer may open one more round now: one a second, `ROUND_BURST_MAX` at once."""
        self._allowance = min(self._allowance + now.monotonic - self._refilled, ROUND_BURST_MAX) - 1
        self._refilled = now.monotonic
        return self._allowance >= 0
