"""The members of one swarm."""

import random

import pytest

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.origin import origin_of
from peerset.tracker.quotas import Quotas
from peerset.tracker.swarm import ConnectionId, Member, Source, Swarm

NOW = Monotonic(0.0)
QUOTAS = Quotas(1.0, 1.0)


def add(swarm: Swarm, name: str, address: str = "192.0.2.1") -> Member:
    source = Source(ConnectionId(1), origin_of(address))
    return swarm.add(name, source, QUOTAS.of(source.origin), NOW)


def test_members_come_are_counted_and_go() -> None:
    swarm = Swarm("h" * 20, TrackerLimits())
    alice, bob = add(swarm, "alice"), add(swarm, "bob")
    swarm.renew(alice, is_seeder=True, now=Monotonic(5.0))
    assert (list(swarm), len(swarm), swarm.seeders, alice.heard) == ([alice, bob], 2, 1, 5.0)
    assert swarm.get("alice") is alice
    swarm.remove(alice)
    assert (list(swarm), swarm.seeders, swarm.get("alice")) == ([bob], 0, None)


def test_others_are_drawn() -> None:
    swarm = Swarm("h" * 20, TrackerLimits())
    alice, bob = add(swarm, "alice"), add(swarm, "bob")
    assert swarm.draw_others(alice, 5, random.Random(0)) == [bob]


def test_there_is_room_for_so_many_and_for_so_many_of_an_address() -> None:
    swarm = Swarm("h" * 20, TrackerLimits(members_per_swarm=3, members_per_swarm_and_address=2))
    add(swarm, "one")
    two = add(swarm, "two")
    with pytest.raises(SignalingError, match="2 places of this swarm are taken by your address"):
        swarm.make_room(origin_of("192.0.2.1"))
    add(swarm, "three", "198.51.100.1")
    assert swarm.make_room(origin_of("203.0.113.1")) is two
