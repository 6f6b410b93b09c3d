"""Swarms that meet on boards, where all hear who is there and an offer goes to one: relays and brokers."""

from functools import partial

import pytest

from peerset.core.limits import ANNOUNCED_OFFERS_MAX, ANNOUNCED_PER_MINUTE, FULL_MESH_MAX
from peerset.core.signal import PeerId
from peerset.protocol.effects import MakeOffers
from peerset.protocol.inputs import PeerAnnounced, Purpose
from peerset.testing.history import History
from peerset.testing.member import Member
from peerset.testing.swarm import Swarm

SEEDS = range(2)
FLOOD_PER_SECOND = 200


class Calls(History):
    """Counts for whom each member makes offers because they announced themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[int, int] = {}

    def note(self, time: float, who: int, what: object) -> None:
        super().note(time, who, what)
        if isinstance(what, MakeOffers) and what.purpose is Purpose.ANNOUNCED:
            self.calls[who] = self.calls.get(who, 0) + what.count


def neighbours(member: Member) -> int:
    peers = [] if member.node is None else member.node.peers
    return sum(peer.state == "established" for peer in peers)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_small_room_is_a_full_mesh(seed: int) -> None:
    swarm = Swarm(seed, peers_max=36, trackers=0, boards=2)
    for _ in range(FULL_MESH_MAX - 1):
        swarm.wake(swarm.add_member())
    swarm.run(150.0)
    assert {neighbours(member) for member in swarm.members} == {FULL_MESH_MAX - 2}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_newcomer_is_called_at_once_and_one_board_is_enough(seed: int) -> None:
    swarm = Swarm(seed, peers_max=36, trackers=1, boards=2)
    for _ in range(6):
        swarm.wake(swarm.add_member())
    swarm.run(60.0)
    for place in swarm.rendezvous.trackers[:2]:
        swarm.rendezvous.fail(place)
    newcomer = swarm.add_member()
    swarm.wake(newcomer)
    swarm.run(5.0)
    assert neighbours(newcomer) == 6


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_thousand_announcers_cost_a_member_few_offers_and_honest_ones_meet_at_another_board(seed: int) -> None:
    calls = Calls()
    swarm = Swarm(seed, peers_max=36, trackers=0, boards=2, history=calls)
    for _ in range(4):
        swarm.wake(swarm.add_member())
    hostile = swarm.rendezvous.trackers[1].via
    for number in range(50 * FLOOD_PER_SECOND):
        event = PeerAnnounced(PeerId(f"x{number:019}"), hostile)
        for member in swarm.members:
            assert member.peer_id is not None
            swarm.clock.after(number / FLOOD_PER_SECOND, partial(swarm._signal, member.peer_id, event))
    swarm.run(60.0)
    assert {neighbours(member) for member in swarm.members} == {3}
    assert max(calls.calls.values()) <= FULL_MESH_MAX + ANNOUNCED_PER_MINUTE + ANNOUNCED_OFFERS_MAX
