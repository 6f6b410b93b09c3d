"""What one neighbour may push to us: a window of bytes, renewed as what came is dealt with.

A record counts no less than `LIVE_RECORD_BYTES_MIN`, so that one number grants both bytes and records. After a burst
no more than `LIVE_BYTES_PER_SECOND` is renewed. What was refused comes back slowly: other rules are no fault, and cost
us no more than this (docs/protocol.md, "Live credit").
"""

import math
from collections.abc import Iterable
from typing import Final

from peerset.core.allowance import Allowance
from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ANNOUNCEMENTS_MAX,
    LIVE_BURST_SECONDS,
    LIVE_BYTES_PER_SECOND,
    LIVE_ID_BYTES,
    LIVE_RECORD_BYTES_MIN,
    LIVE_WINDOW_BYTES,
    REFUSED_CREDIT_SECONDS,
)
from peerset.protocol.deadlines import earliest

QUARTER: Final = LIVE_WINDOW_BYTES // 4
"""Credit is given when so much of it is due."""
IDS_WINDOW_BYTES: Final = LIVE_WINDOW_BYTES + ANNOUNCEMENTS_MAX * LIVE_ID_BYTES
"""Ids may go further than records, so that what cannot be pushed can be told."""


class Inlet:
    """What came from one neighbour outside rounds, in bytes as they are counted, and how much of it was credited."""

    def __init__(self) -> None:
        self._taken = self._dealt = self._withheld = self._credited = 0
        self._release_due: Monotonic | None = None
        self._allowance = Allowance(LIVE_BYTES_PER_SECOND, LIVE_BURST_SECONDS * LIVE_BYTES_PER_SECOND)
        """How much may be renewed at once; below zero, so much is renewed later."""
        self._slow_due: Monotonic | None = None

    @property
    def is_dealing(self) -> bool:
        """Some of what came is still on its way through intake: the neighbour may be waiting for us."""
        return self._taken > self._dealt

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        return earliest(self._release_due, self._slow_due)

    @property
    def is_withholding(self) -> bool:
        """Some of the credit is not given back yet, for what came was refused."""
        return self._withheld > 0

    @property
    def is_slowed(self) -> bool:
        """The neighbour brings more than is renewed at once."""
        return self._slow_due is not None

    def take_records(self, blobs: Iterable[bytes]) -> bool:
        """Count *blobs*; False, and nothing is counted, when they were never granted."""
        return self._take(sum(cost_of(0, blob) for blob in blobs), LIVE_WINDOW_BYTES)

    def take_ids(self, count: int) -> bool:
        """Count so many announced ids, which are dealt with at once; False when they were never granted."""
        return self._take(count * LIVE_ID_BYTES, IDS_WINDOW_BYTES)

    def dealt(self, size: int, refused: int, now: Moment, *, toll: int = 0) -> int | None:
        """Note that *size* bytes are dealt with, *refused* of them by a refusal; give the credit to tell, if any.

        Their work takes as long as *toll* bytes more, which are not credited, but make the next credit come later.
        """
        self._dealt += size
        self._allowance.left(now.monotonic)
        self._allowance.take(size + toll)
        self._withheld += refused
        if self._withheld and self._release_due is None:
            self._release_due = Monotonic(now.monotonic + REFUSED_CREDIT_SECONDS)
        return self._credit(now)

    def tick(self, now: Moment) -> int | None:
        """Give back a quarter of the window that refused records took, and what came too fast, when that is due."""
        if self.deadline is None or now.monotonic < self.deadline:
            return None
        if self._release_due is not None and now.monotonic >= self._release_due:
            self._withheld = max(0, self._withheld - QUARTER)
            self._release_due = Monotonic(now.monotonic + REFUSED_CREDIT_SECONDS) if self._withheld else None
        return self._credit(now)

    def _take(self, cost: int, window: int) -> bool:
        if self._taken + cost > self._credited + window:
            return False
        self._taken += cost
        return True

    def _credit(self, now: Moment) -> int | None:
        early = max(0, math.ceil(-self._allowance.left(now.monotonic)))
        due = self._dealt - self._withheld - early
        missing = QUARTER - (due - self._credited)
        is_due = missing <= 0
        if is_due:
            self._credited, missing = due, QUARTER
        self._slow_due = Monotonic(now.monotonic + missing / LIVE_BYTES_PER_SECOND) if early else None
        return due if is_due else None


def cost_of(number: int, blob: bytes) -> int:
    """Give what *blob* counts in the round *number*, or outside any when that is 0."""
    return len(blob) if number else max(len(blob), LIVE_RECORD_BYTES_MIN)
