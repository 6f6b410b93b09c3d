import pytest

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS
from peerset.testing.faults import Faults, PartitionKind
from peerset.testing.mishaps import Mishaps
from peerset.testing.swarm import Swarm
from tests.testing.records import make_record


def stormy(faults: Faults, *, members: int = 6) -> tuple[Swarm, Mishaps]:
    swarm = Swarm(1, faults)
    for _ in range(members):
        swarm.wake(swarm.add_member())
    swarm.run(10.0)
    mishaps = Mishaps(swarm)
    mishaps.begin()
    return swarm, mishaps


def test_a_calm_world_has_no_mishaps() -> None:
    swarm, _ = stormy(Faults())
    before = [member.life for member in swarm.members]

    swarm.run(60.0)

    assert [member.life for member in swarm.members] == before == [1] * 6


@pytest.mark.parametrize("faults", [Faults(crashes=60.0), Faults(departures=60.0)])
def test_members_die_or_leave_and_come_back(faults: Faults) -> None:
    swarm, mishaps = stormy(faults)

    swarm.run(120.0)
    mishaps.end()

    assert max(member.life for member in swarm.members) > 1
    assert all(member.is_alive for member in swarm.members)


def test_channels_break() -> None:
    swarm, _ = stormy(Faults(breaks=600.0))

    swarm.run(5.0)

    assert any(channel.is_broken for channel in swarm.links.channels())


def test_nothing_breaks_where_there_is_no_channel() -> None:
    swarm, _ = stormy(Faults(breaks=600.0), members=1)

    swarm.run(5.0)

    assert swarm.links.channels() == []


@pytest.mark.parametrize("kind", PartitionKind)
def test_partitions_come_and_go(kind: PartitionKind) -> None:
    swarm, mishaps = stormy(Faults(partitions=6.0, partition_kinds=(kind,)))

    sizes = []
    for _ in range(120):
        swarm.run(1.0)
        sizes.append(len(swarm.cut))
    mishaps.end()

    assert max(sizes) > 0
    assert 0 in sizes
    assert swarm.cut == set()


def test_trackers_fail_and_recover() -> None:
    swarm, mishaps = stormy(Faults(outages=4.0))

    states = []
    for _ in range(120):
        swarm.run(1.0)
        states.append(all(tracker.is_up for tracker in swarm.rendezvous.trackers))
    mishaps.end()

    assert set(states) == {True, False}
    assert all(tracker.is_up for tracker in swarm.rendezvous.trackers)


def test_disks_fill_and_are_emptied() -> None:
    swarm, mishaps = stormy(Faults(full_disks=60.0))

    swarm.run(10.0)
    assert any(member.disk.is_full for member in swarm.members)
    mishaps.end()

    assert not any(member.disk.is_full for member in swarm.members)


def test_disks_fail_and_work_again() -> None:
    swarm, mishaps = stormy(Faults(failing_disks=60.0))

    swarm.run(10.0)
    assert any(member.disk.is_failing for member in swarm.members)
    mishaps.end()

    assert not any(member.disk.is_failing for member in swarm.members)


def test_users_purge_what_they_have_for_good() -> None:
    swarm, mishaps = stormy(Faults(purges=60.0))
    for member in swarm.members:
        swarm.publish(member, make_record(member.name, created_at=swarm.moment(member).unix))

    swarm.run(20.0)
    mishaps.end()

    assert swarm.purged
    assert any(member.disk.purged for member in swarm.members)


def test_clocks_are_set_wrong_and_right_again() -> None:
    swarm, mishaps = stormy(Faults(wrong_clocks=30.0))

    amounts = set()
    for _ in range(120):
        swarm.run(1.0)
        amounts |= {abs(member.wrong_seconds) for member in swarm.members}
    mishaps.end()

    assert HOUR_SECONDS <= min(amounts - {0}) < max(amounts) <= 3 * 365 * DAY_SECONDS
    assert [member.wrong_seconds for member in swarm.members] == [0] * 6
    assert swarm.has_had_wrong_clocks
    assert max(member.life for member in swarm.members) > 1
