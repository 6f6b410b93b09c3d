"""Records dated ahead of the clock, until they are due."""

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import (
    FUTURE_SECONDS_MAX,
    POSTPONED_BYTES_MAX,
    POSTPONED_BYTES_PER_PEER_MAX,
    POSTPONED_RECORDS_MAX,
    POSTPONED_RECORDS_PER_PEER_MAX,
)
from peerset.core.record import Record
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.health import Budget
from peerset.protocol.postponed import Postponed
from tests.protocol.pair import START, make_record

PEER = PeerId("0000peer")


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


def early(number: int, seconds: int, *, peer: PeerId | None = PEER, size: int = 0) -> Arrival:
    """Give the record *number*, dated *seconds* too far ahead."""
    return Arrival(make_record(number, at=START + FUTURE_SECONDS_MAX + seconds, size=size), peer, 7)


def released(arrivals: list[Arrival]) -> list[Record]:
    return [arrival.record for arrival in arrivals]


def test_records_leave_when_they_are_due_whatever_the_order_they_came_in() -> None:
    postponed = Postponed()
    late, soon = early(1, 60), early(2, 30)
    postponed.add(late, at(0))
    postponed.add(soon, at(0))
    assert postponed.deadline == Monotonic(30)
    assert postponed.due(at(29)) == []
    assert released(postponed.due(at(30))) == [soon.record]
    assert postponed.deadline == Monotonic(60)
    assert released(postponed.due(at(100))) == [late.record]
    assert postponed.deadline is None


def test_a_clock_that_is_set_makes_due_at_once_what_it_says_is_due_and_nothing_else() -> None:
    postponed = Postponed()
    soon, late = early(1, 7_200), early(2, 86_400)
    postponed.add(soon, at(0))
    postponed.add(late, at(0))

    assert released(postponed.due(Moment(Monotonic(5), UnixTime(START + 7_205)))) == [soon.record]
    assert postponed.deadline == Monotonic(5 + 86_400 - 7_205)
    assert postponed.due(Moment(Monotonic(86_400), UnixTime(START - 3_600))) == []
    assert postponed.deadline == Monotonic(86_400 + 86_400 + 3_600)


def test_what_leaves_is_owed_to_nobody_and_needs_no_second_look() -> None:
    postponed = Postponed()
    arrival = early(1, 1)
    postponed.add(arrival, at(0))
    assert postponed.due(at(1)) == [Arrival(arrival.record, None, 0, is_trusted=True)]


def test_a_record_waits_once_and_is_held_until_it_leaves() -> None:
    postponed = Postponed()
    arrival = early(1, 10)
    postponed.add(arrival, at(0))
    postponed.add(arrival, at(0))
    assert postponed.holds(arrival.record.id)
    assert len(postponed.due(at(10))) == 1
    assert not postponed.holds(arrival.record.id)


def test_a_record_that_is_due_already_leaves_at_once() -> None:
    postponed = Postponed()
    arrival = early(1, -5)
    postponed.add(arrival, at(0))
    assert released(postponed.due(at(0))) == [arrival.record]


def test_a_full_waiting_room_forgets_what_comes() -> None:
    postponed = Postponed()
    for number in range(POSTPONED_RECORDS_MAX):
        assert postponed.add(early(number, 10, peer=None), at(0))
    last = early(POSTPONED_RECORDS_MAX, 10, peer=None)
    assert not postponed.fits(last)
    assert not postponed.add(last, at(0))
    assert not postponed.holds(last.record.id)
    assert postponed.budget == Budget("postponed", POSTPONED_RECORDS_MAX, POSTPONED_RECORDS_MAX, START, 1)
    assert len(postponed.due(at(10))) == POSTPONED_RECORDS_MAX
    assert postponed.budget == Budget("postponed", 0, POSTPONED_RECORDS_MAX, None, 1)
    assert postponed.fits(last)


def test_one_peer_takes_only_so_many_places_and_others_have_theirs() -> None:
    postponed = Postponed()
    for number in range(POSTPONED_RECORDS_PER_PEER_MAX):
        assert postponed.add(early(number, 10), at(0))
    assert not postponed.add(early(9_999, 10), at(0))
    assert postponed.add(early(9_999, 20, peer=PeerId("0000other")), at(0))
    assert len(postponed.due(at(10))) == POSTPONED_RECORDS_PER_PEER_MAX
    assert postponed.add(early(9_998, 20), at(10))


def test_one_peer_takes_only_so_many_bytes() -> None:
    postponed = Postponed()
    big = [early(number, 10, size=60_000) for number in range(POSTPONED_BYTES_PER_PEER_MAX // 60_000 + 1)]
    added = [postponed.add(arrival, at(0)) for arrival in big]
    assert added == [True] * (len(big) - 1) + [False]
    assert postponed.fits(early(9_999, 10, size=1_000))


def test_all_together_take_only_so_many_bytes() -> None:
    postponed = Postponed()
    big = [early(number, 10, peer=None, size=60_000) for number in range(POSTPONED_BYTES_MAX // 60_000 + 1)]
    kept = sum(postponed.add(arrival, at(0)) for arrival in big)
    assert POSTPONED_BYTES_MAX - 2 * 61_000 < kept * 60_000 <= POSTPONED_BYTES_MAX
    assert len(postponed.due(at(10))) == kept
    assert postponed.fits(big[-1])
