import pytest

from peerset.testing.faults import Faults, PartitionKind
from peerset.testing.mishaps import Mishaps
from peerset.testing.swarm import Swarm


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
    swarm, mishaps = stormy(Faults(outages=30.0))

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
