"""Records dated ahead of the clock, until they are due."""

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import FUTURE_SECONDS_MAX, QUARANTINE_RECORDS_MAX
from peerset.core.record import Record
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.postponed import Quarantine
from tests.protocol.pair import START, make_record

PEER = PeerId("0000peer")


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


def early(number: int, seconds: int) -> Arrival:
    """Give the record *number*, dated *seconds* too far ahead."""
    return Arrival(make_record(number, at=START + FUTURE_SECONDS_MAX + seconds), PEER, 7)


def released(arrivals: list[Arrival]) -> list[Record]:
    return [arrival.record for arrival in arrivals]


def test_records_leave_when_they_are_due_whatever_the_order_they_came_in() -> None:
    quarantine = Quarantine()
    late, soon = early(1, 60), early(2, 30)
    quarantine.add(late, at(0))
    quarantine.add(soon, at(0))
    assert quarantine.deadline == Monotonic(30)
    assert quarantine.due(at(29)) == []
    assert released(quarantine.due(at(30))) == [soon.record]
    assert quarantine.deadline == Monotonic(60)
    assert released(quarantine.due(at(100))) == [late.record]
    assert quarantine.deadline is None


def test_what_leaves_is_owed_to_nobody_and_needs_no_second_look() -> None:
    quarantine = Quarantine()
    arrival = early(1, 1)
    quarantine.add(arrival, at(0))
    assert quarantine.due(at(1)) == [Arrival(arrival.record, None, 0, is_trusted=True)]


def test_a_record_waits_once_and_is_held_until_it_leaves() -> None:
    quarantine = Quarantine()
    arrival = early(1, 10)
    quarantine.add(arrival, at(0))
    quarantine.add(arrival, at(0))
    assert quarantine.holds(arrival.record.id)
    assert len(quarantine.due(at(10))) == 1
    assert not quarantine.holds(arrival.record.id)


def test_a_record_that_is_due_already_leaves_at_once() -> None:
    quarantine = Quarantine()
    arrival = early(1, -5)
    quarantine.add(arrival, at(0))
    assert released(quarantine.due(at(0))) == [arrival.record]


def test_a_full_quarantine_forgets_what_comes() -> None:
    quarantine = Quarantine()
    for number in range(QUARANTINE_RECORDS_MAX):
        quarantine.add(early(number, 10), at(0))
    last = early(QUARANTINE_RECORDS_MAX, 10)
    quarantine.add(last, at(0))
    assert not quarantine.holds(last.record.id)
    assert len(quarantine.due(at(10))) == QUARANTINE_RECORDS_MAX
