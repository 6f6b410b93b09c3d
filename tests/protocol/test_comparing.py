"""What one side compares in a round, whatever the other says: liars, crowds, and more than one moment takes."""

import random
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.bucket import day_bound
from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import ROUND_BYTES_MAX, STRETCH_RECORDS
from peerset.core.merkle import Index
from peerset.core.message import Bound, Days, Fingerprint, IdList, RangeItem, Ranges, Skip, Want
from peerset.core.ranges import fingerprint, listed_id
from peerset.core.record import RecordId
from peerset.errors import LocalProtocolError
from peerset.protocol.comparing import Comparing
from peerset.protocol.refused import NOTHING_REFUSED
from peerset.protocol.round import Round
from peerset.protocol.transfer import Transfer

SALT = b"s" * 16
FIRST_DAY = 20_000
START = day_bound(FIRST_DAY)
UPTO = UnixTime(day_bound(FIRST_DAY + 16)[0])
END: Bound = (UPTO, b"")
MIDDLE = day_bound(FIRST_DAY + 8)
NOW = Moment(Monotonic(0.0), UPTO)


def make_index(count: int, *, seed: int = 0) -> Index:
    """Spread *count* records over eight days; the eight after them are empty."""
    rng = random.Random(seed)
    return Index.bulk((rng.randrange(START[0], MIDDLE[0]), rng.randbytes(32)) for _ in range(count))


def make_comparing(
    index: Index, *, other_count: int | None = 0, resume: Bound | None = None, bytes_max: int = ROUND_BYTES_MAX
) -> Comparing:
    """Compare *index*; having given our days, unless the other's count is unknown."""
    active = Round(1, FIRST_DAY, UPTO, Transfer(index, SALT), now=Monotonic(0.0))
    comparing = Comparing(
        active,
        index,
        SALT,
        resume=resume,
        sift=lambda _salt, wanted, _lower, _items: wanted,
        refuses=NOTHING_REFUSED,
        bytes_max=bytes_max,
    )
    if other_count is not None:
        comparing.begin(other_count, by_days=True)
    return comparing


def say(comparing: Comparing, *items: RangeItem, more: bool = False) -> list[Want | Ranges] | None:
    """Say *items* and let all of it be answered; None when it is a lie."""
    comparing.take(Ranges(1, items, more=more))
    answer: list[Want | Ranges] = []
    while comparing.has_work:
        part = comparing.work()
        if part is None:
            return None
        answer += part
    return answer


def queued(comparing: Comparing) -> list[RecordId]:
    """Load everything that is to be given."""
    transfer = comparing.round.transfer
    ids: list[RecordId] = []
    while found := transfer.next_ids(NOW):
        ids += found
        transfer.loaded(())
    return ids


WRONG = b"x" * 8
STRANGE = b"x" * 5


@pytest.mark.parametrize(
    "items",
    [
        (IdList(MIDDLE, ()), IdList(END, ())),
        (Fingerprint(END, WRONG),),
        (Skip(MIDDLE), Fingerprint(END, WRONG)),
        (Fingerprint(MIDDLE, WRONG), Fingerprint(MIDDLE, WRONG)),
        (Fingerprint((START[0] + 9, b""), WRONG), Skip((START[0] + 5, b""))),
        (Skip((START[0], b"")),),
        (Skip((UPTO + 1, b"")),),
    ],
)
def test_what_was_not_open_or_out_of_order_is_a_lie(items: tuple[RangeItem, ...]) -> None:
    assert say(make_comparing(make_index(500)), *items) is None


def test_a_cell_without_records_is_not_open() -> None:
    comparing = make_comparing(make_index(500))
    assert say(comparing, IdList(MIDDLE, ())) == []
    assert comparing.is_over
    assert len(queued(comparing)) == 500


def test_ranges_before_the_days_are_a_lie() -> None:
    assert say(make_comparing(make_index(500), other_count=None), IdList(MIDDLE, ())) is None


