"""The index of a room's member set: digests that depend on the set alone, and the root over them.

Records rest in one AVL tree of blocks per bucket (`peerset.core.avl`); what is hashed of them is kept until it changes
(`peerset.core.digests`). The root covers one node per day, in a tree whose shape is defined by the days alone, so equal
sets have equal roots however they came to be (docs/protocol.md, "Sync").
"""

import hashlib
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from peerset.core.avl import BlockTree
from peerset.core.block import ID_BYTES, sorted_columns
from peerset.core.bucket import check_bucket_seconds, day_bound, day_cuts, day_of, last_day
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.day_tree import DayLeaf, DayTree
from peerset.core.digests import Digests, Piece
from peerset.core.limits import WINDOW_DAYS_MAX
from peerset.core.message import Bound
from peerset.core.signal import RoomTag
from peerset.core.summary import Summary
from peerset.core.window import first_bound, window_days
from peerset.errors import LocalProtocolError

_U32_MAX: Final = 2**32 - 1
DAY_TREES_KEPT: Final = 4
"""Windows of which an index keeps the tree: neighbours may keep their records for other times."""
ROOTS_KEPT: Final = 8
"""Roots that an index keeps until it changes: within a minute all neighbours ask for the same few."""


@dataclass(frozen=True, slots=True)
class RoomRoot:
    """What two peers compare first: equal roots mean equal sets."""

    count: int
    digest: bytes
    """32 bytes; messages carry the first 16."""


