"""What happened lately to whom."""

from collections import OrderedDict
from typing import Final

from peerset.core.clock import Monotonic

LONG_AGO: Final = Monotonic(float("-inf"))


class Recently:
    """What happened when, the latest last, for so many *seconds* and no more than so many."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._at: OrderedDict[str, Monotonic] = OrderedDict()

    def note(self, name: str, now: Monotonic) -> None:
        """Note that it happened to *name*."""
        self._at[name] = now
        self._at.move_to_end(name)
        self.forget(now)

    def forget(self, now: Monotonic) -> int:
        """Let go of what is long ago; give how many are left."""
        while self._at and (len(self._at) > self._most or next(iter(self._at.values())) <= now - self._seconds):
            self._at.popitem(last=False)
        return len(self._at)

    def has(self, name: str, now: Monotonic) -> bool:
        """Say whether it happened to *name* lately."""
        return self._at.get(name, LONG_AGO) > now - self._seconds

    def names(self, now: Monotonic) -> list[str]:
        """Give those that it happened to lately."""
        self.forget(now)
        return list(self._at)
