import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.action import Action
from peerset.core.limits import LEGACY_FRAME_PAYLOAD_BYTES, REASSEMBLY_BYTES_PER_PEER_MAX
from peerset.transports.frames import METADATA
from peerset.transports.lanes import Lane, Urgency
from peerset.transports.legacy import Legacy
from peerset.transports.legacy_frames import LegacyEncoder
from peerset.transports.sharing import RoomActivated, RoomDeactivated, RoomDelivered, RoomFaulted, SharingEffect, Write
from tests.transports.test_sharing import BOTH, HALL_TOKEN, LOBBY_TOKEN, NOW

CHAT = Action("chat", {"a": 1})


def opened() -> Legacy:
    legacy = Legacy(memberships=dict(BOTH))
    assert legacy.open(LOBBY_TOKEN, NOW) == [RoomActivated(LOBBY_TOKEN)]
    return legacy


def frames(*actions: Action) -> list[bytes]:
    encoder = LegacyEncoder()
    return [frame for action in actions for frame in encoder.encode(action)]


def receive(legacy: Legacy, data: Iterable[bytes]) -> list[SharingEffect]:
    return [effect for message in data for effect in legacy.receive(message, NOW)]


def test_the_room_is_active_as_soon_as_the_channel_is_open_and_nothing_is_said() -> None:
    legacy = opened()
    assert legacy.tokens == [LOBBY_TOKEN]
    assert legacy.is_bound(LOBBY_TOKEN)
    assert legacy.is_active(LOBBY_TOKEN)
    assert not legacy.is_active(HALL_TOKEN)
    assert legacy.deadline is None
    assert legacy.tick(NOW) == []


def test_a_room_that_was_left_meanwhile_is_not_bound() -> None:
    legacy = Legacy(memberships={})
    assert legacy.open(LOBBY_TOKEN, NOW) == []
    assert legacy.is_idle


def test_no_other_room_comes_onto_the_connection() -> None:
    legacy = opened()
    assert legacy.attach(HALL_TOKEN, NOW) == legacy.join(HALL_TOKEN, NOW) == legacy.leave(HALL_TOKEN, NOW) == []
    assert legacy.send(HALL_TOKEN, CHAT) == []
    assert legacy.tokens == [LOBBY_TOKEN]


def test_actions_are_delivered_and_sent() -> None:
    legacy = opened()
    assert receive(legacy, frames(CHAT)) == [RoomDelivered(LOBBY_TOKEN, CHAT)]
    lane = Lane(Urgency.APPLICATION, LOBBY_TOKEN)
    assert legacy.send(LOBBY_TOKEN, CHAT) == [Write(lane, tuple(frames(CHAT)))]


def test_neither_our_protocol_nor_a_long_name_is_sent_or_taken() -> None:
    legacy = opened()
    assert legacy.send(LOBBY_TOKEN, Action("peerset", b"hello")) == []
    assert legacy.send(LOBBY_TOKEN, Action("x" * 13, "")) == []
    assert [legacy.can_say(name) for name in ("x" * 12, "x" * 13)] == [True, False]
    assert receive(legacy, frames(Action("peerset", b"hello"))) == []


def test_metadata_of_a_text_is_ignored() -> None:
    [frame] = frames(Action("chat", "text"))
    metadata = frame[:13] + bytes((METADATA, 128)) + b'{"a":1}'
    assert receive(opened(), [metadata, frame]) == [RoomDelivered(LOBBY_TOKEN, Action("chat", "text"))]
    bytes_with = Action("file", b"1", {"a": 1})
    assert receive(opened(), frames(bytes_with)) == [RoomDelivered(LOBBY_TOKEN, bytes_with)]


def test_a_ping_is_answered_and_what_else_is_trystero_s_is_ignored() -> None:
    lane = Lane(Urgency.CONTROL, LOBBY_TOKEN)
    pong = Write(lane, tuple(frames(Action("@_pong", ""))))
    assert receive(opened(), frames(Action("@_ping", ""))) == [pong]
    assert receive(opened(), frames(Action("@_signal", {}), Action("@_stream", {}), Action("@_pong", ""))) == []


def test_the_room_ends_when_the_peer_leaves_it() -> None:
    legacy = opened()
    assert receive(legacy, frames(Action("@_leave", ""), CHAT)) == [
        RoomDeactivated(LOBBY_TOKEN, "the peer left the room")
    ]
    assert legacy.is_idle
    assert legacy.detach(LOBBY_TOKEN, NOW) == []


@pytest.mark.parametrize("end", ["leave", "detach"])
def test_we_say_that_we_leave(end: str) -> None:
    legacy = opened()
    farewell = Write(Lane(Urgency.PROTOCOL, LOBBY_TOKEN), tuple(frames(Action("@_leave", ""))))
    assert getattr(legacy, end)(LOBBY_TOKEN, NOW) == [farewell, RoomDeactivated(LOBBY_TOKEN, "we left the room")]
    assert legacy.is_idle
    assert legacy.send(LOBBY_TOKEN, CHAT) == []


def test_what_a_peer_leaves_unfinished_is_bounded() -> None:
    legacy = opened()
    half = Action("file", bytes(2 * LEGACY_FRAME_PAYLOAD_BYTES))
    first = [frame[:12] + bytes((number,)) + frame[13:] for number in range(70) for frame in frames(half)[:1]]
    effects = receive(legacy, first)
    assert isinstance(effects[0], RoomFaulted)
    assert effects[0].fault.is_fatal
    assert legacy._reassembler.size_bytes <= REASSEMBLY_BYTES_PER_PEER_MAX


def test_an_unreadable_action_is_a_fault() -> None:
    [frame] = frames(Action("chat", []))
    [effect] = receive(opened(), [frame[:-1] + b"?"])
    assert isinstance(effect, RoomFaulted)
    assert not effect.fault.is_fatal


@given(st.lists(st.binary(max_size=60)))
def test_any_bytes_are_survived(messages: list[bytes]) -> None:
    legacy = opened()
    receive(legacy, messages)
    assert legacy.tokens in ([], [LOBBY_TOKEN])


@given(st.randoms(use_true_random=False), st.lists(st.binary(max_size=40_000), max_size=4))
def test_messages_may_take_turns_by_frames(rng: random.Random, payloads: list[bytes]) -> None:
    encoder = LegacyEncoder()
    cut = [encoder.encode(Action("file", payload)) for payload in payloads]
    legacy = opened()
    delivered: list[SharingEffect] = []
    while any(cut):
        delivered += legacy.receive(rng.choice([each for each in cut if each]).pop(0), NOW)
    came = [effect.action.payload for effect in delivered if isinstance(effect, RoomDelivered)]
    assert sorted(map(repr, came)) == sorted(map(repr, payloads))