class Index:
    """The ids of a member set in the order (created_at, id), with digests of any range.

    *bucket_seconds* is how long a stretch of records shares one tree; no digest depends on it.

    Raises:
        ConfigError: *bucket_seconds* is no divisor of a day.

    """

    def __init__(self, *, bucket_seconds: int = DAY_SECONDS) -> None:
        self._bucket_seconds = check_bucket_seconds(bucket_seconds)
        self._trees: dict[int, BlockTree] = {}
        self._buckets: list[int] = []
        """The keys of the trees, ascending; no tree is empty."""
        self._count = 0
        """Of all entries: trees are many, and this is asked of every record that comes."""
        self._digests = Digests(self)
        self._day_trees: dict[range, DayTree] = {}
        """Those of the windows of which a root was asked for, the latest last."""
        self._roots: dict[tuple[RoomTag, int, UnixTime], RoomRoot] = {}
        """What was asked for since the last change."""
        self.shortened_ids = 0
        """How many short ids have been made of ours."""
        self.summary: Summary | None = None
        """The sketch of what is compared, once that is kept (`summarise`)."""

    @property
    def hashed_ids(self) -> int:
        """How many ids have been hashed so far; what a peer's questions cost is counted with it."""
        return self._digests.hashed_ids + self.shortened_ids

    @classmethod
    def bulk(cls, entries: Iterable[tuple[int, bytes]], *, bucket_seconds: int = DAY_SECONDS) -> "Index":
        """Build the index of (created_at, id) *entries* at once; fastest when they come sorted.

        Raises:
            ConfigError: *bucket_seconds* is no divisor of a day, or an id is not 32 bytes long.

        """
        index = cls(bucket_seconds=bucket_seconds)
        index.append(*sorted_columns(entries))
        return index

    def append(self, times: "array[int]", ids: bytes) -> None:
        """Add entries in order, given by their times and their joined ids, to an index that ends in a bucket before.

        It is for who builds one a stretch at a time, before it is used.
        """
        start = 0
        while start < len(times):
            bucket = times[start] // self._bucket_seconds
            stop = bisect_left(times, (bucket + 1) * self._bucket_seconds, start)
            self._trees[bucket] = BlockTree.from_columns(times[start:stop], ids[start * ID_BYTES : stop * ID_BYTES])
            self._buckets.append(bucket)
            start = stop
        self._count += len(times)
        self._roots.clear()

    def __len__(self) -> int:
        return self._count

    def __contains__(self, entry: tuple[int, bytes]) -> bool:
        tree = self._trees.get(entry[0] // self._bucket_seconds)
        return tree is not None and entry in tree

    @property
    def newest(self) -> int | None:
        """When the last entry was created; None when there is none."""
        last = self._trees[self._buckets[-1]] if self._buckets else None
        return None if last is None else last.select(len(last) - 1)[0]

    def add(self, created_at: int, record_id: bytes) -> bool:
        """Add an entry; say whether it was new.

        Raises:
            ConfigError: the id is not 32 bytes long.

        """
        bucket = created_at // self._bucket_seconds
        tree = self._trees.get(bucket)
        if tree is None:
            tree = BlockTree.bulk([(created_at, record_id)])
            self._trees[bucket] = tree
            insort(self._buckets, bucket)
        elif not tree.insert(created_at, record_id):
            return False
        self._count += 1
        self._changed(created_at)
        if self.summary is not None:
            self.summary.added(created_at, record_id)
        return True

    def discard(self, created_at: int, record_id: bytes) -> bool:
        """Take an entry out; say whether it was there."""
        bucket = created_at // self._bucket_seconds
        tree = self._trees.get(bucket)
        if tree is None or not tree.remove(created_at, record_id):
            return False
        self._count -= 1
        if not tree:
            self._drop(bucket)
        self._changed(created_at)
        if self.summary is not None:
            self.summary.discarded(created_at, record_id)
        return True

    def discard_before(self, before: int) -> int:
        """Take out every entry with created_at below *before*; give their number."""
        doomed = list(self._spans(_FIRST, (before, b"")))
        count = sum(stop for _, _, _, stop in doomed)
        self._count -= count
        self._roots.clear()
        for bucket, tree, _, stop in doomed:
            if stop < len(tree):
                self._trees[bucket] = BlockTree.bulk(tree.entries(stop, len(tree)))
            else:
                self._drop(bucket)
            self._digests.forget(day_of(bucket * self._bucket_seconds))
        if doomed and self.summary is not None:
            self.summary.discarded_before(before)
        return count

    def summarise(self, first_day: int) -> Summary:
        """Keep a sketch of what lies from *first_day* on, from now on."""
        if self.summary is None:
            self.summary = Summary(self, first_bound(first_day))
        self.summary.start_at(first_bound(first_day))
        return self.summary

    def count(self, lower: Bound, upper: Bound) -> int:
        """Count the entries from *lower* up to but not including *upper*."""
        return sum(stop - start for _, _, start, stop in self._spans(lower, upper))

    def ids(self, lower: Bound, upper: Bound) -> list[bytes]:
        """List the ids of the entries from *lower* up to *upper*, in order."""
        return [record_id for _, record_id in self.entries(lower, upper)]

    def entries(self, lower: Bound, upper: Bound) -> Iterator[tuple[int, bytes]]:
        """Give the entries from *lower* up to *upper*, in order; the index must not change meanwhile."""
        for block, first, end in self.pieces(lower, upper):
            for position in range(first, end):
                yield block.entry(position)

    def has_any(self, lower: Bound, upper: Bound) -> bool:
        """Say whether there are entries from *lower* up to *upper*; it takes less than to count them."""
        return next(self.pieces(lower, upper), None) is not None

    def bound(self, lower: Bound, upper: Bound, rank: int) -> Bound:
        """Give the bound in a range that *rank* of its entries come before, as long as it has more."""
        spans = list(self._spans(lower, upper))
        return _select(spans, _offsets(spans), rank)

    def pieces(self, lower: Bound, upper: Bound) -> Iterator[Piece]:
        """Give the parts of blocks that hold the entries from *lower* up to *upper*, in order."""
        first = bisect_left(self._buckets, lower[0] // self._bucket_seconds)
        stop = bisect_right(self._buckets, upper[0] // self._bucket_seconds)
        for bucket in self._buckets[first:stop]:
            yield from self._trees[bucket].between(lower, upper)

    def stretch(self, start: int, stop: int) -> list[Piece]:
        """Give the parts of blocks that hold the entries from the second *start* up to *stop*, in order."""
        seconds = self._bucket_seconds
        if start // seconds != (stop - 1) // seconds:
            return list(self.pieces((start, b""), (stop, b"")))
        tree = self._trees.get(start // seconds)
        return [] if tree is None else tree.stretch(start, stop)

    def days(self, first: int, last: int) -> list[int]:
        """List the UTC days with entries from *first* to *last*, ascending."""
        seconds = self._bucket_seconds
        start, stop = (bisect_left(self._buckets, day * DAY_SECONDS // seconds) for day in (first, last + 1))
        if seconds == DAY_SECONDS:
            return self._buckets[start:stop]
        return list(dict.fromkeys(bucket * seconds // DAY_SECONDS for bucket in self._buckets[start:stop]))

    def digest(self, lower: Bound, upper: Bound) -> bytes:
        """Compute R of a range (docs/protocol.md, "Digests")."""
        return self._digests.of(lower, upper)

    def cut(self, lower: Bound, upper: Bound, parts: int) -> list[Bound]:
        """Give the bounds that cut a range into at most *parts*: ascending, strictly inside.

        A range of several UTC days is cut at midnights, so that its parts have kept digests; one within a day at
        equal ranks, each bound with the shortest id prefix that separates its neighbours.
        """
        if last_day(upper) > day_of(lower[0]):
            return day_cuts(lower, upper, parts)
        spans = list(self._spans(lower, upper))
        offsets = _offsets(spans)
        parts = min(parts, offsets[-1])
        ranks = [offsets[-1] * number // parts for number in range(1, parts)]
        return [_bound_between(*(_select(spans, offsets, at) for at in (rank - 1, rank))) for rank in ranks]

    def root(self, room_tag: RoomTag, first_day: int, upto: UnixTime) -> RoomRoot:
        """Compute the root of the days from *first_day*, over records with created_at below *upto*.

        Raises:
            LocalProtocolError: the window is longer than `WINDOW_DAYS_MAX` days or does not fit 32 bits.

        """
        asked = room_tag, first_day, upto
        root = self._roots.get(asked)
        if root is None:
            root = self._roots[asked] = self._compute_root(*asked)
            if len(self._roots) > ROOTS_KEPT:
                del self._roots[next(iter(self._roots))]
        return root

    def _compute_root(self, room_tag: RoomTag, first_day: int, upto: UnixTime) -> RoomRoot:
        days, start = window_days(first_day, upto), first_bound(first_day)
        if first_day < 0 or upto > _U32_MAX or len(days) > WINDOW_DAYS_MAX:
            raise LocalProtocolError(f"a window from day {first_day} to {upto}; at most {WINDOW_DAYS_MAX} days")
        # Most days of a long window are empty, and cost no look into the trees.
        full = self.days(days.start, days.stop - 1)
        bounds = [(max(start, day_bound(day)), min((upto, b""), day_bound(day + 1))) for day in full]
        leaves = [self._digests.leaf(day, *each) for day, each in zip(full, bounds, strict=True)]
        return root_over(room_tag, first_day, upto, leaves, tree=self._day_tree(days))

    def _day_tree(self, days: range) -> DayTree:
        tree = self._day_trees.pop(days, None) or DayTree(days)
        if len(self._day_trees) == DAY_TREES_KEPT:
            del self._day_trees[next(iter(self._day_trees))]
        self._day_trees[days] = tree
        return tree

    def day_counts(self) -> list[tuple[int, int]]:
        """List (UTC day, number of entries) of the days that have any, ascending."""
        counts: dict[int, int] = {}
        for bucket in self._buckets:
            day = day_of(bucket * self._bucket_seconds)
            counts[day] = counts.get(day, 0) + len(self._trees[bucket])
        return list(counts.items())

    def _spans(self, lower: Bound, upper: Bound) -> Iterator["_Span"]:
        """Give the trees that hold entries of a range, each with the ranks of the first and past the last."""
        first = bisect_left(self._buckets, lower[0] // self._bucket_seconds)
        stop_bucket = bisect_right(self._buckets, upper[0] // self._bucket_seconds)
        for bucket in self._buckets[first:stop_bucket]:
            tree, seconds = self._trees[bucket], bucket * self._bucket_seconds
            start = 0 if lower <= (seconds, b"") else tree.rank(lower)
            stop = len(tree) if (seconds + self._bucket_seconds, b"") <= upper else tree.rank(upper)
            if start < stop:
                yield bucket, tree, start, stop

    def _changed(self, created_at: int) -> None:
        self._digests.changed(created_at)
        self._roots.clear()

    def _drop(self, bucket: int) -> None:
        del self._trees[bucket]
        del self._buckets[bisect_left(self._buckets, bucket)]

    def _check(self) -> None:
        """Verify every invariant in O(n); for tests.

        Raises:
            AssertionError: the index is broken.

        """
        if self._buckets != sorted(self._trees):
            raise AssertionError("buckets and trees disagree")
        for bucket, tree in self._trees.items():
            tree._check()
            if not tree or {created_at // self._bucket_seconds for created_at, _ in tree.entries(0, len(tree))} != {
                bucket
            }:
                raise AssertionError(f"bucket {bucket} is empty or holds another's entries")
        if self._count != sum(map(len, self._trees.values())):
            raise AssertionError(f"{self._count} entries are counted")
        self._digests._check()


def root_over(
    room_tag: RoomTag, first_day: int, upto: UnixTime, leaves: Sequence[DayLeaf], *, tree: DayTree
) -> RoomRoot:
    """Compute the root of a window whose days with records are *leaves*, over the *tree* of all its days."""
    total = sum([leaf.count for leaf in leaves])
    head = b"peerset/root1" + room_tag + _u32(first_day) + _u32(upto) + _u32(total)
    return RoomRoot(total, hashlib.sha256(head + tree.digest(leaves)).digest())


_Span = tuple[int, BlockTree, int, int]
"""A bucket, its tree, and the ranks in it from which and up to which a range reaches."""

_FIRST: Final[Bound] = (0, b"")


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _offsets(spans: list[_Span]) -> list[int]:
    """Give how many entries come before each of *spans*, and at last how many there are."""
    return list(accumulate((stop - start for _, _, start, stop in spans), initial=0))


def _select(spans: list[_Span], offsets: list[int], rank: int) -> tuple[int, bytes]:
    """Give the entry with *rank* others before it in *spans*, each of which has *offsets* before it."""
    number = bisect_right(offsets, rank) - 1
    _, tree, start, _ = spans[number]
    return tree.select(start + rank - offsets[number])


def _bound_between(below: tuple[int, bytes], above: tuple[int, bytes]) -> Bound:
    """Give the shortest bound that comes after *below* and not after *above*."""
    if below[0] < above[0]:
        return (above[0], b"")
    shared = 0
    while below[1][shared] == above[1][shared]:
        shared += 1
    return (above[0], above[1][: shared + 1])
