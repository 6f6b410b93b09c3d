"""What all rooms of a node may take of the disk together: the largest give way first, and no room more than its own.

Does no I/O: `keeper.py` weighs the rooms, and lets each take what is said here.
"""

from collections.abc import Iterable
from typing import Final

from peerset.core.limits import DISK_BYTES_MIN

SLACK: Final = 8
"""While less than one part in so many is free, nothing that was given up is fetched again."""


class Purse:
    """So many bytes for all rooms."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self._level: int | None = None

    def level(self, weights: Iterable[int]) -> int:
        """Say how much any room may take at most, where they take *weights* now; at least what a room must have.

        What they take up to there fits in all. It is looked at again and again: rooms grow meanwhile.
        """
        sizes = sorted(weights)
        left = self.bytes_max - sum(sizes)
        if left < 0:
            self._level = _filled(sizes, self.bytes_max)
        elif self._level is None or left > self.bytes_max // SLACK:
            self._level = (sizes[-1] if sizes else 0) + left
        return max(self._level, DISK_BYTES_MIN)


def _filled(sizes: list[int], bytes_max: int) -> int:
    """Give the height at which *sizes*, the smallest first and each cut there, are *bytes_max* together."""
    left = bytes_max
    for number, size in enumerate(sizes):
        share = left // (len(sizes) - number)
        if size > share:
            return share
        left -= size
    return bytes_max
