"""How far our clock is from those of the peers, by what their hellos say."""

import statistics

from peerset.core.limits import CLOCK_SKEW_SECONDS_NOTED
from peerset.core.signal import PeerId
from peerset.protocol.events import ClockSkewed

PEERS_MIN = 2
"""One peer's clock says nothing of ours."""


class ClockComparison:
    """The median of what proven peers report; it warns, and never moves our clock."""

    def __init__(self) -> None:
        self._offsets: dict[PeerId, int] = {}
        self._is_skewed = False

    def compare(self, peer: PeerId, ahead_seconds: int) -> ClockSkewed | None:
        """Note that *peer*'s clock is *ahead_seconds* ahead of ours; tell once when ours seems wrong."""
        self._offsets[peer] = ahead_seconds
        median = round(statistics.median(self._offsets.values()))
        was_skewed = self._is_skewed
        self._is_skewed = len(self._offsets) >= PEERS_MIN and abs(median) > CLOCK_SKEW_SECONDS_NOTED
        if self._is_skewed and not was_skewed:
            return ClockSkewed(-median, len(self._offsets))
        return None

    def forget(self, peer: PeerId) -> None:
        """Leave out a peer that is gone."""
        self._offsets.pop(peer, None)
