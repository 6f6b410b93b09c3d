"""The digests of an index: those of whole days and quarters of an hour are kept until these change.

The digest of up to `DIGEST_IDS_MAX` records within a UTC day is a SHA-256 over their ids; that of other ranges one over
the digests of their days, or of the quarters of an hour of their day. So one record more costs those of its quarter.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from peerset.core.block import ID_BYTES, Block
from peerset.core.bucket import day_bound, day_of, last_day, last_second
from peerset.core.clock import DAY_SECONDS
from peerset.core.day_tree import DayLeaf
from peerset.core.limits import DIGEST_IDS_MAX, DIGEST_PART_SECONDS
from peerset.core.message import Bound

PARTS_PER_DAY: Final = DAY_SECONDS // DIGEST_PART_SECONDS


Piece = tuple[Block, int, int]
"""A part of a block: the positions from and up to which."""


class Pieces(Protocol):
    """The set, in the order (created_at, id)."""

    def count(self, lower: Bound, upper: Bound) -> int:
        """Count the entries from *lower* up to *upper*."""

    def pieces(self, lower: Bound, upper: Bound) -> Iterator[Piece]:
        """Give the parts of blocks that hold the entries from *lower* up to *upper*."""

    def stretch(self, start: int, stop: int) -> list[Piece]:
        """Give those of the entries from the second *start* up to *stop*, which takes less of a short time."""

    def days(self, first: int, last: int) -> list[int]:
        """List the days with entries from *first* to *last*, ascending."""


class Digests:
    """R of the ranges of a set."""

    def __init__(self, entries: Pieces) -> None:
        self.hashed_ids = 0
        """How many ids have been hashed so far."""
        self._entries = entries
        self._days: dict[int, DayLeaf] = {}
        """The whole days that were asked for since they changed last."""
        self._parts: dict[int, list[bytes | None]] = {}
        """Of days with more than `DIGEST_IDS_MAX` entries: R of each part, empty without any, None if it changed."""

    def changed(self, created_at: int) -> None:
        """Note that an entry of this time came or went."""
        day, second = divmod(created_at, DAY_SECONDS)
        self._days.pop(day, None)
        if day in self._parts:
            self._parts[day][second // DIGEST_PART_SECONDS] = None

    def forget(self, day: int) -> None:
        """Keep nothing of a day."""
        self._days.pop(day, None)
        self._parts.pop(day, None)

    def of(self, lower: Bound, upper: Bound) -> bytes:
        """Compute R of a range."""
        first, last = day_of(lower[0]), last_day(upper)
        if first >= last:
            return self.leaf(first, lower, upper).digest
        days = self._entries.days(first, last)
        leaves = [self.leaf(day, max(lower, day_bound(day)), min(upper, day_bound(day + 1))) for day in days]
        return _composed(sum([leaf.count for leaf in leaves]), [leaf.digest for leaf in leaves if leaf.count])

    def leaf(self, day: int, lower: Bound, upper: Bound) -> DayLeaf:
        """Count and digest a range within one day, which is kept if it is all of the day."""
        if lower != day_bound(day) or upper != day_bound(day + 1):
            return self._within(day, lower, upper)
        leaf = self._days.get(day)
        if leaf is None:
            leaf = self._within(day, lower, upper)
            # Only days with records are kept, so questions about empty ones cost no memory.
            if leaf.count:
                self._days[day] = leaf
        return leaf

    def _within(self, day: int, lower: Bound, upper: Bound) -> DayLeaf:
        count = self._entries.count(lower, upper)
        first, last = lower[0] // DIGEST_PART_SECONDS, last_second(upper) // DIGEST_PART_SECONDS
        if count <= DIGEST_IDS_MAX or first == last:
            return DayLeaf(day, count, self._hash(count, self._entries.pieces(lower, upper)))
        start = day * PARTS_PER_DAY
        whole = first + (lower > _part_bound(first)), last + (upper >= _part_bound(last + 1))
        kept = self._kept(start, *whole)
        ahead = self._hashes(lower, _part_bound(whole[0]))
        behind = self._hashes(_part_bound(whole[1]), upper)
        digests = [digest for _, digest in ahead] + kept + [digest for _, digest in behind]
        return DayLeaf(day, count, _composed(count, digests))

    def _kept(self, start: int, first: int, stop: int) -> list[bytes]:
        """Give R of the parts from *first* to *stop* - 1, whose day starts at the part *start*."""
        kept = self._parts.setdefault(start // PARTS_PER_DAY, [None] * PARTS_PER_DAY)
        for at in range(first, stop):
            if kept[at - start] is None:
                pieces = self._entries.stretch(at * DIGEST_PART_SECONDS, (at + 1) * DIGEST_PART_SECONDS)
                count = sum([end - begin for _, begin, end in pieces])
                kept[at - start] = self._hash(count, pieces) if count else b""
        return [digest for digest in kept[first - start : stop - start] if digest]

    def _hashes(self, lower: Bound, upper: Bound) -> Iterator[tuple[int, bytes]]:
        """Give the parts of a range that have entries, in order, each with the digest of what it has in the range."""
        if lower >= upper:
            return
        part, count, pieces = -1, 0, list[Piece]()
        for block, start, stop in self._entries.pieces(lower, upper):
            at = start
            while at < stop:
                of = block.times[at] // DIGEST_PART_SECONDS
                if of != part:
                    if count:
                        yield part, self._hash(count, pieces)
                    part, count, pieces = of, 0, []
                end = bisect_left(block.times, (of + 1) * DIGEST_PART_SECONDS, at, stop)
                pieces.append((block, at, end))
                count, at = count + end - at, end
        if count:
            yield part, self._hash(count, pieces)

    def _hash(self, count: int, pieces: Iterable[Piece]) -> bytes:
        self.hashed_ids += count
        hasher = hashlib.sha256(b"peerset/r1" + count.to_bytes(4, "big"))
        for block, start, stop in pieces:
            hasher.update(memoryview(block.ids)[start * ID_BYTES : stop * ID_BYTES])
        return hasher.digest()

    def _check(self) -> None:
        """Verify that nothing that is kept is stale, in O(n); for tests.

        Raises:
            AssertionError: something is.

        """
        fresh = Digests(self._entries)
        for day, leaf in self._days.items():
            if leaf != fresh.leaf(day, day_bound(day), day_bound(day + 1)):
                raise AssertionError(f"the kept digest of day {day} is stale")
        for day, parts in self._parts.items():
            hashed = dict(fresh._hashes(day_bound(day), day_bound(day + 1)))
            for at, digest in enumerate(parts):
                if digest not in (None, hashed.get(day * PARTS_PER_DAY + at, b"")):
                    raise AssertionError(f"the kept digest of part {at} of day {day} is stale")


def _composed(count: int, digests: list[bytes]) -> bytes:
    return hashlib.sha256(b"".join([b"peerset/r2", count.to_bytes(4, "big"), *digests])).digest()


def _part_bound(part: int) -> Bound:
    return (part * DIGEST_PART_SECONDS, b"")
