"""Which times a record may carry, and when old ones are collected (docs/protocol.md, "Deletion and retention")."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from peerset.core.clock import DAY_SECONDS, MINUTE_SECONDS, Moment, Monotonic, UnixTime, clamped
from peerset.core.limits import (
    COLLECTION_INTERVAL_SECONDS,
    COLLECTION_JITTER_SECONDS,
    FUTURE_SECONDS_MAX,
    RETENTION_MARGIN_PART,
    RETENTION_MARGIN_SECONDS,
    RETENTION_SECONDS,
    UPTO_LAG_SECONDS,
    WINDOW_DAYS_MAX,
    WINDOW_STEPS_BELOW_SECONDS,
)
from peerset.core.record import RecordId
from peerset.core.rules import Rules
from peerset.core.window import first_step
from peerset.errors import LocalProtocolError
from peerset.protocol.effects import Effect, Emit, Expire
from peerset.protocol.events import RecordsExpired
from peerset.protocol.inputs import Expired
from peerset.protocol.skew import ClockTrust

CLOCK_CHECK_SECONDS: Final = 60.0
"""While our clock is not believed, it is asked for again so often."""


@dataclass(frozen=True, slots=True)
class Window:
    """The times that matter at one instant; all but *first_day* in Unix seconds.

    A record grows old in steps of a margin each: first it is no longer offered, then no longer accepted, then it is
    deleted. So peers whose clocks differ by less than the margin never offer each other what they refuse.
    """

    first_day: int
    """The first UTC day, numbered from the Unix epoch, whose records are all still offered; roots begin here.

    Where records are kept for less than a week, the first step of five minutes in place of it (`first_step`).
    """
    upto: UnixTime
    """Roots end before this: what is younger may still be on its way."""
    offered_from: UnixTime
    """Records older than this are not offered to anyone."""
    kept_from: UnixTime
    """Records older than this are deleted."""
    accepted_from: UnixTime
    """Records older than this are refused."""
    accepted_until: UnixTime
    """Records newer than this are not members yet."""

    def accepts(self, created_at: int) -> bool:
        """Say whether a record of this time may be a member now."""
        return self.accepted_from <= created_at <= self.accepted_until


@lru_cache(maxsize=64)
def window(
    now: UnixTime, *, retention_seconds: int = RETENTION_SECONDS, future_seconds: int = FUTURE_SECONDS_MAX
) -> Window:
    """Compute the window at *now*; a room's rules may keep records for another time, or date them otherwise."""
    now = clamped(now)
    accepted_from = now - retention_seconds
    margin = margin_seconds(retention_seconds)
    offered_from = accepted_from + margin
    is_short = retention_seconds < WINDOW_STEPS_BELOW_SECONDS
    return Window(
        first_day=first_step(offered_from) if is_short else _first_whole_day(offered_from, now // DAY_SECONDS),
        upto=UnixTime(now - now % MINUTE_SECONDS - UPTO_LAG_SECONDS),
        offered_from=UnixTime(offered_from),
        kept_from=UnixTime(accepted_from - margin),
        accepted_from=UnixTime(accepted_from),
        accepted_until=UnixTime(now + future_seconds),
    )


def margin_seconds(retention_seconds: int) -> int:
    """Give by how much clocks may differ in a room that keeps records for so long, without a word about old records."""
    return min(RETENTION_MARGIN_SECONDS, retention_seconds // RETENTION_MARGIN_PART)


def _first_whole_day(offered_from: int, today: int) -> int:
    """Give the first of the whole days among what is offered, of as many as a window may have, or today."""
    return max(0, min(-(-offered_from // DAY_SECONDS), today), today + 2 - WINDOW_DAYS_MAX)


class BucketState(Enum):
    """The age of a whole bucket (UTC day) of records."""

    LIVE = auto()
    """Some of it may still be offered."""
    DUE = auto()
    """None of it is offered; some of it is still on disk."""
    DROPPED = auto()
    """None of it is left."""


def bucket_state(day: int, now: UnixTime, *, retention_seconds: int = RETENTION_SECONDS) -> BucketState:
    """Give the state of the bucket of UTC *day* (numbered from the Unix epoch) once collection has run."""
    end = (day + 1) * DAY_SECONDS
    current = window(now, retention_seconds=retention_seconds)
    if end > current.offered_from:
        return BucketState.LIVE
    return BucketState.DUE if end > current.kept_from else BucketState.DROPPED


class CollectionState(Enum):
    """What the collection of old records is at."""

    RESTING = auto()
    """Nothing is asked of the store until the next collection is due."""
    COLLECTING = auto()
    """The store was asked to delete and has not answered."""


TRANSITIONS: Final[Mapping[tuple[CollectionState, type[Expired]], CollectionState]] = {
    (CollectionState.COLLECTING, Expired): CollectionState.RESTING,
}


class Retention:
    """Asks for the deletion of old records: at the first tick, then every five minutes or so, one at a time.

    What had expired at the collection before, at first five minutes before the start, loses its content: within ten
    minutes, by processes that soon end as well, and readers read on first. While
    *trust* does not believe our clock nothing is deleted, for it may be wrong; it is asked again every minute.
    """

    def __init__(self, *, rng: random.Random, trust: ClockTrust, rules: Rules) -> None:
        self._rng = rng
        self._trust = trust
        self._rules = rules
        self._window_at = UnixTime(0)
        self._window = self._window_of(self._window_at)
        self._due_at = Monotonic(0.0)
        self._is_started = False
        self._collected_before = UnixTime(0)
        self._swept_until = UnixTime(0)
        """What our clock said when the last collection had come to its end; before the first, that of one before."""
        self._kept: frozenset[RecordId] = frozenset()
        self.state = CollectionState.RESTING

    def start(self, now: Moment) -> list[Effect]:
        """Collect what grew old while we were away."""
        self._is_started = True
        self._due_at = now.monotonic
        self._swept_until = UnixTime(max(0, now.unix - int(COLLECTION_INTERVAL_SECONDS)))
        return self.tick(now)

    def window(self, now: UnixTime) -> Window:
        """Compute the window at *now*, which is mostly the second that was asked for last."""
        if now != self._window_at:
            self._window, self._window_at = self._window_of(now), now
        return self._window

    @property
    def seconds(self) -> int:
        """For how long records are kept."""
        return self._rules.retention_seconds

    def _window_of(self, now: UnixTime) -> Window:
        return window(now, retention_seconds=self.seconds, future_seconds=self._rules.future_seconds)

    def receive(self, event: Expired, now: Moment) -> list[Effect]:
        """Take the store's answer.

        Raises:
            LocalProtocolError: nothing was asked.

        """
        after = TRANSITIONS.get((self.state, type(event)))
        if after is None:
            raise LocalProtocolError(f"{type(event).__name__} in {self.state.name}")
        self.state = after
        self._due_at = now.monotonic
        if not event.is_partial:
            self._swept_until = now.unix
            jitter_seconds = self._rng.uniform(-COLLECTION_JITTER_SECONDS, COLLECTION_JITTER_SECONDS)
            self._due_at = Monotonic(now.monotonic + COLLECTION_INTERVAL_SECONDS + jitter_seconds)
        # What is kept for pins alone is a member no more, though nothing is gone.
        kept = self._kept if event.kept is None else event.kept
        has_changed, self._kept = bool(event.count) or kept != self._kept, kept
        return [Emit(RecordsExpired(self._collected_before, event.count, kept))] if has_changed else []

    def tick(self, now: Moment) -> list[Effect]:
        """Ask for the next collection when it is due."""
        deadline = self.deadline
        if deadline is None or now.monotonic < deadline:
            return []
        if not self._trust.believes(now):
            self._due_at = Monotonic(now.monotonic + CLOCK_CHECK_SECONDS)
            return []
        self.state = CollectionState.COLLECTING
        self._collected_before = self.window(now.unix).kept_from
        return [Expire(self._collected_before, now.unix, min(self._swept_until, now.unix))]

    @property
    def deadline(self) -> Monotonic | None:
        """When the next collection is due; None while one runs."""
        return self._due_at if self._is_started and self.state is CollectionState.RESTING else None
