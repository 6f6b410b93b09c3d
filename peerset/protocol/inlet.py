"""What one neighbour may push to us: a window of bytes, renewed as what came is dealt with.

A record counts no less than `LIVE_RECORD_BYTES_MIN`, so that one number grants both bytes and records. What was
refused comes back slowly: other rules are no fault, and cost us no more than this (docs/protocol.md, "Live credit").
"""

from collections.abc import Iterable
from typing import Final

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ANNOUNCEMENTS_MAX,
    LIVE_ID_BYTES,
    LIVE_RECORD_BYTES_MIN,
    LIVE_WINDOW_BYTES,
    REFUSED_CREDIT_SECONDS,
)

QUARTER: Final = LIVE_WINDOW_BYTES // 4
"""Credit is given when so much of it is due."""
IDS_WINDOW_BYTES: Final = LIVE_WINDOW_BYTES + ANNOUNCEMENTS_MAX * LIVE_ID_BYTES
"""Ids may go further than records, so that what cannot be pushed can be told."""


class Inlet:
    """What came from one neighbour outside rounds, in bytes as they are counted, and how much of it was credited."""

    def __init__(self) -> None:
        self._taken = self._dealt = self._withheld = self._credited = 0
        self._release_due: Monotonic | None = None

    @property
    def is_dealing(self) -> bool:
        """Some of what came is still on its way through intake: the neighbour may be waiting for us."""
        return self._taken > self._dealt

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        return self._release_due

    def take_records(self, blobs: Iterable[bytes]) -> bool:
        """Count *blobs*; False, and nothing is counted, when they were never granted."""
        return self._take(sum(cost_of(0, blob) for blob in blobs), LIVE_WINDOW_BYTES)

    def take_ids(self, count: int) -> bool:
        """Count so many announced ids, which are dealt with at once; False when they were never granted."""
        return self._take(count * LIVE_ID_BYTES, IDS_WINDOW_BYTES)

    def dealt(self, size: int, refused: int, now: Moment) -> int | None:
        """Note that *size* bytes are dealt with, *refused* of them by a refusal; give the credit to tell, if any."""
        self._dealt += size
        self._withheld += refused
        if self._withheld and self._release_due is None:
            self._release_due = Monotonic(now.monotonic + REFUSED_CREDIT_SECONDS)
        return self._credit()

    def tick(self, now: Moment) -> int | None:
        """Give back a quarter of the window that refused records took, when that is due; give the credit to tell."""
        if self._release_due is None or now.monotonic < self._release_due:
            return None
        self._withheld = max(0, self._withheld - QUARTER)
        self._release_due = Monotonic(now.monotonic + REFUSED_CREDIT_SECONDS) if self._withheld else None
        return self._credit()

    def _take(self, cost: int, window: int) -> bool:
        if self._taken + cost > self._credited + window:
            return False
        self._taken += cost
        return True

    def _credit(self) -> int | None:
        due = self._dealt - self._withheld
        if due - self._credited < QUARTER:
            return None
        self._credited = due
        return due


def cost_of(number: int, blob: bytes) -> int:
    """Give what *blob* counts in the round *number*, or outside any when that is 0."""
    return len(blob) if number else max(len(blob), LIVE_RECORD_BYTES_MIN)
