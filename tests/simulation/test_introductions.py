"""A swarm without any tracker: neighbours bring its members together."""

import random

import pytest

from peerset.core.limits import NEIGHBOURS_CHOSEN
from peerset.core.signal import PeerId
from peerset.testing.member import Member
from peerset.testing.swarm import Swarm

SEEDS = range(2)
NEWCOMER_SECONDS = 3.0
HEALING_SECONDS = 120.0
VANISHED_PART = 5


def neighbours(member: Member) -> set[PeerId]:
    peers = [] if member.node is None else member.node.peers
    return {peer.id for peer in peers if peer.state == "established"}


def parts(swarm: Swarm) -> int:
    """Count the parts that have no way to each other."""
    alive = {member.peer_id: member for member in swarm.members if member.peer_id is not None}
    unseen, found = set(alive), 0
    while unseen:
        found += 1
        todo = [unseen.pop()]
        while todo:
            near = {peer for peer in neighbours(alive[todo.pop()]) if peer in unseen}
            unseen -= near
            todo += sorted(near)
    return found


def make_swarm(seed: int, members: int) -> Swarm:
    swarm = Swarm(seed, peers_max=36)
    for _ in range(members):
        swarm.wake(swarm.add_member())
    swarm.run(60.0)
    return swarm


def lose_trackers(swarm: Swarm) -> None:
    for tracker in swarm.rendezvous.trackers:
        swarm.rendezvous.fail(tracker)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_newcomer_with_one_neighbour_has_its_degree_within_three_seconds_without_a_tracker(seed: int) -> None:
    swarm = make_swarm(seed, 20)
    newcomer = swarm.add_member()
    friend = random.Random(seed).choice(swarm.members[:-1])
    lose_trackers(swarm)
    for member in swarm.members:
        if member.peer_id is not None and member is not friend:
            swarm.rendezvous.forget(member.peer_id)
    swarm.rendezvous.recover(swarm.rendezvous.trackers[0])
    swarm.run(20.0)
    swarm.wake(newcomer)
    while not neighbours(newcomer):
        swarm.run(0.01)
    lose_trackers(swarm)
    swarm.run(NEWCOMER_SECONDS)
    assert len(neighbours(newcomer)) >= NEIGHBOURS_CHOSEN


@pytest.mark.parametrize("seed", SEEDS)
def test_without_any_tracker_a_swarm_heals_after_a_fifth_of_its_members_vanish(seed: int) -> None:
    swarm = make_swarm(seed, 30)
    lose_trackers(swarm)
    chance = random.Random(seed)
    for member in chance.sample(swarm.members, len(swarm.members) // VANISHED_PART):
        swarm.crash(member)
    swarm.run(HEALING_SECONDS)
    alive = [member for member in swarm.members if member.is_alive]
    assert parts(swarm) == 1
    assert min(len(neighbours(member)) for member in alive) >= NEIGHBOURS_CHOSEN // 2


@pytest.mark.parametrize("seed", SEEDS)
def test_without_any_tracker_a_string_of_members_becomes_a_mesh(seed: int) -> None:
    swarm = Swarm(seed, peers_max=36)
    members = [swarm.add_member() for _ in range(12)]
    swarm.cut = {(one, other) for one in range(12) for other in range(one + 2, 12)}
    for member in members:
        swarm.wake(member)
    swarm.run(200.0)
    assert all(len(neighbours(member)) <= 2 for member in members)
    assert parts(swarm) == 1
    lose_trackers(swarm)
    swarm.cut.clear()
    swarm.run(HEALING_SECONDS)
    assert min(len(neighbours(member)) for member in members) >= NEIGHBOURS_CHOSEN
