"""Which ranges of two sets differ: the answers to the peer's `Days` and `Ranges`, without any state of a session.

A range is open while both sides have records in it and their fingerprints differ. Each answer either lists an
open range, which the next answer ends, or cuts it into smaller ones; what an answer does not mention is finished
(docs/protocol.md, "Sync"). Everything on the wire is keyed by the session's salt, so nothing that collides there
can be prepared.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.merkle import Index
from peerset.core.message import Bound, Days, Fingerprint, IdList, RangeItem, Skip
from peerset.core.packing import LISTED_ID_BYTES
from peerset.core.record import RecordId
from peerset.core.window import first_bound, window_cell, window_days

SALT_BYTES: Final = 16
KEYED_BYTES: Final = 8

ITEM_BYTES: Final = 16
"""What a fingerprint, or a list beside its ids, is counted as."""
FINGERPRINTS_PART: Final = 3
"""Fingerprints take at most this part of a budget, so that the lists they lead to fit as well."""
ANSWER_BYTES: Final = 1_100
"""What an answer should fill: one packet."""
FINGERPRINT_ITEM_BYTES: Final = 11
BRANCHES_MIN: Final = 16
BRANCHES_MAX: Final = 64
RECORDS_PER_BRANCH_MIN: Final = 16
"""Of smaller parts, fingerprints and the heads of lists cost more than the ids they spare, where much differs."""
LISTED_MIN: Final = 48
LISTED_MAX: Final = 96
LUMP_PARTS: Final = 16
"""Counts that differ by more than this part of them speak of a whole stretch missing, not of scattered records."""


class Budget:
    """How many bytes of ranges a side may still say in a round, and from where on they are left for the next one."""

    def __init__(self, bytes_max: int, resume: Bound | None = None) -> None:
        self.bytes_left = bytes_max
        self.left: Bound | None = None
        """The lower bound of the first range that was left for another round."""
        self._resume = resume
        self._fingerprints_left = bytes_max // FINGERPRINTS_PART
        # Apart, for they answer the peer's lists: what it may list can be asked for, however much we list ourselves.
        self._wants_left = bytes_max // LISTED_ID_BYTES

    def lists(self, lower: Bound, upper: Bound, count: int) -> bool:
        """Say whether a list of *count* ids may answer a range, and count it."""
        return self._admits(lower, upper, ITEM_BYTES + LISTED_ID_BYTES * count, self.bytes_left)

    def cuts(self, lower: Bound, upper: Bound, parts: int) -> bool:
        """Say whether so many fingerprints may answer a range, and count them; lists are to follow, and need more."""
        size = ITEM_BYTES * parts
        is_admitted = self._admits(lower, upper, size, min(self._fingerprints_left, self.bytes_left))
        self._fingerprints_left -= size * is_admitted
        return is_admitted

    def wants(self, lower: Bound, count: int) -> int:
        """Give how many of *count* records, listed from *lower* on, may be asked for, and count them."""
        admitted = min(count, self._wants_left)
        self._wants_left -= admitted
        if admitted < count:
            self.left = min(self.left or lower, lower)
        return admitted

    def _admits(self, lower: Bound, upper: Bound, size: int, most: int) -> bool:
        if self._resume is not None and upper <= self._resume:
            return False
        if self.left is not None and lower >= self.left:
            return False
        if size > most:
            self.left = lower
            return False
        self.bytes_left -= size
        return True


@dataclass(frozen=True, slots=True)
class Share:
    """Some of our records in a range: they are looked up when their turn comes, and take no memory before."""

    lower: Bound
    upper: Bound
    short_ids: bytes = b""
    """Listed ids, one after the other."""
    is_named: bool = False
    """Those that *short_ids* name, instead of all others."""

    @property
    def names(self) -> list[bytes]:
        """The listed ids."""
        return [self.short_ids[at : at + LISTED_ID_BYTES] for at in range(0, len(self.short_ids), LISTED_ID_BYTES)]

    def draw(self, index: Index, salt: bytes, most: int) -> tuple[list[tuple[int, RecordId]], "Share | None"]:
        """Look at the next *most* records of the range; give those that are meant, and what remains."""
        entries = [(at, RecordId(each)) for at, each in islice(index.entries(self.lower, self.upper), most)]
        meant = entries
        if self.short_ids or self.is_named:
            names = frozenset(self.names)
            meant = [entry for entry in entries if (listed_id(salt, entry[1]) in names) is self.is_named]
        if len(entries) < most:
            return meant, None
        created_at, last = entries[-1]
        return meant, replace(self, lower=(created_at, last + b"\0"))


@dataclass(frozen=True, slots=True)
class Step:
    """What to send, and what has been found out, after one message of the peer."""

    items: tuple[RangeItem, ...] = ()
    """The answer; empty when nothing is left to compare."""
    opened: tuple[tuple[Bound, Bound], ...] = ()
    """The ranges that *items* leave open, in order: these the peer may answer."""
    listed: tuple[Share, ...] = ()
    """The ranges that *items* list, each with the short ids given, for the `Want` that may come back."""
    wanted: tuple[bytes, ...] = ()
    """Short ids of records that the peer has and we lack, in the order in which they were listed."""
    pushed: tuple[Share, ...] = ()
    """Records that we have and the peer lacks."""

    @property
    def is_over(self) -> bool:
        """Say whether *items* leave no range open: no `Ranges` will be needed after them, at most `Want`."""
        return not self.opened


def make_salt(nonce_a: bytes, nonce_b: bytes) -> bytes:
    """Derive the 16-byte salt of a session from both sides' nonces, in either order."""
    smaller, larger = sorted((nonce_a, nonce_b))
    return hashlib.sha256(b"peerset/salt1" + smaller + larger).digest()[:SALT_BYTES]


