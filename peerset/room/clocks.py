"""What the clocks of this machine say: for the node, for what is written here, and for what is told of it."""

import asyncio
import time

from peerset.core.clock import UNIX_MAX, UNIX_MIN, Moment, Monotonic, UnixTime, clamped


def read_clocks() -> Moment:
    """Say when it is, by both clocks."""
    return Moment(Monotonic(asyncio.get_running_loop().time()), clamped(time.time()))


def read_unix() -> UnixTime:
    """Say when it is, to date and to expire what is written here."""
    return clamped(time.time())


def read_microseconds() -> int:
    """Say when it is, in microseconds since 1970-01-01 UTC, to date what is written here."""
    unix = time.time()
    # Within the same bounds as the dates of `read_clocks`, by the same clock.
    return int(min(max(unix, UNIX_MIN), UNIX_MAX) * 1_000_000)
