"""Rooms that keep records for an hour, and clocks that are wrong, are set, or stood still while a machine slept."""

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS
from peerset.core.rules import Rules
from peerset.protocol.events import RecordPostponed, StrikeCounted
from tests.protocol.pair import START, Member, Net, make_record

HOUR = Rules(retention_seconds=HOUR_SECONDS)
GONE_SECONDS = 86 * MINUTE_SECONDS


def met(net: Net, *members: Member) -> None:
    """Let each of *members* meet all others."""
    for number, one in enumerate(members):
        for other in members[number + 1 :]:
            net.connect(one, other)


def strikes(*members: Member) -> list[StrikeCounted]:
    return [event for member in members for event in member.events if isinstance(event, StrikeCounted)]


def test_a_record_of_a_clock_that_is_ahead_waits_until_it_is_due_and_lives_an_hour_from_then() -> None:
    net = Net()
    one, ahead, other = (net.add(number, rules=HOUR, ahead=by) for number, by in ((1, 0), (2, 1_500), (3, 0)))
    met(net, one, ahead, other)
    record = make_record(1, at=START + 1_500)
    net.publish(ahead, record)
    assert record.id not in one.disk
    assert any(isinstance(event, RecordPostponed) for event in one.events)
    net.pass_time(11 * MINUTE_SECONDS)
    assert record.id in one.disk
    net.pass_time(1_500 - 11 * MINUTE_SECONDS + HOUR_SECONDS)
    assert record.id in one.disk
    net.pass_time(GONE_SECONDS - HOUR_SECONDS)
    assert [member.disk for member in (one, ahead, other)] == [{}] * 3
    assert strikes(one, ahead, other) == []


def test_a_clock_that_is_set_back_loses_nothing_and_once_it_is_right_all_is_as_elsewhere() -> None:
    net = Net()
    records = [make_record(number, at=START - number * 5 * MINUTE_SECONDS) for number in range(8)]
    one, late, other = (net.add(number, records, rules=HOUR) for number in (1, 2, 3))
    met(net, one, late, other)
    late.ahead = -2 * HOUR_SECONDS
    net.pass_time(HOUR_SECONDS)
    fresh = make_record(100, at=START + HOUR_SECONDS)
    net.publish(one, fresh)
    net.pass_time(30 * MINUTE_SECONDS)
    assert {record.id for record in records} <= set(late.disk)
    late.ahead = 0
    net.pass_time(12 * MINUTE_SECONDS)
    assert set(late.disk) == set(one.disk) == set(other.disk) == {fresh.id}
    assert strikes(one, late, other) == []


def test_who_slept_for_a_day_gives_nobody_what_it_had_and_has_it_no_more() -> None:
    net = Net()
    records = [make_record(number, at=START - number * 5 * MINUTE_SECONDS) for number in range(8)]
    one, other, sleeper = (net.add(number, records, rules=HOUR) for number in (1, 2, 3))
    net.connect(one, other)
    del net.members[sleeper.name]
    net.pass_time(DAY_SECONDS + HOUR_SECONDS)
    assert one.disk == other.disk == {}
    fresh = make_record(100, at=START + DAY_SECONDS + HOUR_SECONDS)
    net.publish(one, fresh)
    net.members[sleeper.name] = sleeper
    assert len(sleeper.disk) == len(records)
    met(net, one, sleeper)
    net.connect(other, sleeper)
    net.pass_time(2 * MINUTE_SECONDS)
    assert set(sleeper.disk) == set(one.disk) == set(other.disk) == {fresh.id}
    assert strikes(one, other, sleeper) == []
