"""When rounds of sync with one peer are due, and how often the peer may open them."""

import random
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import MINUTE_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import (
    ROOT_INTERVAL_SECONDS,
    ROOT_QUIET_SECONDS,
    ROUND_BACKOFF_MAX_SECONDS,
    ROUND_BURST_MAX,
    ROUND_INTERVAL_SECONDS,
    ROUND_SETTLE_SECONDS,
    ROUNDS_AT_ONCE_MAX,
    UPTO_LAG_SECONDS,
)
from peerset.protocol.deadlines import earliest

COMPARED_AFTER_SECONDS: Final = UPTO_LAG_SECONDS + MINUTE_SECONDS
"""A record is compared in every round that begins so long after it was written."""


NOTHING_COMPARED: Final = UnixTime(0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a round ended."""

    is_equal: bool = False
    is_same: bool = False
    """It ended equal by the digests, not by what we know of the peer."""
    gained: int = 0
    """Records of the peer that were new here."""
    given: int = 0
    """Records that the peer was sent; it may have refused them all."""
    other_count: int = 0
    """How many the peer said to have when the round began."""
    is_cut: bool = False
    """Ranges were left for the next round."""
    upto: UnixTime = NOTHING_COMPARED
    """Records with a created_at below this were compared."""


class Pace:
    """Settled peers compare what is new once it aged; progress is followed up at once; fruitless rounds back off."""

    def __init__(self, *, is_initiator: bool, rng: random.Random) -> None:
        self.due: Monotonic | None = None
        """When to open a round (the initiator) or to invite one (the other)."""
        self.is_full = True
        """The next round compares the youngest records too."""
        self.is_by_days = False
        """The last round brought nothing, and left the sets apart: a sketch may not show why."""
        self.fruitless = 0
        """So many rounds in a row ended unequal, and brought neither side anything that it kept."""
        self._is_initiator = is_initiator
        self._rng = rng
        self._opened = Monotonic(0.0)
        self._at_once = 0
        self._other_count = -1
        """How many records the peer had before the last round that ended unequal."""
        self._allowance = float(ROUND_BURST_MAX)
        self._refilled = Monotonic(0.0)
        self._is_apart = False
        """The last round ended unequal."""
        self._has_moved = False
        """A set changed since then."""
        self._newest = self._under_way = UnixTime(0)
        """When the newest was written, 0 for none, of what came since a round that compared it and ended equal.

        What is under way came before the round that is open; only that can it have compared.
        """

    def ask(self, now: Moment) -> None:
        """Note that somebody waits to know how the sets stand: compare as soon as may be, with the youngest too."""
        self._hasten(Monotonic(max(now.monotonic, self._opened + ROUND_SETTLE_SECONDS)))

    def poke(self, now: Moment) -> None:
        """Note that our set grew by records that nobody announces: compare soon, with the youngest too."""
        self._hasten(Monotonic(max(now.monotonic, self._opened + ROUND_INTERVAL_SECONDS)))

    def _hasten(self, due: Monotonic) -> None:
        self.due = due if self.due is None else min(due, self.due)
        self.is_full = True

    def added(self, now: Moment, newest: UnixTime) -> None:
        """Note that our set grew by records, the *newest* of this time, which the peer may have missed."""
        self._newest = max(self._newest, newest)
        if not self._is_apart:
            self._plan(now)

    def moved(self, now: Moment) -> None:
        """Note that a set changed: what makes a round end unequal, or made the last one, may be what came in."""
        self._has_moved = True
        due = Monotonic(max(now.monotonic, self._opened + ROUND_SETTLE_SECONDS))
        is_late = self.due is None or due < self.due
        if self._is_apart and is_late and self._at_once < ROUNDS_AT_ONCE_MAX:
            self._at_once += 1
            self.due = due
            self.is_full = True

    def opened(self, now: Moment) -> None:
        """Note that a round, or an invitation to one, began."""
        self._opened = now.monotonic
        self._under_way, self._newest = max(self._under_way, self._newest), UnixTime(0)
        self.due = None
        self.is_full = False

    def ended(self, now: Moment, outcome: Outcome) -> None:
        """Note how a round ended, and set when the next one is due."""
        self.is_by_days = not (outcome.is_same or outcome.gained or outcome.given)
        # What was left open may be young, so the next round leaves nothing out.
        self.is_full = self.is_full or not outcome.is_equal
        wait = self._wait(outcome)
        planned = Monotonic(now.monotonic + wait) if self._is_initiator else None
        # What was to be compared soon may have come too late for this round.
        poked = None if outcome.is_equal else self.due
        self.due = earliest(planned, poked)
        self._is_apart = not outcome.is_equal
        if outcome.is_equal and self._under_way < outcome.upto:
            self._under_way = UnixTime(0)
        self._newest, self._under_way = max(self._newest, self._under_way), UnixTime(0)
        if outcome.is_equal:
            self._plan(now)
        if self._has_moved:
            self.moved(now)
        self._has_moved = False

    def admits(self, now: Moment) -> bool:
        """Say whether the peer may open one more round now: one a second, `ROUND_BURST_MAX` at once."""
        self._allowance = min(self._allowance + now.monotonic - self._refilled, ROUND_BURST_MAX) - 1
        self._refilled = now.monotonic
        return self._allowance >= 0

    def _plan(self, now: Moment) -> None:
        """Compare what is new when it is old enough for that, as the initiator; else invite to that if nobody does."""
        if not self._newest:
            return
        # What is dated ahead keeps nothing else from being compared.
        age = max(0, min(0, self._newest - now.unix) + COMPARED_AFTER_SECONDS)
        wait = age + ROOT_INTERVAL_SECONDS * (1 if self._is_initiator else 2)
        due = Monotonic(now.monotonic + wait)
        self.due = due if self.due is None else min(due, self.due)

    def _wait(self, outcome: Outcome) -> float:
        """Give how many seconds to wait after a round that ended so, and keep count."""
        if outcome.is_equal:
            self.fruitless = self._at_once = 0
            self._other_count = -1
            return ROOT_QUIET_SECONDS * self._rng.uniform(0.9, 1.1)
        # What was given is progress as long as the peer keeps it: with other rules it refuses the same each time.
        is_kept = outcome.other_count > self._other_count
        has_progress = outcome.gained > 0 or (outcome.given > 0 and is_kept)
        self._other_count = outcome.other_count
        if has_progress:
            self.fruitless = 0
        if (has_progress or outcome.is_cut) and self._at_once < ROUNDS_AT_ONCE_MAX:
            self._at_once += 1
            return 0.0
        if has_progress:
            return ROUND_INTERVAL_SECONDS
        self.fruitless += 1
        return min(ROUND_INTERVAL_SECONDS * 2.0 ** min(self.fruitless, 10), ROUND_BACKOFF_MAX_SECONDS)
