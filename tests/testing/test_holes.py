import random

import pytest

from peerset.core.signal import PeerId, Via
from peerset.protocol.inputs import Received
from peerset.testing.holes import Eclipse, HostileTracker, Kept, main


def test_holes_are_counted_out_and_one_seed_gives_one_history() -> None:
    first, second = (Eclipse(3, honest=3, holes=4) for _ in range(2))

    assert first.play() == second.play() == Kept(newcomer=2, least=2, reached=3, honest=3)
    assert first.swarm.fingerprint == second.swarm.fingerprint


def test_a_room_without_enough_neighbours_is_not_good() -> None:
    assert Kept(newcomer=6, least=1, reached=15, honest=15).is_good
    assert not Kept(newcomer=5, least=5, reached=15, honest=15).is_good
    assert not Kept(newcomer=6, least=6, reached=14, honest=15).is_good


def test_the_command_plays_seeds_and_fails_when_one_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "3", "--honest", "2", "--holes", "1"]) == 1
    assert "3 FAILED: newcomer 1, least 1, a record reached 2 of 2" in capsys.readouterr().out


def test_a_hole_hears_nothing_in_what_is_no_message() -> None:
    swarm = Eclipse(3, honest=1, holes=1).swarm
    honest, hole = swarm.members
    swarm.wake(honest)
    swarm.run(60.0)
    assert honest.peer_id is not None
    assert hole.machine is not None

    assert hole.machine.receive(Received(honest.peer_id, b"\xff"), swarm.moment(hole)) == []


def test_a_hostile_tracker_brings_what_the_honest_offer_to_holes_alone() -> None:
    holes, others = ({PeerId(f"{name}{number}") for number in range(4)} for name in ("hole", "peer"))
    tracker = HostileTracker(Via("wss://tracker.test"), holes)
    for peer in sorted(holes | others):
        tracker.add(peer)
    assert set(tracker.draw(8, random.Random(1), but=PeerId("peer0"))) == holes
    assert set(tracker.draw(8, random.Random(1), but=PeerId("hole0"))) == (holes | others) - {PeerId("hole0")}
    assert isinstance(Eclipse(1, hostile_trackers=1).swarm.rendezvous.trackers[0], HostileTracker)
