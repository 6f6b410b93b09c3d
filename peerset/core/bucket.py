"""Buckets: the UTC days of records, numbered from the Unix epoch, and the bounds between them."""

from peerset.core.clock import DAY_SECONDS
from peerset.core.message import Bound
from peerset.errors import ConfigError


def day_of(created_at: int) -> int:
    """Give the number of the UTC day that holds *created_at* (seconds since 1970)."""
    return created_at // DAY_SECONDS


def day_bound(day: int) -> Bound:
    """Give the bound before every record of *day*, which comes after every record of the day before."""
    return (day * DAY_SECONDS, b"")


def last_day(upper: Bound) -> int:
    """Give the last UTC day that can hold a record below *upper*."""
    return day_of(last_second(upper))


def last_second(upper: Bound) -> int:
    """Give the last second that can hold a record below *upper*."""
    seconds, prefix = upper
    return seconds if prefix else seconds - 1


def day_cuts(lower: Bound, upper: Bound, parts: int) -> list[Bound]:
    """Cut a range at midnights into at most *parts* cells of equally many days; the bounds inside, ascending."""
    first, stop = day_of(lower[0]), last_day(upper) + 1
    stride = max(1, -(-(stop - first) // max(1, parts)))
    return [day_bound(day) for day in range(first + stride, stop, stride)]


def check_bucket_seconds(bucket_seconds: int) -> int:
    """Give *bucket_seconds* back when buckets of that length fill a day.

    Raises:
        ConfigError: it is no divisor of a day (86,400 seconds).

    """
    if bucket_seconds <= 0 or DAY_SECONDS % bucket_seconds:
        raise ConfigError(f"a bucket of {bucket_seconds} seconds; it must divide a day ({DAY_SECONDS} seconds)")
    return bucket_seconds
