"""The sketch of a set that changes: always what a sketch made anew would be."""

import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from peerset.core.bucket import day_bound
from peerset.core.clock import DAY_SECONDS
from peerset.core.limits import SKETCH_OUTSIDE_RECORDS_MAX, SKETCH_STRETCH_RECORDS, SKETCH_SYMBOLS_MAX
from peerset.core.merkle import Index
from peerset.core.message import Bound
from peerset.core.sketch import add_entries, pack_symbols
from peerset.core.summary import END, Summary

Entry = tuple[int, bytes]
FIRST_DAY = 20_000
DAYS = 6


def draw(count: int, seed: int, *, days: int = DAYS) -> list[Entry]:
    rng = random.Random(seed)
    return [(day_bound(FIRST_DAY)[0] + rng.randrange(days * DAY_SECONDS), rng.randbytes(32)) for _ in range(count)]


def made_anew(entries: Iterable[Entry]) -> bytes:
    symbols = [0] * SKETCH_SYMBOLS_MAX
    add_entries(symbols, entries)
    return pack_symbols(symbols)


def kept(summary: Summary, lower: Bound, upper: Bound) -> bytes | None:
    symbols = summary.symbols(lower, upper)
    return None if symbols is None else pack_symbols(symbols)


def test_a_large_set_is_gone_through_a_stretch_at_a_time() -> None:
    entries = draw(3 * SKETCH_STRETCH_RECORDS + 7, 0)
    summary = Index.bulk(entries).summarise(FIRST_DAY)
    assert summary.symbols(day_bound(FIRST_DAY), END) is None
    steps = 0
    while summary.is_behind:
        summary.work()
        steps += 1
    assert steps == 3
    assert kept(summary, day_bound(FIRST_DAY), END) == made_anew(entries)


def test_a_window_that_leaves_little_out_is_made_up_for_and_one_that_leaves_much_out_is_not() -> None:
    entries = draw(DAYS * 700, 1)
    summary = Index.bulk(entries).summarise(FIRST_DAY)
    while summary.is_behind:
        summary.work()
    upper = (day_bound(FIRST_DAY + DAYS)[0] - 4_000, b"")
    lower = day_bound(FIRST_DAY + 1)
    assert kept(summary, lower, upper) == made_anew(entry for entry in entries if lower <= entry < upper)
    assert len([entry for entry in entries if entry < day_bound(FIRST_DAY + 2)]) > SKETCH_OUTSIDE_RECORDS_MAX
    assert summary.symbols(day_bound(FIRST_DAY + 2), upper) is None
    # It was made up for in a copy: the next one asks for all of it.
    assert kept(summary, day_bound(FIRST_DAY), END) == made_anew(entries)


def test_a_day_that_grew_too_old_is_let_go_of() -> None:
    entries = draw(DAYS * 1_500, 2)
    summary = Index.bulk(entries).summarise(FIRST_DAY)
    while summary.is_behind:
        summary.work()
    summary.start_at(day_bound(FIRST_DAY + 1))
    assert summary.is_behind
    while summary.is_behind:
        summary.work()
    assert summary.symbols(day_bound(FIRST_DAY), END) is None
    young = [entry for entry in entries if entry >= day_bound(FIRST_DAY + 1)]
    assert kept(summary, day_bound(FIRST_DAY + 1), END) == made_anew(young)


@pytest.mark.parametrize("worked", [0, 1, 2, 3])
def test_a_later_life_goes_on_where_one_of_the_same_set_was(worked: int) -> None:
    entries = draw(2 * SKETCH_STRETCH_RECORDS + 7, 0)
    earlier = Index.bulk(entries).summarise(FIRST_DAY)
    for _ in range(worked):
        if earlier.is_behind:
            earlier.work()
    index = Index.bulk(entries)
    index.summary = summary = Summary.resumed(index, earlier.packed())
    assert summary is not None
    assert summary.is_behind == earlier.is_behind
    [more] = draw(1, 9)
    index.add(*more)
    index.discard(*entries[0])
    index.summarise(FIRST_DAY)
    while summary.is_behind:
        summary.work()
    assert kept(summary, day_bound(FIRST_DAY), END) == made_anew([*entries[1:], more])


@pytest.mark.parametrize(
    "change", [lambda data: data[:-1], lambda data: data + b"x", lambda _: b"", lambda data: b"\xff" + data[1:]]
)
def test_what_is_no_packed_sketch_is_not_gone_on_with(change: Callable[[bytes], bytes]) -> None:
    index = Index.bulk(draw(10, 0))
    assert Summary.resumed(index, change(index.summarise(FIRST_DAY).packed())) is None


class Kept(RuleBasedStateMachine):
    """A set that grows, shrinks and ages while its sketch is kept."""

    @initialize(count=st.integers(0, 2_000), seed=st.integers(0, 9))
    def begin(self, count: int, seed: int) -> None:
        self.entries = set(draw(count, seed))
        self.index = Index.bulk(self.entries)
        self.first_day = FIRST_DAY
        self.summary = self.index.summarise(self.first_day)

    @rule(seed=st.integers(), count=st.integers(1, 40))
    def add(self, seed: int, count: int) -> None:
        for entry in draw(count, seed):
            assert self.index.add(*entry) is (entry not in self.entries)
            self.entries.add(entry)

    @rule(part=st.integers(2, 50))
    def discard(self, part: int) -> None:
        for entry in sorted(self.entries)[::part]:
            assert self.index.discard(*entry)
            self.entries.discard(entry)

    @rule(hours=st.integers(0, 40))
    def collect(self, hours: int) -> None:
        before = day_bound(self.first_day)[0] + hours * 3_600 - DAY_SECONDS
        self.index.discard_before(before)
        self.entries = {entry for entry in self.entries if entry[0] >= before}

    @rule(days=st.integers(-1, 2))
    def age(self, days: int) -> None:
        self.first_day = min(max(self.first_day + days, FIRST_DAY), FIRST_DAY + DAYS)
        self.index.summarise(self.first_day)

    @rule(steps=st.integers(1, 8))
    def work(self, steps: int) -> None:
        for _ in range(steps):
            if self.summary.is_behind:
                self.summary.work()

    @rule(lower=st.integers(-1, 1), upper=st.integers(0, 3 * DAY_SECONDS))
    def ask(self, lower: int, upper: int) -> None:
        end = (day_bound(FIRST_DAY + DAYS)[0] - upper, b"")
        bounds = min(day_bound(self.first_day + lower), end), end
        symbols = kept(self.summary, *bounds)
        assert symbols in (None, made_anew(entry for entry in self.entries if bounds[0] <= entry < bounds[1]))

    def teardown(self) -> None:
        """Do what is left to do: then all of it is there."""
        steps = 0
        while self.summary.is_behind and steps < 60:
            self.summary.work()
            steps += 1
        assert not self.summary.is_behind
        start = day_bound(self.first_day)
        assert kept(self.summary, start, END) == made_anew(entry for entry in self.entries if entry >= start)


Kept.TestCase.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
TestKept = Kept.TestCase
