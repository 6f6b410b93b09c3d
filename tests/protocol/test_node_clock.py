"""Nodes whose clocks are wrong, or whose rules keep records for different times: nobody is blamed."""

import pytest

from peerset.core.clock import DAY_SECONDS, clamped
from peerset.core.limits import ROUND_BACKOFF_MAX_SECONDS
from peerset.core.rules import Rules
from peerset.protocol.events import ClockSkewed, RecordsExpired, StrikeCounted
from peerset.protocol.neighbour import Accord
from tests.protocol.pair import START, Member, Net, make_record

YEAR = 365 * DAY_SECONDS
IN_1970 = 100 - START
IN_2106 = 2**32 - START


def strikes(*members: Member) -> list[StrikeCounted]:
    return [event for member in members for event in member.events if isinstance(event, StrikeCounted)]


def keeping(days: int) -> Rules:
    return Rules(retention_seconds=days * DAY_SECONDS)


def test_peers_that_keep_records_for_different_times_share_what_both_keep() -> None:
    net = Net()
    ages = (1, 20, 40, 80)
    one = net.add(1, [make_record(days, at=START - days * DAY_SECONDS) for days in ages], rules=keeping(90))
    two = net.add(2, [make_record(5, at=START - 5 * DAY_SECONDS)], rules=keeping(30))
    net.connect(one, two)
    net.pass_time(600)
    assert len(one.disk) == 5
    assert sorted(record.created_at for record in two.disk.values()) == [
        START - days * DAY_SECONDS for days in (20, 5, 1)
    ]
    assert all(member.node.is_quiet for member in (one, two))
    assert strikes(one, two) == []


def test_a_light_member_has_the_newest_days_and_the_root_of_everybody() -> None:
    net = Net()
    ages = (1, 3, 6, 8, 20, 80)
    whole = net.add(1, [make_record(days, at=START - days * DAY_SECONDS) for days in ages])
    part = net.add(2, [make_record(5, at=START - 5 * DAY_SECONDS)], window_days=7)
    less = net.add(3, window_days=2)
    net.connect(whole, part)
    net.connect(part, less)
    net.connect(less, whole)
    net.pass_time(600)
    assert [len(member.disk) for member in (whole, part, less)] == [7, 4, 1]
    assert [len(member.node.claims or ()) for member in (part, less)] == [3, 6]
    assert len({member.node.root(net.now) for member in (whole, part, less)}) == 1
    for member in (whole, part, less):
        assert [(peer.is_synced, peer.has_other_rules) for peer in member.node.peers] == [(True, False)] * 2
        assert member.node.is_quiet
        for other in (whole, part, less):
            assert other is member or member.node.accord_with(other.name) is Accord.EQUAL
    assert strikes(whole, part, less) == []


def test_a_window_that_is_longer_than_the_rules_changes_nothing() -> None:
    net = Net()
    one = net.add(1, [make_record(80, at=START - 80 * DAY_SECONDS)], rules=keeping(90))
    two = net.add(2, rules=keeping(90), window_days=3_700)
    net.connect(one, two)
    assert one.disk == two.disk
    assert one.node.root(net.now) == two.node.root(net.now)


def test_peers_with_windows_of_ten_years_share_what_is_that_old() -> None:
    net = Net()
    one = net.add(1, [make_record(n, at=START - n * YEAR) for n in range(10)], rules=keeping(3_700))
    two = net.add(2, rules=keeping(3_700))
    net.connect(one, two)
    net.pass_time(600)
    assert two.disk == one.disk
    assert one.node.root(net.now) == two.node.root(net.now)
    assert strikes(one, two) == []


@pytest.mark.parametrize("ahead", [IN_1970, -YEAR, YEAR, IN_2106])
def test_a_peer_with_a_wrong_clock_is_not_blamed_and_blames_nobody(ahead: int) -> None:
    net = Net()
    one, two = net.add(1, [make_record(1)]), net.add(2, [make_record(2)], ahead=ahead)
    net.connect(one, two)
    net.publish(one, make_record(3))
    net.publish(two, make_record(4, at=clamped(START + ahead)))
    net.pass_time(3_600)
    assert strikes(one, two) == []
    assert two.node.peers[0].state == "established"


@pytest.mark.parametrize("ahead", [IN_1970, -YEAR, YEAR, IN_2106])
def test_a_clock_that_is_set_makes_its_room_whole_again(ahead: int) -> None:
    net = Net()
    one, two = net.add(1, [make_record(1)]), net.add(2, [make_record(2)], ahead=ahead)
    net.connect(one, two)
    net.pass_time(ROUND_BACKOFF_MAX_SECONDS)
    two.ahead = 0
    net.pass_time(60)
    assert make_record(1).id in two.disk
    assert make_record(2).id in one.disk
    net.publish(two, make_record(3, at=net.now.unix))
    net.pass_time(5)
    assert len(one.disk) == len(two.disk) == 3
    assert strikes(one, two) == []


def test_a_clock_that_leaps_a_year_empties_no_store() -> None:
    net = Net()
    one, two, three = (net.add(number, [make_record(number)]) for number in (1, 2, 3))
    net.pass_time(1_200)
    one.ahead = YEAR
    for other in (two, three):
        net.connect(one, other)
    net.pass_time(7_200)
    assert make_record(1).id in one.disk
    assert [event for event in one.events if isinstance(event, RecordsExpired)] == []
    [skewed] = [event for event in one.events if isinstance(event, ClockSkewed)]
    assert skewed.is_ours