def fingerprint(salt: bytes, digest: bytes) -> bytes:
    """Key the digest of a range: the 8 bytes that go on the wire."""
    return hashlib.sha256(b"peerset/fp1" + salt + digest).digest()[:KEYED_BYTES]


def short_id(salt: bytes, record_id: bytes) -> bytes:
    """Key the id of a record: the 8 bytes by which it is told from all others."""
    return hashlib.sha256(b"peerset/sid1" + salt + record_id).digest()[:KEYED_BYTES]


def listed_id(salt: bytes, record_id: bytes) -> bytes:
    """Give the first 5 of these bytes, by which it is told from the others of a range that is listed."""
    return short_id(salt, record_id)[:LISTED_ID_BYTES]


def day_cells(
    index: Index, salt: bytes, *, first_day: int, upto: UnixTime, cell_days: int
) -> tuple[tuple[int, bytes], ...]:
    """Give (count, fingerprint) of each cell of *cell_days* days; the last one ends at *upto*."""
    count = len(window_days(first_day, upto)[::cell_days])
    return tuple(_cell(index, salt, *window_cell(first_day, at, cell_days, upto)) for at in range(count))


def open_cells(days: Days) -> list[tuple[Bound, Bound]]:
    """Give the ranges that *days* leaves open: its cells that have records."""
    ranges = [
        window_cell(days.first_day, number, days.cell_days, days.upto)
        for number, (count, _) in enumerate(days.cells)
        if count
    ]
    return [(lower, upper) for lower, upper in ranges if lower < upper]


def compare_days(index: Index, salt: bytes, days: Days, budget: Budget) -> Step:
    """Answer the peer's overview by days."""
    answer = _Answer(index, salt, first_bound(days.first_day), budget)
    gaps = []
    for number, (other_count, other_fingerprint) in enumerate(days.cells):
        lower, upper = window_cell(days.first_day, number, days.cell_days, days.upto)
        if lower >= upper:
            break
        count, own_fingerprint = _cell(index, salt, lower, upper)
        if other_count == 0:
            answer.push(lower, upper)
        elif (count, own_fingerprint) != (other_count, other_fingerprint):
            gaps.append(_Gap(lower, upper, count, other_count))
    answer.narrow(gaps)
    return answer.step()


def compare_ranges(
    index: Index, salt: bytes, lower: Bound, items: Iterable[RangeItem], budget: Budget, reached: Bound | None = None
) -> Step:
    """Answer the peer's ranges, the first of which begins at *lower*, with an answer that so far *reached* there."""
    answer = _Answer(index, salt, lower if reached is None else reached, budget)
    gaps = []
    for item in items:
        if isinstance(item, IdList):
            answer.settle(lower, item.upper, item.short_ids)
        elif isinstance(item, Fingerprint) and _differs(index, salt, lower, item):
            gaps.append(_Gap(lower, item.upper, index.count(lower, item.upper)))
        lower = item.upper
    answer.narrow(gaps)
    return answer.step()


@dataclass(frozen=True, slots=True)
class _Gap:
    """A range in which the two sides differ."""

    lower: Bound
    upper: Bound
    count: int
    """How many records we have in it."""
    other_count: int | None = None
    """How many the peer says it has, when it said so."""

    @property
    def is_scattered(self) -> bool:
        """Say whether the counts are so close that few records make the difference."""
        if self.other_count is None:
            return False
        return abs(self.count - self.other_count) * LUMP_PARTS < min(self.count, self.other_count)


