"""Which ranges of two sets differ: the answers to the peer's `Days` and `Ranges`, without any state of a session.

A range is open while both sides have records in it and their fingerprints differ. Each answer either lists an
open range, which the next answer ends, or cuts it into smaller ones; what an answer does not mention is finished
(docs/protocol.md, "Sync"). Everything on the wire is keyed by the session's salt, so nothing that collides there
can be prepared.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from peerset.core.bucket import day_bound, window_days
from peerset.core.clock import UnixTime
from peerset.core.merkle import Index
from peerset.core.message import Bound, Days, Fingerprint, IdList, RangeItem, Skip
from peerset.core.record import RecordId

SALT_BYTES: Final = 16
SHORT_BYTES: Final = 8

ANSWER_BYTES: Final = 1_100
"""What an answer should fill: one packet."""
FINGERPRINT_ITEM_BYTES: Final = 11
SHORT_ID_ITEM_BYTES: Final = 8
BRANCHES_MIN: Final = 16
BRANCHES_MAX: Final = 64
RECORDS_PER_BRANCH_MIN: Final = 4
LISTED_MIN: Final = 32
LISTED_MAX: Final = 96
LUMP_PARTS: Final = 16
"""Counts that differ by more than this part of them speak of a whole stretch missing, not of scattered records."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to send, and what has been found out, after one message of the peer."""

    items: tuple[RangeItem, ...]
    """The answer; empty when nothing is left to compare."""
    listed: Mapping[bytes, RecordId]
    """Short id -> id of every record that *items* list, for the `Want` that may come back."""
    wanted: tuple[bytes, ...]
    """Short ids of records that the peer has and we lack."""
    pushed: tuple[RecordId, ...]
    """Ids of records that we have and the peer lacks, in order within each range."""

    @property
    def is_over(self) -> bool:
        """Say whether *items* leave no range open: no `Ranges` will be needed after them, at most `Want`."""
        return not any(isinstance(item, Fingerprint) for item in self.items)


def make_salt(nonce_a: bytes, nonce_b: bytes) -> bytes:
    """Derive the 16-byte salt of a session from both sides' nonces, in either order."""
    smaller, larger = sorted((nonce_a, nonce_b))
    return hashlib.sha256(b"peerset/salt1" + smaller + larger).digest()[:SALT_BYTES]


def fingerprint(salt: bytes, digest: bytes) -> bytes:
    """Key the digest of a range: the 8 bytes that go on the wire."""
    return hashlib.sha256(b"peerset/fp1" + salt + digest).digest()[:SHORT_BYTES]


def short_id(salt: bytes, record_id: bytes) -> bytes:
    """Key the id of a record: the 8 bytes that go on the wire."""
    return hashlib.sha256(b"peerset/sid1" + salt + record_id).digest()[:SHORT_BYTES]


def day_cells(
    index: Index, salt: bytes, *, first_day: int, upto: UnixTime, cell_days: int
) -> tuple[tuple[int, bytes], ...]:
    """Give (count, fingerprint) of each cell of *cell_days* days; the last one ends at *upto*."""
    starts = window_days(first_day, upto)[::cell_days]
    return tuple(_cell(index, salt, *_cell_range(day, cell_days, upto)) for day in starts)


def compare_days(index: Index, salt: bytes, days: Days) -> Step:
    """Answer the peer's overview by days."""
    answer = _Answer(index, salt, day_bound(days.first_day))
    gaps = []
    for number, (other_count, other_fingerprint) in enumerate(days.cells):
        lower, upper = _cell_range(days.first_day + number * days.cell_days, days.cell_days, days.upto)
        if lower >= upper:
            break
        count, own_fingerprint = _cell(index, salt, lower, upper)
        if other_count == 0:
            answer.push(lower, upper)
        elif (count, own_fingerprint) != (other_count, other_fingerprint):
            gaps.append(_Gap(lower, upper, count, other_count))
    answer.narrow(gaps)
    return answer.step()


