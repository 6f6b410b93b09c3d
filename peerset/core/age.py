"""Where a record stands in the window of time in which records live (docs/protocol.md, "Time")."""

from enum import Enum

from peerset.core.clock import UnixTime
from peerset.core.limits import FUTURE_SECONDS_MAX, QUARANTINE_SECONDS_MAX, RETENTION_SECONDS
from peerset.core.record import Record
from peerset.errors import AgeError


class Age(Enum):
    """What ``created_at`` says of a record at a given time; both ends of every span belong to it."""

    EXPIRED = "expired"
    """Older than the room keeps records (90 days unless the room says otherwise): refused."""
    CURRENT = "current"
    """From that age to 900 seconds (unless the room says otherwise) ahead of our clock: may be a member."""
    EARLY = "early"
    """Further ahead, but at most a day: kept aside until due, not passed on."""
    FUTURE = "future"
    """More than a day ahead: refused."""


def age_of(
    created_at: UnixTime,
    now: UnixTime,
    *,
    retention_seconds: int = RETENTION_SECONDS,
    future_seconds: int = FUTURE_SECONDS_MAX,
) -> Age:
    """Say where *created_at* stands at *now*, both in Unix seconds."""
    if created_at < now - retention_seconds:
        return Age.EXPIRED
    if created_at <= now + future_seconds:
        return Age.CURRENT
    if created_at <= now + QUARANTINE_SECONDS_MAX:
        return Age.EARLY
    return Age.FUTURE


def check_age(
    record: Record,
    now: UnixTime,
    *,
    retention_seconds: int = RETENTION_SECONDS,
    future_seconds: int = FUTURE_SECONDS_MAX,
) -> None:
    """Refuse *record* unless its age at *now* is `Age.CURRENT`; ask `age_of` to set early ones aside instead.

    Raises:
        AgeError: it is expired, early or future; the message says by how many seconds.

    """
    age = age_of(record.created_at, now, retention_seconds=retention_seconds, future_seconds=future_seconds)
    if age is Age.CURRENT:
        return
    seconds = abs(now - record.created_at)
    if age is Age.EXPIRED:
        raise AgeError(f"created {seconds} seconds ago; this room keeps records for {retention_seconds} seconds")
    raise AgeError(f"created {seconds} seconds ahead of our clock; at most {future_seconds} are allowed")
