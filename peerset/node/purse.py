"""What all rooms of a node may take together, of the disk or of channels: those that take most give way first.

Does no I/O: `keeper.py` weighs the rooms, and lets each take what is said here.
"""

from collections.abc import Iterable
from typing import Final

from peerset.core.clock import UnixTime
from peerset.protocol.health import Bite, Budget

SLACK: Final = 8
"""While less than one part in so many is free, none that gave way gets more again."""


class Purse:
    """So much for all rooms, of which each must have *least*."""

    def __init__(self, most: int, least: int) -> None:
        self.most = most
        self._least = least
        self._level: int | None = None
        self._used = 0
        self._bite = Bite()

    def budget(self, name: str) -> Budget:
        """Show it as the budget *name*: what was taken when it was weighed last; bites while that is too much."""
        return self._bite.budget(name, self._used, self.most)

    def level(self, weights: Iterable[int], at: UnixTime, *, most: int | None = None) -> int:
        """Say how much any room may take at most, where they take *weights* now; at least what a room must have.

        For now all may have *most*, where that is less than usual.

        What they take up to there fits in all. It is looked at again and again: rooms grow meanwhile.
        """
        most = self.most if most is None else min(most, self.most)
        sizes = sorted(weights)
        self._used = sum(sizes)
        left = most - self._used
        if left < 0:
            self._level = _filled(sizes, most)
            self._bite.bite(at)
        else:
            self._bite.ease()
            if self._level is None or left > most // SLACK:
                self._level = (sizes[-1] if sizes else 0) + left
        return max(self._level, self._least)


def _filled(sizes: list[int], most: int) -> int:
    """Give the height at which *sizes*, the smallest first and each cut there, are *most* together."""
    left = most
    for number, size in enumerate(sizes):
        share = left // (len(sizes) - number)
        if size > share:
            return share
        left -= size
    return most
