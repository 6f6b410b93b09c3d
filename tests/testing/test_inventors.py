"""Who makes up names and sketches: that it does, and that the honest members around it come to one set all the same."""

import random
from dataclasses import replace

import pytest

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import SKETCH_SYMBOLS_MAX
from peerset.core.message import Fin, Light, Message, More, Named, Ping, Sketch
from peerset.core.record import KIND_RECORD, Record, sign_record
from peerset.core.signal import PeerId
from peerset.core.sketch import pack_symbols, solve, subtract, unpack_symbols
from peerset.protocol.effects import Send
from peerset.protocol.inputs import Received
from peerset.protocol.lightness import unpack_names
from peerset.protocol.node import Node
from peerset.testing.faults import Faults
from peerset.testing.inventors import NAMES, NamingVillain, SketchVillain
from peerset.testing.machine import SIMULATED_ROOM, Deed
from peerset.testing.member import Member
from peerset.testing.story import SETTLE_SECONDS
from peerset.testing.swarm import EPOCH, LIGHT_SECONDS, Swarm

OWN, ALICE = PeerId("0000me"), PeerId("0000alice")
AUTHOR = SecretKey.generate(random.Random(7))
REPEATED_MINUTES = 180
EDGE = EPOCH // DAY_SECONDS * DAY_SECONDS
SKETCH = Sketch(2, EDGE // DAY_SECONDS - 3, UnixTime(EDGE), 100, pack_symbols([0] * 64))
NOW = Moment(Monotonic(1.0), EPOCH)


def node(rng: random.Random) -> Node:
    return Node(OWN, SecretKey.generate(rng), room=SIMULATED_ROOM, rng=rng)


def naming() -> NamingVillain:
    rng = random.Random(1)
    return NamingVillain(node(rng), rng)


def sketching(seed: int = 1) -> SketchVillain:
    rng = random.Random(seed)
    return SketchVillain(node(rng), rng)


def said(deeds: list[Deed]) -> list[Message]:
    return [deed.message for deed in deeds if isinstance(deed, Send)]


def records(count: int, *, days: int) -> list[Record]:
    """Give as many as *count*, of the last *days*."""
    tags = [["h", SIMULATED_ROOM.tag.hex()]]
    times = (EPOCH - DAY_SECONDS * days * number // count for number in range(count))
    return [
        sign_record(AUTHOR, created_at=UnixTime(at), kind=KIND_RECORD, tags=tags, content=f"{number}")
        for number, at in enumerate(times)
    ]


def wake(swarm: Swarm, *members: Member) -> None:
    for member in members:
        swarm.wake(member)


def roots(swarm: Swarm, *members: Member) -> set[bytes]:
    return {member.node.root(swarm.moment(member)) for member in members if member.node is not None}


def strikes(swarm: Swarm, *members: Member) -> set[object]:
    """Give the keys that *members* hold anything against."""
    nodes = [(member.node, swarm.moment(member)) for member in members if member.node is not None]
    return {strike.subject for each, now in nodes for strike in each.saved_strikes(now)}


def test_light_members_alone_are_told_names_and_these_in_rounds_alone() -> None:
    villain, fin = naming(), Fin(3, 0, bytes(16))
    assert said(villain.distort(Send(ALICE, fin))) == [fin]
    villain.overhear(ALICE, wire.encode(Light(EDGE)))
    named, after = said(villain.distort(Send(ALICE, fin)))
    assert after == fin
    assert isinstance(named, Named)
    assert named.round == fin.round
    names = unpack_names(named.names)
    assert len(set(names)) == NAMES
    assert max(names) < (EDGE, b"")
    assert said(villain.distort(Send(ALICE, Ping(1)))) == [Ping(1)]


def test_only_so_many_names_are_made_up() -> None:
    villain, fin = naming(), Fin(3, 0, bytes(16))
    villain.overhear(ALICE, wire.encode(Light(EDGE)))
    told = [message for _ in range(10) for message in said(villain.distort(Send(ALICE, fin)))]
    assert sum(isinstance(message, Named) for message in told) == NamingVillain.names_max // NAMES
    assert villain.made == NamingVillain.names_max


def test_sketches_are_of_nothing_or_of_what_nobody_has() -> None:
    said_by = [said(sketching(seed).distort(Send(ALICE, SKETCH))) for seed in range(8)]
    sketches = [message for messages in said_by for message in messages if isinstance(message, Sketch)]
    read = [solve(subtract([0] * 64, unpack_symbols(each.symbols))) for each in sketches]
    assert {len(each.symbols) for each in sketches} == {len(SKETCH.symbols)}
    assert None in read
    assert any(found is not None and found.theirs and not found.ours for found in read)


def test_more_is_asked_for_again_and_again_as_long_as_there_is_any() -> None:
    villain, odd = sketching(), replace(SKETCH, round=3)
    asked = villain.receive(Received(ALICE, wire.encode(odd)), NOW)
    assert said(asked) == [More(3, 65)]
    one = replace(odd, symbols=pack_symbols([0]))
    asked = [
        deed for _ in range(SKETCH_SYMBOLS_MAX) for deed in villain.receive(Received(ALICE, wire.encode(one)), NOW)
    ]
    assert said(asked)[-1] == More(3, SKETCH_SYMBOLS_MAX)
    assert villain.asked == SKETCH_SYMBOLS_MAX - 64
    assert said(villain.distort(Send(ALICE, More(2, 80)))) == [More(2, SKETCH_SYMBOLS_MAX)]
    assert said(villain.distort(Send(ALICE, More(2, 0)))) == [More(2, 0)]


@pytest.mark.parametrize("seed", range(4))
def test_a_light_member_beside_who_names_what_there_is_not_comes_to_the_honest_root(seed: int) -> None:
    swarm = Swarm(seed, Faults())
    old = records(60, days=60)
    whole, light = swarm.add_member(old), swarm.add_member()
    villain = swarm.add_member(old[::6], villain="naming")
    light.window_seconds = LIGHT_SECONDS
    wake(swarm, villain, light)
    known = 0
    while known < NAMES:
        swarm.run(1.0)
        known = len(light.claims)
        assert swarm.clock.now < SETTLE_SECONDS, "it was told no names"
    wake(swarm, whole)
    swarm.run(SETTLE_SECONDS)
    assert len(roots(swarm, whole, light)) == 1
    assert set(light.claims) <= {(record.created_at, record.id) for record in old}
    assert strikes(swarm, whole, light) <= {villain.key.public_key}


def test_a_light_member_beside_who_repeats_that_has_the_honest_root_nearly_all_the_time() -> None:
    swarm = Swarm(5, Faults())
    old = records(60, days=60)
    whole, light = swarm.add_member(old), swarm.add_member()
    villain = swarm.add_member(old[::6], villain="naming")
    light.window_seconds = LIGHT_SECONDS
    wake(swarm, villain, whole, light)
    assert isinstance(villain.machine, NamingVillain)
    villain.machine.names_max, villain.machine.repeats = 10_000 * NAMES, True
    wrong = 0
    for _ in range(REPEATED_MINUTES):
        swarm.run(60.0)
        wrong += len(roots(swarm, whole, light)) > 1
    assert villain.machine.made > 8 * NAMES, "it makes names up whenever it is listened to"
    assert wrong < REPEATED_MINUTES / 4
    assert strikes(swarm, whole, light) <= {villain.key.public_key}


@pytest.mark.parametrize("seed", range(4))
def test_members_beside_who_says_sketches_of_nothing_come_to_one_set(seed: int) -> None:
    swarm = Swarm(seed, Faults())
    every = records(400, days=60)
    one, other = swarm.add_member(every[:390]), swarm.add_member(every[10:])
    villain = swarm.add_member(every[::2], villain="sketch")
    wake(swarm, villain, one)
    swarm.run(60.0)
    wake(swarm, other)
    swarm.run(SETTLE_SECONDS)
    assert set(one.disk.entries()) == set(other.disk.entries()) == {(each.created_at, each.id) for each in every}
    assert len(roots(swarm, one, other)) == 1
    assert isinstance(villain.machine, SketchVillain)
    assert villain.machine.said + villain.machine.asked > 0
    assert strikes(swarm, one, other) <= {villain.key.public_key}