def test_the_whole_set_is_queued_once_however_often_it_is_asked_for() -> None:
    index = make_index(3_000)
    comparing = make_comparing(index)
    answers = [say(comparing, IdList(MIDDLE, ()), Skip(END), more=True)]
    answers += [say(comparing, Fingerprint((MIDDLE[0] - 60, b""), WRONG), more=True) for _ in range(60)]
    assert answers == [[], *[None] * 60]
    assert len(queued(comparing)) == 3_000


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 900))
def test_no_liar_has_a_record_queued_twice(rng: random.Random, count: int) -> None:
    comparing = make_comparing(make_index(count))
    answer = _lie_about([Ranges(1, (Fingerprint(MIDDLE, WRONG),))], rng)
    for _ in range(40):
        answer_to = say(comparing, *answer)
        if not answer_to:
            break
        lists = [item for ranges in answer_to if isinstance(ranges, Ranges) for item in ranges.items]
        shorts = [short for item in lists if isinstance(item, IdList) for short in item.short_ids]
        assert comparing.give([short for short in shorts if rng.random() < 0.5])
        answer = _lie_about(answer_to, rng)
    ids = queued(comparing)
    assert len(ids) == len(set(ids))


def _lie_about(answer: list[Want | Ranges], rng: random.Random) -> list[RangeItem]:
    """Answer what is open by lists of nothing, lists of nonsense and fingerprints that are wrong."""
    items: list[RangeItem] = []
    for item in (item for ranges in answer if isinstance(ranges, Ranges) for item in ranges.items):
        if isinstance(item, Fingerprint):
            claims: list[RangeItem] = [Fingerprint(item.upper, rng.randbytes(8)), IdList(item.upper, (STRANGE,))]
            items.append(rng.choice([*claims, IdList(item.upper, ()), Skip(item.upper)]))
        else:
            items.append(Skip(item.upper))
    return items


def test_wants_are_given_in_the_order_of_the_lists_and_each_once() -> None:
    index = make_index(20)
    comparing = make_comparing(index)
    shorts = [listed_id(SALT, record_id) for record_id in index.ids(START, END)]
    say(comparing, Fingerprint(MIDDLE, WRONG))
    assert comparing.give(shorts[3:5])
    assert not comparing.give(shorts[3:4])
    assert comparing.give(shorts[6:7])
    assert not comparing.give([STRANGE])
    assert queued(comparing) == [index.ids(START, END)[at] for at in (3, 4, 6)]


def test_what_is_listed_cannot_be_wanted_once_the_peer_is_done() -> None:
    index = make_index(20)
    comparing = make_comparing(index)
    say(comparing, Fingerprint(MIDDLE, WRONG))
    comparing.stop()
    assert not comparing.give([listed_id(SALT, index.ids(START, END)[0])])


def test_a_list_against_a_crowd_is_settled_stretch_by_stretch() -> None:
    index = make_index(3 * STRETCH_RECORDS)
    ids = index.ids(START, END)
    known = [ids[0], ids[STRETCH_RECORDS], ids[-1]]
    comparing = make_comparing(index)
    comparing.take(Ranges(1, (IdList(MIDDLE, (STRANGE, *(listed_id(SALT, record_id) for record_id in known))),)))
    stretches = []
    while comparing.has_work:
        before = index.hashed_ids
        stretches.append(comparing.work())
        assert index.hashed_ids - before <= STRETCH_RECORDS
    assert stretches == [[], [], [Want(1, (STRANGE,))]]
    assert queued(comparing) == [record_id for record_id in ids if record_id not in known]


def test_what_was_refused_before_is_not_wanted_from_any_stretch() -> None:
    index = make_index(3 * STRETCH_RECORDS)
    comparing = make_comparing(index)
    looked: list[tuple[Bound, Bound]] = []

    def sift(_salt: bytes, wanted: tuple[bytes, ...], lower: Bound, items: Iterable[RangeItem]) -> tuple[bytes, ...]:
        looked.extend((lower, item.upper) for item in items)
        return wanted

    comparing._ways["sift"] = sift
    say(comparing, IdList(MIDDLE, (STRANGE,)))
    assert (looked[0][0], looked[-1][1]) == (START, MIDDLE)
    assert all(one[1] == other[0] for one, other in pairwise(looked))


