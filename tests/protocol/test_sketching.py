"""Rounds by sketch: what they cost, how they end, and what is compared by days instead."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import SKETCH_APART_RECORDS_MAX, SKETCH_SYMBOLS_MAX, SKETCHES_MAX
from peerset.core.merkle import Index
from peerset.core.message import Bound, Days, Fin, IdList, Message, More, Ranges, Root, Sketch, Skip
from peerset.core.sketch import SYMBOL_BYTES, Difference, add_entries, item_of, pack_symbols, unpack_symbols
from peerset.protocol.effects import Request, Send, Strike
from peerset.protocol.horizon import everything
from peerset.protocol.refused import NOTHING_REFUSED
from peerset.protocol.retention import window
from peerset.protocol.sketching import SYMBOLS_FIRST, SYMBOLS_GUESSED_MAX, settle
from peerset.protocol.strikes import Fault
from peerset.protocol.sync import State, Sync
from tests.protocol.large import NOW, Entry, Meeting, draw, make_sync
from tests.protocol.pair import START

SALT: Final = b"s" * 16
FIRST_DAY: Final = window(START).first_day
UPTO: Final = everything(START)
SHARED: Final = draw(600, random.Random(0))


def entries(count: int, seed: int) -> list[Entry]:
    return draw(count, random.Random(f"entries {seed}"))


def meet(ours: list[Entry], theirs: list[Entry]) -> Meeting:
    """Let two sides that keep sketches sync until their sets are equal."""
    meeting = Meeting(ours, theirs, has_sketches=True)
    meeting.run()
    assert meeting.strikes == 0
    return meeting


def kinds(meeting: Meeting) -> list[type[Message]]:
    return [type(message) for _, message in meeting.said]


def summarised(records: list[Entry]) -> Index:
    index = Index.bulk(records)
    index.summarise(FIRST_DAY)
    return index


def side(records: list[Entry], *, is_initiator: bool = True) -> Sync:
    return make_sync(summarised(records), is_initiator=is_initiator)


def said(effects: list[Request]) -> list[Message]:
    return [effect.message for effect in effects if isinstance(effect, Send)]


def faults(effects: list[Request]) -> list[Fault]:
    return [effect.fault for effect in effects if isinstance(effect, Strike)]


def sketch_of(records: list[Entry], count: int, *, start: int = 0) -> Sketch:
    """Give the symbols from *start* to *count* - 1 of a set, as in the first round."""
    symbols = [0] * count
    add_entries(symbols, records)
    return Sketch(1, FIRST_DAY, UPTO, len(records), pack_symbols(symbols[start:]))


def root(count: int, number: int = 1) -> Root:
    """Open a round as a peer with *count* other records."""
    return Root(number, FIRST_DAY, UPTO, count, b"x" * 16)


# Two honest sides.


@pytest.mark.parametrize(("ours", "theirs"), [(0, 1), (1, 0), (4, 3), (0, 90), (90, 0)])
def test_few_differences_take_three_messages_in_a_row(ours: int, theirs: int) -> None:
    meeting = meet([*SHARED, *entries(ours, 1)], [*SHARED, *entries(theirs, 2)])
    assert meeting.rounds == 1
    asks = [Ranges] if theirs else []
    assert kinds(meeting)[: 3 + len(asks)] == [Root, Sketch, *asks, Fin, Fin][: 3 + len(asks)]


def test_more_differences_take_more_symbols() -> None:
    meeting = meet([*SHARED, *entries(40, 1)], [*SHARED, *entries(40, 2)])
    assert kinds(meeting)[:5] == [Root, Sketch, More, Sketch, Ranges]
    assert meeting.rounds == 1


def test_the_first_guess_of_how_many_symbols_it_takes_is_not_trusted_to_the_last() -> None:
    shared = draw(6_000, random.Random(5))
    guesses = []
    for seed in range(6):
        meeting = meet([*shared, *entries(500, seed)], [*shared, *entries(500, seed + 100)])
        guesses.append(next(message.symbols for _, message in meeting.said if isinstance(message, More)))
        assert meeting.rounds == 1
    assert max(guesses) == SYMBOLS_GUESSED_MAX
    assert min(guesses) < SYMBOLS_GUESSED_MAX


def test_too_many_differences_are_compared_by_days_in_the_same_round() -> None:
    meeting = meet([*SHARED, *entries(500, 1)], [*SHARED, *entries(500, 2)])
    assert kinds(meeting)[:4] == [Root, Sketch, More, Days]
    assert meeting.rounds == 1


@pytest.mark.parametrize("more", [SKETCH_APART_RECORDS_MAX + 1, 600])
def test_counts_far_apart_are_compared_by_days(more: int) -> None:
    assert Sketch not in kinds(meet([*SHARED, *entries(more, 1)], SHARED))


def test_what_is_shorter_as_a_list_is_no_sketch() -> None:
    assert Sketch not in kinds(meet(SHARED[:30], SHARED[:31]))


@given(
    shared=st.integers(0, 400),
    ours=st.integers(0, 60),
    theirs=st.integers(0, 60),
    spread=st.sampled_from([1, 20, 80 * DAY_SECONDS]),
    alike=st.integers(0, 8),
    seed=st.integers(0, 99),
)
@settings(max_examples=25, deadline=None)
def test_any_two_sets_become_equal(shared: int, ours: int, theirs: int, spread: int, alike: int, seed: int) -> None:
    rng = random.Random(seed)

    def some(count: int) -> list[Entry]:
        return [(START - 10 - rng.randrange(spread), rng.randbytes(32)) for _ in range(count)]

    common = some(shared)
    twins = [(at, record_id[:4] + rng.randbytes(28)) for at, record_id in common[:alike]]
    meet([*common, *some(ours), *twins[::2]], [*common, *some(theirs), *twins[1::2]])


def test_two_records_that_are_one_item_are_found_by_days() -> None:
    (at, record_id), *_ = entries(1, 1)
    one, other = (at, record_id[:4] + b"a" * 28), (at, record_id[:4] + b"b" * 28)
    meeting = meet([*SHARED, one], [*SHARED, other])
    assert kinds(meeting)[:4] == [Root, Sketch, More, Days]
    # Beside what a sketch does show, they are found in the round that follows.
    meeting = meet([*SHARED, one], [*SHARED, other, *entries(2, 2)])
    assert meeting.rounds == 2
    assert kinds(meeting).count(Days) == 1


def test_all_of_one_second_is_told_apart_by_the_first_bytes_of_ids() -> None:
    second = [(START - 50, random.Random(number).randbytes(32)) for number in range(300)]
    meeting = meet(second[:-4], second[4:])
    (ranges,) = (message for _, message in meeting.said if isinstance(message, Ranges))
    assert len(ranges.items) == 8
    assert all(item.upper[0] - START + 50 in (0, 1) for item in ranges.items)
    assert max(meeting.said_bytes) < 700


# What is asked for.


def test_a_second_without_records_of_ours_is_asked_for_as_a_whole_and_once() -> None:
    index = Index.bulk([(50, b"a" * 32), (70, b"c" * 32)])
    theirs = ((50, b"bbbb"), (60, b"bbbb"), (60, b"cccc"), (70, b"\xff" * 4))
    step = settle(index, SALT, Difference((), theirs), NOTHING_REFUSED)
    assert step.items == (
        *(Skip((50, b"bbbb")), IdList((50, b"bbbc"), ())),
        *(Skip((60, b"")), IdList((61, b""), ())),
        *(Skip((70, b"\xff" * 4)), IdList((71, b""), ())),
    )
    assert (step.listed, step.pushed, step.opened) == ((), (), ())


def test_a_crowded_second_is_not_listed_for_each_record_in_it_that_is_lacking() -> None:
    listed = 0

    class Counted(Index):
        def entries(self, lower: Bound, upper: Bound) -> Iterator[Entry]:
            nonlocal listed
            for entry in super().entries(lower, upper):
                listed += 1
                yield entry

    rng = random.Random(0)
    index = Counted.bulk(sorted((60, rng.randbytes(32)) for _ in range(3_000)))
    theirs = tuple(sorted((60, rng.randbytes(4)) for _ in range(1_000)))
    step = settle(index, SALT, Difference((), theirs), NOTHING_REFUSED)
    assert sum(isinstance(item, IdList) for item in step.items) == 1_000
    assert listed < 100


def test_what_was_refused_before_is_not_asked_for_and_what_lies_beside_it_is() -> None:
    refused = (60, b"bbbb" + b"r" * 28)

    def refuses(lower: Bound, upper: Bound) -> bool:
        return lower <= refused < upper

    step = settle(Index(), SALT, Difference((), ((60, b"bbbb"), (60, b"cccc"))), refuses)
    assert step.items == (Skip((60, b"cccc")), IdList((60, b"cccd"), ()))


def test_a_round_that_brought_nothing_is_followed_by_one_by_days() -> None:
    sync = side(SHARED, is_initiator=False)
    assert isinstance(said(sync.receive(root(600), NOW))[0], Sketch)
    sync.receive(Ranges(1, ()), NOW)
    effects = sync.receive(Fin(1, 600, b"x" * 16), NOW)
    assert not faults(effects)
    assert sync.state is State.IDLE
    assert isinstance(said(sync.receive(root(600, 2), NOW))[0], Days)


def test_who_needs_days_says_so_to_a_sketch() -> None:
    sync = side(SHARED)
    sync.pace.is_by_days = True
    sync.start(NOW)
    assert said(sync.receive(sketch_of(SHARED[1:], SYMBOLS_FIRST), NOW)) == [More(1, 0)]


def test_a_set_that_is_not_gone_through_yet_is_compared_by_days() -> None:
    index = Index.bulk(entries(2_000, 1))
    assert index.summarise(FIRST_DAY).is_behind
    answering, asking = make_sync(index, is_initiator=False), make_sync(index, is_initiator=True)
    assert isinstance(said(answering.receive(root(2_000), NOW))[0], Days)
    asking.start(NOW)
    assert said(asking.receive(sketch_of(entries(2_000, 1)[1:], SYMBOLS_FIRST), NOW)) == [More(1, 0)]


def test_the_set_may_change_while_a_sketch_is_told() -> None:
    ours, theirs = side(SHARED), side([*SHARED, *entries(60, 1)], is_initiator=False)
    (opening,) = said(ours.start(NOW))
    (first,) = said(theirs.receive(opening, NOW))  # type: ignore[arg-type]  # a Root
    assert isinstance(first, Sketch)
    for at, record_id in entries(3, 9):
        theirs._index.add(at, record_id)
    again = said(theirs.receive(More(1, 400), NOW))
    assert isinstance(again[0], Sketch)
    assert first.symbols + again[0].symbols == sketch_of([*SHARED, *entries(60, 1)], 400).symbols


# Liars.


@pytest.mark.parametrize(
    "sketch",
    [
        replace(sketch_of(SHARED, 4), first_day=FIRST_DAY - 1),
        replace(sketch_of(SHARED, 4), upto=UnixTime(UPTO + 1)),
        replace(sketch_of(SHARED, 4), upto=UnixTime(FIRST_DAY * DAY_SECONDS)),
        replace(sketch_of(SHARED, 4), symbols=b""),
        replace(sketch_of(SHARED, 4), symbols=bytes(SYMBOL_BYTES - 1)),
    ],
)
def test_a_sketch_that_does_not_fit_the_round_is_a_fault(sketch: Sketch) -> None:
    sync = side(SHARED)
    sync.start(NOW)
    assert faults(sync.receive(sketch, NOW)) == [Fault.LYING]


def test_only_as_many_symbols_as_were_asked_for_may_follow() -> None:
    theirs = [*SHARED, *entries(40, 1)]
    for count in (SYMBOLS_FIRST + 1, 2_000):
        sync = side([*SHARED, *entries(40, 2)])
        sync.start(NOW)
        (more,) = said(sync.receive(sketch_of(theirs, SYMBOLS_FIRST), NOW))
        assert isinstance(more, More)
        assert more.symbols not in (0, count)
        assert faults(sync.receive(sketch_of(theirs, count, start=SYMBOLS_FIRST), NOW)) == [Fault.LYING]


def test_nothing_but_what_was_asked_for_follows_a_sketch() -> None:
    sync = side(SHARED)
    sync.start(NOW)
    assert isinstance(said(sync.receive(sketch_of([*SHARED, *entries(1, 1)], 32), NOW))[0], Ranges)
    assert faults(sync.receive(sketch_of(SHARED, 32), NOW)) == [Fault.LYING]


@pytest.mark.parametrize("symbols", [1, SYMBOLS_FIRST])
def test_more_than_was_said_is_to_be_asked_for(symbols: int) -> None:
    sync = side(SHARED, is_initiator=False)
    sync.receive(root(600), NOW)
    assert faults(sync.receive(More(1, symbols), NOW)) == [Fault.LYING]


@pytest.mark.parametrize("symbols", [0, 100])
def test_more_of_a_sketch_that_nobody_gave_is_a_fault(symbols: int) -> None:
    sync = side(SHARED, is_initiator=False)
    sync.receive(root(2_000), NOW)
    assert faults(sync.receive(More(1, symbols), NOW)) == [Fault.LYING]


@pytest.mark.parametrize("symbols", [0, 100])
def test_after_ranges_no_more_of_the_sketch_is_given(symbols: int) -> None:
    sync = side(SHARED, is_initiator=False)
    sync.receive(root(600), NOW)
    sync.receive(Ranges(1, (IdList((START, b""), (b"w" * 8,)),), more=True), NOW)
    assert faults(sync.receive(More(1, symbols), NOW)) == [Fault.LYING]


def test_days_are_given_once() -> None:
    sync = side(SHARED, is_initiator=False)
    sync.receive(root(600), NOW)
    assert isinstance(said(sync.receive(More(1, 0), NOW))[0], Days)
    assert faults(sync.receive(More(1, 0), NOW)) == [Fault.LYING]


def test_who_may_not_open_rounds_may_not_be_asked_for_more_nor_sent_a_sketch() -> None:
    asking = side(SHARED)
    asking.start(NOW)
    assert faults(asking.receive(More(1, 5), NOW)) == [Fault.LYING]
    answering = side(SHARED, is_initiator=False)
    answering.receive(root(600), NOW)
    assert faults(answering.receive(sketch_of(SHARED, 5), NOW)) == [Fault.LYING]


@pytest.mark.parametrize("seed", range(12))
def test_noise_is_no_fault_and_ends_in_days_after_a_few_messages(seed: int) -> None:
    rng = random.Random(seed)
    sync = side(entries(2_000, 1)[:1_000])
    sync.start(NOW)
    symbols, heard = SYMBOLS_FIRST, 0
    for _ in range(SKETCHES_MAX):
        noise = pack_symbols([rng.getrandbits(96) << 8 | rng.choice((0, 1, 255)) for _ in range(symbols - heard)])
        effects = sync.receive(Sketch(1, FIRST_DAY, UPTO, 1_000, noise), NOW)
        assert not faults(effects)
        (more,) = said(effects)
        assert isinstance(more, More)
        if more.symbols == 0:
            return
        heard, symbols = symbols, more.symbols
    pytest.fail("more than that is asked for")


def test_records_that_nobody_has_are_asked_for_once_and_cost_no_more_than_their_symbols() -> None:
    sync = side(SHARED)
    sync.start(NOW)
    claimed = [*SHARED, *entries(1_300, 5)]
    sketch = replace(sketch_of(claimed, SKETCH_SYMBOLS_MAX), count=600)
    answers = said(sync.receive(sketch, NOW))
    ranges = [answer for answer in answers if isinstance(answer, Ranges)]
    assert len(ranges) == len(answers)
    assert sum(len(answer.items) for answer in ranges) <= 2 * 1_300
    # It is over when the liar has nothing to push: the round ends unequal, and the next one goes by days.
    effects = sync.receive(Fin(1, 600, b"x" * 16), Moment(Monotonic(1.0), START))
    assert not faults(effects)
    assert sync.pace.is_by_days


def test_an_item_outside_the_window_is_not_believed() -> None:
    sync = side(SHARED)
    sync.start(NOW)
    item = item_of(UPTO, b"x" * 32)
    symbols = unpack_symbols(sketch_of(SHARED, 1).symbols)
    sketch = replace(sketch_of(SHARED, 1), symbols=pack_symbols([symbols[0] + item]))
    assert said(sync.receive(sketch, NOW)) == [More(1, 0)]
