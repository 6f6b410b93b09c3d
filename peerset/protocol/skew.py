"""How far our clock is from those of the peers, by what their hellos say, and whether it may be believed."""

import statistics
from collections.abc import Callable
from typing import Final

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, Moment, UnixTime
from peerset.core.limits import CLOCK_SKEW_SECONDS_NOTED
from peerset.core.signal import PeerId
from peerset.protocol.events import ClockSkewed
from peerset.protocol.health import Bite, Budget

PEERS_MIN: Final = 2
"""One peer's clock says nothing of ours."""
AGREED_SECONDS: Final = HOUR_SECONDS
"""Clocks so far apart at most agree on what is old."""
LEAP_SECONDS_MAX: Final = DAY_SECONDS
"""A clock that went on by more, unseen, may be wrong."""


class ClockComparison:
    """The median of what proven peers report; it warns, and never moves our clock."""

    def __init__(self) -> None:
        self._epochs: dict[PeerId, float] = {}
        """When our own monotonic clock stood at 0, by the clock of each peer: true even when our wall clock steps."""
        self._bite = Bite()
        self._epoch: float | None = None
        """The same by our own wall clock, when it was last looked at."""

    def compare(self, peer: PeerId, unix: int, now: Moment) -> ClockSkewed | None:
        """Note that *peer*'s clock says *unix*; tell once when ours seems wrong."""
        self._epochs[peer] = unix - now.monotonic
        median = self.ahead(now)
        was_skewed = self._bite.since is not None
        self._heed(median, now)
        if median is None or was_skewed or self._bite.since is None:
            return None
        close = sum(abs(ahead - median) <= CLOCK_SKEW_SECONDS_NOTED for ahead in self._aheads(now))
        return ClockSkewed(-median, len(self._epochs), is_ours=2 * close > len(self._epochs))

    def ahead(self, now: Moment) -> int | None:
        """Give the median of by how many seconds the peers' clocks are ahead of ours; None with too few peers."""
        aheads = self._aheads(now)
        return round(statistics.median(aheads)) if len(aheads) >= PEERS_MIN else None

    def has_stepped(self, now: Moment) -> bool:
        """Say whether our own wall clock was set by more than `CLOCK_SKEW_SECONDS_NOTED` since this was last asked."""
        before, self._epoch = self._epoch, now.unix - now.monotonic
        return before is not None and abs(self._epoch - before) > CLOCK_SKEW_SECONDS_NOTED

    def skew_seconds(self, now: Moment) -> int | None:
        """By how much our clock is ahead of the peers' (negative: behind); None with too few peers."""
        ahead = self.ahead(now)
        return None if ahead is None else -ahead

    def budget(self, now: Moment) -> Budget:
        """By how much our clock differs from the peers'; bites while that is worth a word."""
        median = self.ahead(now)
        self._heed(median, now)
        return self._bite.budget("clock", abs(median or 0), CLOCK_SKEW_SECONDS_NOTED)

    def forget(self, peer: PeerId) -> None:
        """Leave out a peer that is gone."""
        self._epochs.pop(peer, None)

    def _heed(self, median: int | None, now: Moment) -> None:
        if median is None or abs(median) <= CLOCK_SKEW_SECONDS_NOTED:
            self._bite.ease()
        elif self._bite.since is None:
            self._bite.bite(now.unix)

    def _aheads(self, now: Moment) -> list[int]:
        return [round(epoch + now.monotonic - now.unix) for epoch in self._epochs.values()]


class ClockTrust:
    """Says whether our clock may be believed when it says that records are old.

    *seen* is the latest time at which it was, None in a room that has nothing to lose; *peers_ahead* gives by how much
    the peers' clocks are ahead of it, None with too few peers. A clock is believed when it went on by a day at most
    since then, when the peers agree with it, or, without peers, when it has run for a day without such a leap.
    """

    def __init__(self, seen: UnixTime | None, peers_ahead: Callable[[Moment], int | None]) -> None:
        self._seen = seen
        self._peers_ahead = peers_ahead
        self._steady: Moment | None = None

    def believes(self, now: Moment) -> bool:
        """Say whether the clock is believed at *now*, and remember the time when it is."""
        since = self._steady
        if since is None or abs(now.unix - since.unix - (now.monotonic - since.monotonic)) > LEAP_SECONDS_MAX:
            since = self._steady = now
        ahead = self._peers_ahead(now)
        has_witness = now.monotonic - since.monotonic >= DAY_SECONDS if ahead is None else abs(ahead) <= AGREED_SECONDS
        is_believed = self._seen is None or now.unix <= self._seen + LEAP_SECONDS_MAX or has_witness
        if is_believed:
            self._seen = now.unix
        return is_believed
