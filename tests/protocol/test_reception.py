"""What comes over a channel and is brought to the machine that deals with it."""

from peerset.core.action import Action
from peerset.core.message import Goodbye, GoodbyeReason, Records
from peerset.protocol.effects import Disconnect
from peerset.protocol.events import ActionReceived, RecordAdded, StrikeCounted
from peerset.protocol.inputs import Closed, Faulted, Loaded, Received
from tests.protocol.pair import make_record
from tests.protocol.stranger import Host, Stranger, farewells, told

NOISE = b"\xff" * 5


def test_a_record_over_an_established_channel_is_taken_in() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    record = make_record(1)

    effects = stranger.say(Records(0, (record.wire,)))

    assert told(effects, RecordAdded) == [RecordAdded(record, stranger.peer)]


def test_noise_costs_a_strike_and_the_channel_and_nothing_more_after_that() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()

    effects = stranger.utter(NOISE)

    assert len(told(effects, StrikeCounted)) == 1
    assert farewells(effects, stranger.peer) == [GoodbyeReason.FAULT.name]
    assert stranger.utter(NOISE) == []


def test_what_a_transport_found_wrong_is_as_bad_as_noise() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()

    effects = host.feed(Faulted(stranger.peer, "a message that is too large"))

    assert len(told(effects, StrikeCounted)) == 1
    assert farewells(effects, stranger.peer) == [GoodbyeReason.FAULT.name]


def test_whoever_has_no_channel_is_not_heard() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    stranger.say(Goodbye(GoodbyeReason.LEAVING))
    host.feed(Closed(stranger.peer, "gone"))

    late = (Received(stranger.peer, NOISE), Faulted(stranger.peer, "broken"), Loaded(stranger.peer, 1, (b"",)))

    assert host.feed(*late) == []


def test_an_action_is_told_as_it_came() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    action = ActionReceived(stranger.peer, Action("wave", b"hello"))

    effects = host.feed(action)

    assert told(effects, ActionReceived) == [action]
    assert not any(isinstance(effect, Disconnect) for effect in effects)