def compare_ranges(index: Index, salt: bytes, lower: Bound, items: Sequence[RangeItem]) -> Step:
    """Answer the peer's ranges, the first of which begins at *lower*."""
    answer = _Answer(index, salt, lower)
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

    def __init__(self, index: Index, salt: bytes, lower: Bound) -> None:
        self._index = index
        self._salt = salt
        self._reached = lower
        self._items: list[RangeItem] = []
        self._listed: dict[bytes, RecordId] = {}
        self._wanted: list[bytes] = []
        self._pushed: list[RecordId] = []

    def push(self, lower: Bound, upper: Bound) -> None:
        """Give the peer all our records of a range."""
        self._pushed.extend(map(RecordId, self._index.ids(lower, upper)))

    def settle(self, lower: Bound, upper: Bound, short_ids: Sequence[bytes]) -> None:
        """Finish a range of which the peer lists everything it has."""
        if not short_ids:
            self.push(lower, upper)
            return
        ours = self._shorten(lower, upper)
        theirs = frozenset(short_ids)
        self._wanted.extend(short for short in short_ids if short not in ours)
        self._pushed.extend(record_id for short, record_id in ours.items() if short not in theirs)

    def narrow(self, gaps: Sequence[_Gap]) -> None:
        """List or cut every gap, in order, so that the whole answer fills about one packet."""
        crowd = max(1, sum(gap.count > 0 for gap in gaps))
        branches = min(max(ANSWER_BYTES // (FINGERPRINT_ITEM_BYTES * crowd), BRANCHES_MIN), BRANCHES_MAX)
        listed_max = min(max(ANSWER_BYTES // (SHORT_ID_ITEM_BYTES * crowd), LISTED_MIN), LISTED_MAX)
        for gap in gaps:
            if gap.count <= listed_max:
                self._list(gap.lower, gap.upper)
                continue
            cuts = self._cuts(gap, min(branches, gap.count // RECORDS_PER_BRANCH_MIN), listed_max)
            for lower, upper in pairwise((gap.lower, *cuts, gap.upper)):
                self._summarise(lower, upper)

    def step(self) -> Step:
        """Give what was collected."""
        return Step(tuple(self._items), self._listed, tuple(dict.fromkeys(self._wanted)), tuple(self._pushed))

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
            self._append(lower, Fingerprint(upper, fingerprint(self._salt, digest)))

    def _list(self, lower: Bound, upper: Bound) -> None:
        ours = self._shorten(lower, upper)
        self._listed.update(ours)
        self._append(lower, IdList(upper, tuple(ours)))

    def _append(self, lower: Bound, item: Fingerprint | IdList) -> None:
        """Add *item*, which begins at *lower*; empty lists side by side become one."""
        if lower != self._reached:
            self._items.append(Skip(lower))
        elif self._items and _is_empty_list(item) and _is_empty_list(self._items[-1]):
            self._items.pop()
        self._items.append(item)
        self._reached = item.upper

    def _shorten(self, lower: Bound, upper: Bound) -> dict[bytes, RecordId]:
        """Map the short ids of a range, in order, to the ids. Two equal ones, 1 in 2^64, wait for another session."""
        ids = self._index.ids(lower, upper)
        self._index.hashed_ids += len(ids)
        return {short_id(self._salt, record_id): RecordId(record_id) for record_id in ids}


def _differs(index: Index, salt: bytes, lower: Bound, item: Fingerprint) -> bool:
    return fingerprint(salt, index.digest(lower, item.upper)) != item.fingerprint


def _cell(index: Index, salt: bytes, lower: Bound, upper: Bound) -> tuple[int, bytes]:
    count = index.count(lower, upper)
    return (count, fingerprint(salt, index.digest(lower, upper))) if count else (0, b"")


def _cell_range(day: int, cell_days: int, upto: UnixTime) -> tuple[Bound, Bound]:
    return day_bound(day), min(day_bound(day + cell_days), (upto, b""))


def _is_empty_list(item: RangeItem) -> bool:
    return isinstance(item, IdList) and not item.short_ids


def _depth(count: int, branches: int, listed_max: int) -> int:
    """How many answers it takes to cut *count* records down to what is listed."""
    depth = 0
    while count > listed_max:
        count //= branches
        depth += 1
    return depth
