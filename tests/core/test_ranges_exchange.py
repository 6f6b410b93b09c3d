"""Whole exchanges of ranges: each side ends with exactly what it lacked, and liars end too."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.clock import DAY_SECONDS
from peerset.core.limits import DAY_CELL_DAYS, ROUND_BYTES_BASE, ROUND_BYTES_PER_RECORD
from peerset.core.merkle import Index
from peerset.core.message import Days, Fingerprint, IdList, RangeItem, Skip
from peerset.core.ranges import (
    Step,
    compare_days,
    compare_ranges,
)
from peerset.core.record import RecordId
from tests.core.sets import (
    END,
    FIRST_DAY,
    LOWEST,
    SALT,
    START,
    UPTO,
    Entry,
    drawn,
    entries_of,
    listed,
    overview,
    unlimited,
)


def item_bytes(item: RangeItem) -> int:
    """What an item takes on the wire: a step of time, a mode, a prefix, what it says."""
    payload = {Skip: 0, Fingerprint: 8, IdList: 2}[type(item)]
    return 4 + len(item.upper[1]) + payload + (5 * len(item.short_ids) if isinstance(item, IdList) else 0)


@dataclass
class Side:
    """One end of an exchange: its set and what it has found out."""

    index: Index
    listed: dict[bytes, RecordId] = field(default_factory=dict)
    wanted: list[bytes] = field(default_factory=list)
    pushed: list[bytes] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def take(self, step: Step) -> Step:
        self.listed.update(listed(self.index, step))
        self.wanted.extend(step.wanted)
        self.pushed.extend(drawn(self.index, step.pushed))
        self.steps.append(step)
        return step


def exchange(ours: Index, theirs: Index, *, cell_days: int = DAY_CELL_DAYS) -> tuple[Side, Side]:
    """Compare two sets until an answer is empty; the side that got the days comes first."""
    turn, other = Side(ours), Side(theirs)
    first = turn
    step = turn.take(compare_days(ours, SALT, overview(theirs, cell_days=cell_days), unlimited()))
    while step.items:
        check_items(step.items)
        turn, other = other, turn
        step = turn.take(compare_ranges(turn.index, SALT, LOWEST, step.items, unlimited()))
    return (turn, other) if turn is first else (other, turn)


def check_items(items: Sequence[RangeItem]) -> None:
    """Everything a receiver insists on: ascending, inside the window, nothing idle."""
    lower = LOWEST
    for item in items:
        assert lower < item.upper <= END
        lower = item.upper
    assert not isinstance(items[-1], Skip)


def check_difference(ours: Sequence[Entry], theirs: Sequence[Entry], sides: tuple[Side, Side]) -> None:
    """Each side ends with exactly what it lacked, by push or by want, each once."""
    check_gain(ours, theirs, *sides)
    check_gain(theirs, ours, *reversed(sides))


def check_gain(mine: Sequence[Entry], other: Sequence[Entry], side: Side, peer: Side) -> None:
    lacking = {entry for entry in other if START <= entry[0] < UPTO} - set(mine)
    gained = peer.pushed + [peer.listed[short] for short in side.wanted]
    assert sorted(gained) == sorted(record_id for _, record_id in lacking)


STEM: Final = hashlib.sha256(b"stem").digest()


@st.composite
def set_pairs(draw: st.DrawFn) -> tuple[list[Entry], list[Entry]]:
    """Two overlapping sets: spread or in one day or in one second, ids at random or alike up to the last byte."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    lower = START + draw(st.integers(0, 80)) * DAY_SECONDS
    seconds = draw(st.sampled_from([1, 5, 3_600, DAY_SECONDS, 10 * DAY_SECONDS]))
    shared_bytes = draw(st.sampled_from([0, 0, 2, 29]))

    def some(count: int) -> list[Entry]:
        return [
            (lower + rng.randrange(seconds), STEM[:shared_bytes] + rng.randbytes(32 - shared_bytes))
            for _ in range(count)
        ]

    sizes = st.sampled_from([0, 0, 1, 2, 10, 97, 700])
    common = some(draw(st.sampled_from([0, 1, 40, 500, 2_000])))
    outside = [(UPTO, b"\x05" * 32), (START - 1, b"\x06" * 32)]
    return common + some(draw(sizes)) + outside[:1], common + some(draw(sizes)) + outside[1:]


@settings(max_examples=25, deadline=None)
@given(set_pairs(), st.sampled_from([1, 8, 91]))
def test_any_two_sets_find_exactly_their_difference(pair: tuple[list[Entry], list[Entry]], cell_days: int) -> None:
    ours, theirs = pair
    sides = exchange(Index.bulk(ours), Index.bulk(theirs, bucket_seconds=3_600), cell_days=cell_days)
    check_difference(ours, theirs, sides)
    # Each answer cuts what one side has by at least 8; two answers a level, and one for the days.
    assert sum(len(side.steps) for side in sides) <= 10


@pytest.mark.parametrize("seconds", [1, 30, DAY_SECONDS])
def test_a_day_of_ten_thousand_records_is_compared_exactly(seconds: int) -> None:
    entries = entries_of(10_000, upper=START + seconds)
    ours, theirs = entries[20:], entries[:9_970]
    check_difference(ours, theirs, exchange(Index.bulk(ours), Index.bulk(theirs)))


def test_disjoint_sets_swap_everything() -> None:
    ours, theirs = entries_of(3_000, seed=1), entries_of(2_000, seed=2)
    check_difference(ours, theirs, exchange(Index.bulk(ours), Index.bulk(theirs)))


def test_one_record_among_ten_thousand_costs_little() -> None:
    entries = entries_of(10_000)
    ours, theirs = exchange(Index.bulk(entries), Index.bulk(entries[1:]))
    assert sum(len(side.steps) for side in (ours, theirs)) == 3
    assert sum(item_bytes(item) for side in (ours, theirs) for step in side.steps for item in step.items) < 1_500


# Liars.


def liar(rng: random.Random, items: Sequence[RangeItem]) -> Iterator[RangeItem]:
    """Claim to differ everywhere: each range that arrives goes back with a random fingerprint."""
    for item in items:
        yield item if isinstance(item, Skip) else Fingerprint(item.upper, rng.randbytes(8))


@pytest.mark.parametrize("count", [1_000, 20_000])
def test_a_peer_of_random_fingerprints_costs_no_more_than_the_budget(count: int) -> None:
    rng = random.Random(0)
    index = Index.bulk(entries_of(count))
    days = Days(1, FIRST_DAY, UPTO, 8, tuple((rng.randrange(1, 9), rng.randbytes(8)) for _ in range(12)))
    step = compare_days(index, SALT, days, unlimited())
    steps = [step]
    while not step.is_over:
        step = compare_ranges(index, SALT, LOWEST, list(liar(rng, step.items)), unlimited())
        steps.append(step)
    sent = sum(item_bytes(item) for step in steps for item in step.items)
    assert len(steps) <= 8
    assert index.hashed_ids <= 8 * count
    assert sent <= ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * count
    assert len({short for step in steps for short in listed(index, step)}) == count
