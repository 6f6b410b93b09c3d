"""Two clocks that never mix: one for timeouts, one for records."""

from dataclasses import dataclass
from typing import NewType

Monotonic = NewType("Monotonic", float)
"""Seconds on a clock that never jumps; its zero means nothing. For deadlines."""

UnixTime = NewType("UnixTime", int)
"""Whole seconds since 1970-01-01 UTC. For records and windows."""

MINUTE_SECONDS = 60
HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks, given to every call of a machine."""

    monotonic: Monotonic
    unix: UnixTime
