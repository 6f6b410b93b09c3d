"""Sync on a channel that does not take what is said: it waits, and goes on where it was."""

import pytest

from peerset.core.limits import ROUND_TIMEOUT_SECONDS
from peerset.core.message import Fin, Ranges, Records, Root
from peerset.protocol.events import StrikeCounted
from peerset.protocol.inputs import Clogged, Drained, Published
from tests.protocol.pair import START, Net, make_record
from tests.protocol.stranger import Host, Stranger, said


def test_nothing_that_can_wait_is_said_on_a_clogged_channel() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    stranger.settle()
    host.feed(Clogged(stranger.peer))
    effects = host.feed(Published((make_record(1),)))
    effects += host.wait(1)
    assert said(effects, stranger.peer, Records) == []
    assert said(host.feed(Drained(stranger.peer)), stranger.peer, Records) == [Records(0, (make_record(1).wire,))]


def test_what_is_told_of_an_unproven_or_unknown_channel_changes_nothing() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    assert host.feed(Clogged(stranger.peer), Drained(stranger.peer)) == []
    stranger.open()
    assert host.feed(Clogged(stranger.peer), Drained(stranger.peer)) == []


@pytest.mark.parametrize("number", [2, 3])
def test_a_channel_that_was_clogged_before_its_session_is_established_is_clogged_after_it(number: int) -> None:
    host = Host(make_record(1, at=START - 7_200))
    stranger = Stranger(host, number)
    effects = stranger.establish(Clogged(stranger.peer))
    effects += host.feed(Published((make_record(2),)))
    effects += host.wait(2)
    assert said(effects, stranger.peer, Root) == []
    assert said(effects, stranger.peer, Records) == []
    effects = host.feed(Drained(stranger.peer))
    assert said(effects, stranger.peer, Records) == [Records(0, (make_record(2).wire,))]
    assert said(host.wait(2), stranger.peer, Root) != []


def test_a_channel_that_drained_before_its_session_is_established_is_free() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish(Clogged(stranger.peer), Drained(stranger.peer))
    effects = host.feed(Published((make_record(1),)))
    assert said(effects, stranger.peer, Records) == [Records(0, (make_record(1).wire,))]


def test_a_round_waits_for_its_channel_and_then_comes_to_its_end() -> None:
    net = Net()
    old = START - 7_200
    one = net.add(1, [make_record(number, at=old - number) for number in range(200)])
    two = net.add(2, [make_record(number, at=old - number, author=2) for number in range(200)])
    net.connect(one, two)
    net.publish(one, *(make_record(number, at=old) for number in range(1_000, 1_100)))
    for member, other in ((one, two), (two, one)):
        net.feed(member, Clogged(other.name))
    net.run()
    before = len(one.sent) + len(two.sent)
    net.pass_time(2)
    assert not any(isinstance(message, Ranges | Records | Fin) for _, message, _ in (one.sent + two.sent)[before:])
    for member, other in ((one, two), (two, one)):
        net.feed(member, Drained(other.name))
    net.run()
    net.pass_time(2 * ROUND_TIMEOUT_SECONDS)
    assert one.node.count == two.node.count == 500
    assert not [event for member in (one, two) for event in member.events if isinstance(event, StrikeCounted)]
