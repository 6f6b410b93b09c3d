"""One round: what fits it, what it may cost, how answers are cut into messages."""

import pytest

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Monotonic, UnixTime
from peerset.core.limits import (
    FRAME_BYTES_MAX,
    RANGE_ITEMS_MAX,
    ROUND_BYTES_BASE,
    ROUND_BYTES_PER_RECORD,
    ROUND_FRAMES_MAX,
    ROUND_HASHES_BASE,
    ROUND_HASHES_PER_RECORD,
)
from peerset.core.message import Bound, Days, Fingerprint, IdList, RangeItem, Ranges, Skip
from peerset.protocol.round import SHORT_ID_BYTES, Round, cut_into_frames, item_bytes

FIRST_DAY = 20_000
UPTO = UnixTime((FIRST_DAY + 10) * DAY_SECONDS - 60)


def make_round() -> Round:
    return Round(1, FIRST_DAY, UPTO, now=Monotonic(0.0))


def days(first_day: int = FIRST_DAY, upto: int = UPTO, cell_days: int = 8, cells: int = 2) -> Days:
    return Days(1, first_day, UnixTime(upto), cell_days, ((0, b""),) * cells)


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


@pytest.mark.parametrize(
    "answer",
    [
        days(FIRST_DAY - 1),
        days(upto=UPTO + 1),
        days(FIRST_DAY + 10, cells=0),
        days(cells=1),
        days(cells=3),
        days(cell_days=0),
        days(cell_days=97, cells=1),
    ],
)
def test_an_overview_of_anything_else_does_not_fit(answer: Days) -> None:
    active = make_round()
    assert not active.adopt(answer)
    assert (active.first_day, active.upto) == (FIRST_DAY, UPTO)


def test_ranges_must_ascend_and_stay_inside_the_round() -> None:
    active = make_round()
    active.lower = active.start
    assert active.holds([])
    assert active.holds([Skip(bound(5)), Skip(bound(5, b"a")), Skip(bound(5, b"ab")), Skip((UPTO, b""))])
    assert not active.holds([Skip(bound(0))])
    assert not active.holds([Skip(bound(5)), Skip(bound(5))])
    assert not active.holds([Skip(bound(5, b"b")), Skip(bound(5, b"a"))])
    assert not active.holds([Skip((UPTO, b"a"))])


@pytest.mark.parametrize("held", [0, 1_000])
def test_a_round_may_hash_and_say_so_much_and_no_more(held: int) -> None:
    hashes = ROUND_HASHES_BASE + ROUND_HASHES_PER_RECORD * held
    assert make_round().spend(hashed=hashes, items=[], wanted=0, held=held)
    assert not make_round().spend(hashed=hashes + 1, items=[], wanted=0, held=held)
    wanted = (ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * held) // SHORT_ID_BYTES
    assert make_round().spend(hashed=0, items=[], wanted=wanted, held=held)
    assert not make_round().spend(hashed=0, items=[Skip(bound(5))], wanted=wanted, held=held)


def test_a_round_has_only_so_many_answers() -> None:
    active = make_round()
    assert all(active.spend(hashed=0, items=[], wanted=0, held=0) for _ in range(ROUND_FRAMES_MAX))
    assert not active.spend(hashed=0, items=[], wanted=0, held=0)


@pytest.mark.parametrize(
    "item",
    [
        Skip(bound(2**40)),
        Fingerprint(bound(2**40, b"p" * 32), b"f" * 8),
        IdList(bound(2**40, b"p" * 32), (b"i" * 8,) * 200),
    ],
)
def test_an_item_is_never_longer_on_the_wire_than_counted(item: RangeItem) -> None:
    assert len(wire.encode(Ranges(1, (item,)))) - len(wire.encode(Ranges(1, ()))) <= item_bytes(item) + 2


def test_answers_are_cut_in_order_into_messages_that_the_wire_takes() -> None:
    items = [IdList(bound(number + 1), (b"i" * 8,) * 90) for number in range(300)]
    frames = list(cut_into_frames(items))
    assert [item for frame in frames for item in frame] == items
    assert len(frames) == 4
    assert all(len(wire.encode(Ranges(1, frame))) <= FRAME_BYTES_MAX for frame in frames)


def test_answers_of_many_short_items_are_cut_by_number() -> None:
    items = [Skip(bound(number + 1)) for number in range(RANGE_ITEMS_MAX)]
    sizes = [len(frame) for frame in cut_into_frames(items)]
    assert sum(sizes) == RANGE_ITEMS_MAX
    assert max(sizes) <= RANGE_ITEMS_MAX
    assert list(cut_into_frames([])) == []
