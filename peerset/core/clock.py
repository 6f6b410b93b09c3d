"""Two clocks that never mix: one for timeouts, one for records."""

from dataclasses import dataclass
from typing import Final, NewType

Monotonic = NewType("Monotonic", float)
"""Seconds on a clock that never jumps; its zero means nothing. For deadlines."""

UnixTime = NewType("UnixTime", int)
"""Whole seconds since 1970-01-01 UTC. For records and windows."""

MINUTE_SECONDS = 60
HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400

UNIX_MIN: Final = DAY_SECONDS
UNIX_MAX: Final = (2**32 // DAY_SECONDS - 1) * DAY_SECONDS - 1
"""The dates between which windows fit 32 bits: a day after 1970 began, and a day before the last whole one of 2106."""


def clamped(unix: float) -> UnixTime:
    """Give the whole second of *unix* that records and windows are dated by: a clock without power says 1970."""
    return UnixTime(min(max(int(unix), UNIX_MIN), UNIX_MAX))


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks, given to every call of a machine; the second one is `clamped`."""

    monotonic: Monotonic
    unix: UnixTime
