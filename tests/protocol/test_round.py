"""One round: what fits it, what may be said in it, how answers are cut into messages."""

import pytest

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import (
    CREDIT_WINDOW_BYTES,
    FRAME_BYTES_MAX,
    IDS_PER_MESSAGE_MAX,
    RANGE_ITEMS_MAX,
    ROUND_BYTES_BASE,
    ROUND_BYTES_MAX,
    ROUND_BYTES_PER_RECORD,
)
from peerset.core.merkle import Index
from peerset.core.message import Bound, Credit, Days, Fingerprint, IdList, RangeItem, Ranges, Skip
from peerset.protocol.round import (
    Round,
    answers_of,
    cut_into_frames,
    item_bytes,
    round_bytes,
    wants_for,
)
from peerset.protocol.transfer import Transfer

FIRST_DAY = 20_000
UPTO = UnixTime((FIRST_DAY + 10) * DAY_SECONDS - 60)


def make_round() -> Round:
    return Round(1, FIRST_DAY, UPTO, Transfer(Index(), b"s" * 16), now=Monotonic(0.0))


def days(first_day: int = FIRST_DAY, upto: int = UPTO, cell_days: int = 8, cells: int = 2) -> Days:
    return Days(1, first_day, UnixTime(upto), cell_days, ((0, b""),) * cells)


def test_credit_is_given_each_time_that_half_of_the_window_was_dealt_with() -> None:
    active, now, half = make_round(), Moment(Monotonic(1.0), UPTO), CREDIT_WINDOW_BYTES // 2
    assert active.arrive(CREDIT_WINDOW_BYTES, now)
    assert active.deal(half - 1, 1, now) == []
    assert active.deal(1, 1, now) == [Credit(1, half)]
    assert active.deal(half, 1, now) == [Credit(1, 2 * half)]


def bound(seconds: int, prefix: bytes = b"") -> Bound:
    return (FIRST_DAY * DAY_SECONDS + seconds, prefix)


@pytest.mark.parametrize(
    "answer",
    [days(), days(FIRST_DAY + 1), days(upto=UPTO - 1), days(cell_days=96, cells=1), days(cell_days=1, cells=10)],
)
def test_an_overview_of_what_was_asked_or_less_narrows_the_round(answer: Days) -> None:
    active = make_round()
    assert active.adopt(answer)
    assert (active.first_day, active.upto) == (answer.first_day, answer.upto)
    assert active.start == (answer.first_day * DAY_SECONDS, b"")
    assert active.end == (answer.upto, b"")


@pytest.mark.parametrize(
    "answer",
    [
        days(FIRST_DAY - 1),
        days(upto=UPTO + 1),
        days(FIRST_DAY + 10, cells=0),
        days(cells=1),
        days(cells=3),
        days(cell_days=0),
        days(cell_days=3_701, cells=1),
    ],
)
def test_an_overview_of_anything_else_does_not_fit(answer: Days) -> None:
    active = make_round()
    assert not active.adopt(answer)
    assert (active.first_day, active.upto) == (FIRST_DAY, UPTO)


def test_what_may_be_said_follows_from_both_counts_up_to_a_limit() -> None:
    assert round_bytes(0) == ROUND_BYTES_BASE
    assert round_bytes(1_000) == ROUND_BYTES_BASE + 1_000 * ROUND_BYTES_PER_RECORD
    assert round_bytes(10**9) == ROUND_BYTES_MAX


def test_wants_are_cut_into_messages_that_the_wire_takes() -> None:
    short_ids = [number.to_bytes(5, "big") for number in range(IDS_PER_MESSAGE_MAX + 1)]
    wants = wants_for(1, short_ids)
    assert [len(want.short_ids) for want in wants] == [IDS_PER_MESSAGE_MAX, 1]
    assert len(wire.encode(wants[0])) <= FRAME_BYTES_MAX
    assert wants_for(1, []) == []


def test_the_last_message_of_an_answer_says_that_it_is() -> None:
    items = [Skip(bound(number + 1)) for number in range(RANGE_ITEMS_MAX)]
    assert [ranges.more for ranges in answers_of(1, items, more=False)] == [True, False]
    assert [ranges.more for ranges in answers_of(1, items, more=True)] == [True, True]
    assert answers_of(1, [], more=False) == [Ranges(1, (), more=False)]
    assert answers_of(1, [], more=True) == []


@pytest.mark.parametrize(
    "item",
    [
        Skip(bound(2**40)),
        Fingerprint(bound(2**40, b"p" * 32), b"f" * 8),
        IdList(bound(2**40, b"p" * 32), (b"i" * 5,) * 200),
    ],
)
def test_an_item_is_never_longer_on_the_wire_than_counted(item: RangeItem) -> None:
    assert len(wire.encode(Ranges(1, (item,)))) - len(wire.encode(Ranges(1, ()))) <= item_bytes(item) + 2


def test_answers_are_cut_in_order_into_messages_that_the_wire_takes() -> None:
    items = [IdList(bound(number + 1), (b"i" * 5,) * 90) for number in range(300)]
    frames = list(cut_into_frames(items))
    assert [item for frame in frames for item in frame] == items
    assert len(frames) == 3
    assert all(len(wire.encode(Ranges(1, frame))) <= FRAME_BYTES_MAX for frame in frames)


def test_answers_of_many_short_items_are_cut_by_number() -> None:
    items = [Skip(bound(number + 1)) for number in range(RANGE_ITEMS_MAX)]
    sizes = [len(frame) for frame in cut_into_frames(items)]
    assert sum(sizes) == RANGE_ITEMS_MAX
    assert max(sizes) <= RANGE_ITEMS_MAX
    assert list(cut_into_frames([])) == []