def test_many_ranges_are_answered_stretch_by_stretch_with_one_end() -> None:
    index = make_index(4 * STRETCH_RECORDS)
    bounds = [index.bound(START, END, rank) for rank in range(30, 4 * STRETCH_RECORDS, 30)]
    comparing = make_comparing(index)
    comparing.take(Ranges(1, tuple(Fingerprint(bound, WRONG) for bound in bounds)))
    answers: list[Want | Ranges] = []
    works = 0
    while comparing.has_work:
        answers += comparing.work() or []
        works += 1
    assert works >= 4
    said = [ranges for ranges in answers if isinstance(ranges, Ranges)]
    assert [ranges.more for ranges in said] == [True] * (len(said) - 1) + [False]
    assert sum(len(i.short_ids) for r in said for i in r.items if isinstance(i, IdList)) == len(bounds) * 30


def test_an_equal_range_before_a_stretch_is_skipped_in_the_answer() -> None:
    # Ranges are said from where the one before ended, also across the messages of one answer.
    index = make_index(400)
    first, second = (index.bound(START, END, rank) for rank in (100, 200))
    comparing = make_comparing(index)
    keyed = _equal(index, START, first)
    assert say(comparing, Fingerprint(first, keyed), more=True) == []
    (answer,) = say(comparing, Fingerprint(second, WRONG)) or []
    assert isinstance(answer, Ranges)
    assert answer.items[0] == Skip(first)


def crowded_out(index: Index) -> tuple[Comparing, list[Bound]]:
    """Compare until the budget is spent, with a peer that lists something in the first ten of the ranges given too."""
    comparing = make_comparing(index, bytes_max=9_000)
    (cut,) = say(comparing, Fingerprint(MIDDLE, WRONG)) or []
    (finer,) = say(comparing, *(replace(item, fingerprint=WRONG) for item in opened(cut))) or []
    bounds = [item.upper for item in opened(finer)]
    lists = [IdList(upper, (STRANGE,)) for upper in bounds[:10]]
    say(comparing, *lists, *(Fingerprint(upper, WRONG) for upper in bounds[10:]))
    return comparing, bounds


def opened(answer: Want | Ranges) -> list[Fingerprint]:
    assert isinstance(answer, Ranges)
    return [item for item in answer.items if isinstance(item, Fingerprint)]


def test_the_next_round_begins_where_the_first_of_both_sides_stopped() -> None:
    comparing, bounds = crowded_out(make_index(3_000))
    assert comparing.left is not None
    assert comparing.left > bounds[10]
    assert comparing.reached == bounds[9]
    assert comparing.outcome(is_equal=False).is_cut


def test_a_list_from_before_the_beginning_of_a_round_does_not_take_the_next_one_back() -> None:
    comparing, bounds = crowded_out(make_index(3_000))
    comparing._resume = bounds[20]
    assert comparing.reached == comparing.left


def _equal(index: Index, lower: Bound, upper: Bound) -> bytes:
    return fingerprint(SALT, index.digest(lower, upper))


def test_what_waits_is_bounded_and_what_does_not_fit_is_left() -> None:
    index = make_index(3 * STRETCH_RECORDS)
    comparing = make_comparing(index)
    comparing.take(Ranges(1, (IdList((START[0] + 1, b""), (STRANGE,)),), more=True))
    many = tuple(number.to_bytes(5, "big") for number in range(11_000))
    for number in range(2, 80):
        comparing.take(Ranges(1, (IdList((START[0] + number, b""), many),), more=True))
    assert comparing._waiting_bytes <= ROUND_BYTES_MAX + 1_000


def test_days_are_answered_over_what_they_cover() -> None:
    ours, theirs = make_index(50), make_index(60, seed=1)
    days = make_comparing(theirs, other_count=None).begin(50, by_days=True)
    assert isinstance(days, Days)
    comparing = make_comparing(ours, other_count=None)
    assert Days in comparing.awaited
    (answer,) = comparing.take_days(days)
    assert comparing.awaited == ()
    assert isinstance(answer, Ranges)
    assert answer.items == (IdList(MIDDLE, tuple(listed_id(SALT, i) for i in ours.ids(START, END))),)


def test_only_ranges_can_wait() -> None:
    comparing = make_comparing(make_index(1))
    with pytest.raises(LocalProtocolError):
        comparing._begin(Days(1, FIRST_DAY, UPTO, 8, ()))