class _Answer:
    """Collects what a step says; each item begins where the one before it ended."""

    def __init__(self, index: Index, salt: bytes, lower: Bound, budget: Budget) -> None:
        self._index = index
        self._salt = salt
        self._budget = budget
        self._reached = lower
        self._items: list[RangeItem] = []
        self._opened: list[tuple[Bound, Bound]] = []
        self._listed: list[Share] = []
        self._wanted: list[bytes] = []
        self._pushed: list[Share] = []

    def push(self, lower: Bound, upper: Bound) -> None:
        """Give the peer all our records of a range."""
        if self._index.has_any(lower, upper):
            self._pushed.append(Share(lower, upper))

    def settle(self, lower: Bound, upper: Bound, short_ids: Sequence[bytes]) -> None:
        """Finish a range of which the peer lists everything it has."""
        if not short_ids:
            self.push(lower, upper)
            return
        ours = frozenset(self._shorten(lower, upper))
        shared = ours.intersection(short_ids)
        self._wanted.extend(short for short in dict.fromkeys(short_ids) if short not in ours)
        if len(shared) < len(ours):
            self._pushed.append(Share(lower, upper, b"".join(sorted(shared))))

    def narrow(self, gaps: Sequence[_Gap]) -> None:
        """List or cut every gap, in order, so that the whole answer fills about one packet."""
        crowd = max(1, sum(gap.count > 0 for gap in gaps))
        branches = min(max(ANSWER_BYTES // (FINGERPRINT_ITEM_BYTES * crowd), BRANCHES_MIN), BRANCHES_MAX)
        listed_max = min(max(ANSWER_BYTES // (LISTED_ID_BYTES * crowd), LISTED_MIN), LISTED_MAX)
        for gap in gaps:
            if gap.count <= listed_max:
                if self._budget.lists(gap.lower, gap.upper, gap.count):
                    self._list(gap.lower, gap.upper)
                continue
            cuts = self._cuts(gap, min(branches, gap.count // RECORDS_PER_BRANCH_MIN), listed_max)
            if self._budget.cuts(gap.lower, gap.upper, len(cuts) + 1):
                for lower, upper in pairwise((gap.lower, *cuts, gap.upper)):
                    self._summarise(lower, upper)

    def step(self) -> Step:
        """Give what was collected."""
        opened, listed, wanted = tuple(self._opened), tuple(self._listed), tuple(self._wanted)
        return Step(tuple(self._items), opened, listed, wanted, tuple(self._pushed))

    def _cuts(self, gap: _Gap, branches: int, listed_max: int) -> list[Bound]:
        """Cut *gap*: at midnights where it has any inside, and between them too when that saves an answer."""
        cuts = self._index.cut(gap.lower, gap.upper, branches)
        parts = list(pairwise((gap.lower, *cuts, gap.upper)))
        counts = [self._index.count(*part) for part in parts]
        saves_answer = _depth(gap.count, branches, listed_max) <= _depth(max(counts), branches, listed_max)
        if not gap.is_scattered or not saves_answer:
            return cuts
        finer: list[Bound] = []
        for part, count in zip(parts, counts, strict=True):
            finer += [*self._index.cut(*part, branches * count // gap.count), part[1]]
        return finer[:-1]

    def _summarise(self, lower: Bound, upper: Bound) -> None:
        # A list of one id is as short as a fingerprint and needs no further answer; so is an empty one.
        if self._index.count(lower, upper) <= 1:
            self._list(lower, upper)
        else:
            digest = self._index.digest(lower, upper)
            self._opened.append((lower, upper))
            self._append(lower, Fingerprint(upper, fingerprint(self._salt, digest)))

    def _list(self, lower: Bound, upper: Bound) -> None:
        ours = self._shorten(lower, upper)
        if ours:
            self._listed.append(Share(lower, upper, b"".join(ours), is_named=True))
        self._append(lower, IdList(upper, ours))

    def _append(self, lower: Bound, item: Fingerprint | IdList) -> None:
        """Add *item*, which begins at *lower*; empty lists side by side become one."""
        if lower != self._reached:
            self._items.append(Skip(lower))
        elif self._items and _is_empty_list(item) and _is_empty_list(self._items[-1]):
            self._items.pop()
        self._items.append(item)
        self._reached = item.upper

    def _shorten(self, lower: Bound, upper: Bound) -> tuple[bytes, ...]:
        """Give the listed ids of a range, in order. What looks like another one, 1 in 2^40, waits for another round."""
        ids = self._index.ids(lower, upper)
        self._index.shortened_ids += len(ids)
        return tuple(listed_id(self._salt, record_id) for record_id in ids)


def _differs(index: Index, salt: bytes, lower: Bound, item: Fingerprint) -> bool:
    return fingerprint(salt, index.digest(lower, item.upper)) != item.fingerprint


def _cell(index: Index, salt: bytes, lower: Bound, upper: Bound) -> tuple[int, bytes]:
    count = index.count(lower, upper)
    return (count, fingerprint(salt, index.digest(lower, upper))) if count else (0, b"")


def _is_empty_list(item: RangeItem) -> bool:
    return isinstance(item, IdList) and not item.short_ids


def _depth(count: int, branches: int, listed_max: int) -> int:
    """How many answers it takes to cut *count* records down to what is listed."""
    depth = 0
    while count > listed_max:
        count //= branches
        depth += 1
    return depth
