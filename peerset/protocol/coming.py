"""The records that came and are on their way through intake, and who has them."""

from collections import OrderedDict
from dataclasses import dataclass

from peerset.core.clock import Monotonic
from peerset.core.limits import PULL_PATIENCE_SECONDS, RECENT_RECORDS_MAX
from peerset.core.signal import PeerId


@dataclass(slots=True)
class Coming:
    """One of them."""

    due: Monotonic
    """When to believe no longer that it comes through."""
    holders: set[PeerId]


class Comings:
    """At most `RECENT_RECORDS_MAX` of them and those that came last, by what their ids begin with."""

    def __init__(self) -> None:
        self._comings: OrderedDict[bytes, Coming] = OrderedDict()

    def get(self, prefix: bytes) -> Coming | None:
        """Give the one whose id begins with *prefix*."""
        return self._comings.get(prefix)

    def begin(self, prefix: bytes, holders: set[PeerId], now: Monotonic) -> None:
        """Take that one came which *holders* have."""
        self._comings[prefix] = Coming(Monotonic(now + PULL_PATIENCE_SECONDS), holders)

    def end(self, prefix: bytes) -> Coming | None:
        """Take one out, if it is here: it came through."""
        return self._comings.pop(prefix, None)

    def forget(self, now: Monotonic) -> None:
        """Let go of what did not come through in time, and of the oldest of too many."""
        while self._comings:
            oldest = next(iter(self._comings.values()))
            if len(self._comings) <= RECENT_RECORDS_MAX and oldest.due > now:
                return
            self._comings.popitem(last=False)
