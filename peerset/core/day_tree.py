"""The tree of a window's days, whose shape the days alone define, and of which unchanged nodes are kept."""

import hashlib
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

EMPTY_NODE: Final = bytes(32)
"""H of no days at all."""
_EMPTY_RANGE: Final = hashlib.sha256(b"peerset/r1" + bytes(4)).digest()
"""R of a range without records."""
_HEAD: Final = struct.Struct(">BII32s")


@dataclass(frozen=True, slots=True)
class DayLeaf:
    """One UTC day of the day tree."""

    day: int
    count: int
    digest: bytes
    """R of the day's records below *upto*; 32 bytes."""


class DayTree:
    """The digests of the tree over *days*, midpoint-balanced: the middle one is the node, the others its sides.

    H = SHA-256(01 | u32 day | u32 count | R | H(left) | H(right)); of no days: 32 zero bytes.
    """

    def __init__(self, days: range) -> None:
        self._days = days
        self._leaves: dict[int, DayLeaf] = {}
        self._nodes = [b""] * len(days)
        """H of each node, by the place of its day."""

    def digest(self, full: Sequence[DayLeaf]) -> bytes:
        """Compute H of the whole tree, *full* being its days that have records; a day that changed costs a path."""
        first, kept = self._days.start, self._leaves
        self._leaves = {leaf.day - first: leaf for leaf in full}
        # A leaf that did not change is the same object; others may be equal ones, which costs no more than a path.
        changed = {at for at, leaf in self._leaves.items() if kept.get(at) is not leaf}
        return self._node(0, len(self._nodes), sorted(changed | (kept.keys() - self._leaves.keys())))

    def _node(self, start: int, stop: int, changed: list[int]) -> bytes:
        """Compute H of the places from *start* to *stop* - 1, *changed* of them; the height bounds the recursion."""
        if start == stop:
            return EMPTY_NODE
        middle = start + (stop - start) // 2
        if self._nodes[middle] and not changed:
            return self._nodes[middle]
        left = self._node(start, middle, changed[: bisect_left(changed, middle)])
        right = self._node(middle + 1, stop, changed[bisect_right(changed, middle) :])
        leaf, day = self._leaves.get(middle), self._days[middle]
        count, digest = (0, _EMPTY_RANGE) if leaf is None else (leaf.count, leaf.digest)
        node = self._nodes[middle] = hashlib.sha256(_HEAD.pack(1, day, count, digest) + left + right).digest()
        return node
