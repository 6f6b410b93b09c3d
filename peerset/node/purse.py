"""What all rooms of a node may take together, of the disk or of channels: those that take most give way first.

Does no I/O: `keeper.py` weighs the rooms, and lets each take what is said here.
"""

from collections.abc import Iterable
from typing import Final

SLACK: Final = 8
"""While less than one part in so many is free, none that gave way gets more again."""


class Purse:
    """So much for all rooms, of which each must have *least*."""

    def __init__(self, most: int, least: int) -> None:
        self.most = most
        self._least = least
        self._level: int | None = None

    def level(self, weights: Iterable[int]) -> int:
        """Say how much any room may take at most, where they take *weights* now; at least what a room must have.

        What they take up to there fits in all. It is looked at again and again: rooms grow meanwhile.
        """
        sizes = sorted(weights)
        left = self.most - sum(sizes)
        if left < 0:
            self._level = _filled(sizes, self.most)
        elif self._level is None or left > self.most // SLACK:
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
