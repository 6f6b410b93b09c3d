"""What is kept of one remote peer."""

import random

import pytest

from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import npub
from peerset.core.limits import HEARTBEAT_QUIET_SECONDS, HEARTBEAT_YIELD_SECONDS, HELLO_TIMEOUT_SECONDS
from peerset.core.merkle import Index
from peerset.core.message import Ping
from peerset.core.signal import ChannelBinding, PeerId
from peerset.core.verdict import Reject
from peerset.errors import LocalProtocolError
from peerset.protocol.effects import Emit, Send
from peerset.protocol.events import ForeignPeerJoined
from peerset.protocol.giving import Giving
from peerset.protocol.inputs import Opened
from peerset.protocol.neighbour import FRUITLESS_ROUNDS, Accord, Neighbour, Surroundings
from peerset.protocol.session import Identity, State
from tests.protocol.pair import ROOM, START, Net, key, make_record
from tests.protocol.stranger import Host, Stranger, said

PEER = PeerId("0000peer")
NOW = Moment(Monotonic(0.0), START)


def make_neighbour() -> Neighbour:
    opened = Opened(PEER, ChannelBinding(b"\1" * 32, b"\2" * 32), "relayed", "192.0.2.7")
    identity = Identity(key(1), ROOM.tag, b"r" * 32, 7_776_000)
    neighbour = Neighbour(opened, identity, rng=random.Random(0))
    neighbour.session.start(NOW)
    return neighbour


def test_a_peer_that_said_nothing_has_no_key_and_is_nothing_to_wait_for() -> None:
    neighbour = make_neighbour()
    status = neighbour.status
    assert (status.id, status.key, status.npub, status.state, status.route) == (PEER, None, None, "greeted", "relayed")
    assert (status.lag_seconds, status.is_synced, status.gained, status.given) == (None, False, 0, 0)
    assert neighbour.proven_key is None
    assert neighbour.is_quiet
    assert neighbour.deadline == HELLO_TIMEOUT_SECONDS
    assert neighbour.tick(Moment(Monotonic(HELLO_TIMEOUT_SECONDS), START)) == [Emit(ForeignPeerJoined(PEER))]
    assert neighbour.is_foreign
    assert neighbour.deadline is None


def test_a_proven_peer_is_shown_with_its_key_and_what_crossed() -> None:
    host = Host(make_record(1))
    stranger = Stranger(host, 2)
    stranger.establish()
    assert not host.node.is_quiet
    stranger.settle()
    (status,) = host.node.peers
    assert (status.key, status.npub) == (stranger.key.public_key, npub(stranger.key.public_key))
    assert (status.state, status.route, status.is_synced) == ("established", "direct", True)
    assert host.node.is_quiet


def test_a_proven_peer_with_other_rules_is_shown_as_one() -> None:
    net = Net()
    strict = net.add(1, judge=lambda _: Reject("none", "nothing is wanted here"))
    first, second = net.add(2, [make_record(1)]), net.add(3, [make_record(1)])
    net.connect(strict, first)
    net.connect(first, second)
    (status,) = strict.node.peers
    assert (status.is_synced, status.has_other_rules, status.keeps_seconds) == (False, True, None)
    shown = {peer.has_other_rules: peer.is_synced for peer in first.node.peers}
    assert shown == {True: False, False: True}


def test_sets_are_in_accord_apart_or_neither_yet() -> None:
    assert make_neighbour().accord is Accord.OPEN
    net = Net()
    strict = net.add(1, judge=lambda _: Reject("none", "nothing is wanted here"))
    first, second = net.add(2, [make_record(1)]), net.add(3, [make_record(1)])
    net.connect(first, second)
    net.connect(strict, first)
    assert first.node.accord_with(second.name) is Accord.EQUAL
    net.pass_time(60)
    assert strict.node.accord_with(first.name) is first.node.accord_with(strict.name) is Accord.APART
    assert strict.node.accord_with(second.name) is None
    assert not strict.node.is_taking_in


def test_sets_of_equal_rules_are_apart_after_one_more_round_that_brought_nothing() -> None:
    net = Net()
    first, second = net.add(2, [make_record(1)]), net.add(3)
    second.is_full = True
    net.connect(first, second)
    sync = first.node._neighbours.get(second.name)
    assert sync is not None
    accords = []
    for _ in range(300):
        net.pass_time(1)
        if sync.sync is not None:
            accords.append((sync.sync.pace.fruitless >= FRUITLESS_ROUNDS, first.node.accord_with(second.name)))
    assert (False, Accord.APART) not in accords
    assert accords[-1] == (True, Accord.APART)


def test_session_and_sync_share_one_timer() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    stranger.settle()
    quiet = HEARTBEAT_QUIET_SECONDS + HEARTBEAT_YIELD_SECONDS
    assert host.node._neighbours.deadline == host.now.monotonic + quiet
    assert len(said(host.wait(quiet), stranger.peer, Ping)) == 1


def test_what_is_said_goodbye_to_is_no_longer_synced() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    stranger.utter(b"garbage")
    assert host.node.is_quiet
    assert [status.state for status in host.node.peers] == ["closing"]
    assert not any(isinstance(effect, Send) for effect in host.wait(100))


def test_reconciliation_before_the_hello_is_a_bug() -> None:
    neighbour = make_neighbour()
    neighbour.session.state = State.ESTABLISHED
    giving = Giving(Index())
    surroundings = Surroundings(Index(), ROOM.tag, lambda *given: given[1], random.Random(0), giving)
    with pytest.raises(LocalProtocolError):
        neighbour.establish(surroundings, giving.purse(key(1).public_key, NOW), NOW)
