"""Which signals arrived a moment ago, by whatever tracker."""

from collections.abc import Hashable
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.limits import SIGNALS_REMEMBERED_MAX

REPEAT_WINDOW_SECONDS: Final = 4.0


class RecentSignals:
    """Tells first arrivals from repeats within `REPEAT_WINDOW_SECONDS` of the first."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, Monotonic] = {}

    def is_new(self, key: Hashable, now: Monotonic) -> bool:
        """Tell whether *key* is here for the first time in the window, and remember it."""
        self._forget(now)
        if key in self._seen:
            return False
        if len(self._seen) >= SIGNALS_REMEMBERED_MAX:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = now
        return True

    def _forget(self, now: Monotonic) -> None:
        # Insertion order is order of arrival, so the old ones are in front.
        while self._seen:
            oldest = next(iter(self._seen))
            if now - self._seen[oldest] < REPEAT_WINDOW_SECONDS:
                return
            del self._seen[oldest]
