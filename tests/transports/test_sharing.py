import random
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from peerset.core.action import Action
from peerset.core.clock import Monotonic
from peerset.core.limits import (
    EARLY_BYTES_MAX,
    EARLY_FRAMES_MAX,
    FRAME_PAYLOAD_BYTES,
    ROOM_HANDSHAKE_TIMEOUT_SECONDS,
    TOKENS_PER_PEER_MAX,
)
from peerset.core.signal import PeerId, RoomName
from peerset.transports.frames import Encoder, Presence, decode_frame, encode_presence, encode_room_frame, room_token
from peerset.transports.reassembly import Fault
from peerset.transports.sharing import (
    Forget,
    Membership,
    RoomActivated,
    RoomDeactivated,
    RoomDelivered,
    RoomFaulted,
    Sharing,
    SharingEffect,
    Write,
)

LOBBY, HALL = RoomName("app", "lobby"), RoomName("app", "hall")
LOBBY_TOKEN, HALL_TOKEN = room_token(LOBBY), room_token(HALL)
SMALL, LARGE = PeerId("0000" + "a" * 16), PeerId("zzzz" + "a" * 16)
NOW = Monotonic(0.0)
LATER = Monotonic(5.0)
LOBBY_ONLY = {LOBBY_TOKEN: Membership(LOBBY, "")}
BOTH = {**LOBBY_ONLY, HALL_TOKEN: Membership(HALL, "")}
READY = Action("@_hsready", "")


def make(memberships: dict[str, Membership] | None = None, *, local: PeerId = SMALL) -> Sharing:
    remote = LARGE if local == SMALL else SMALL
    known = dict(LOBBY_ONLY) if memberships is None else memberships
    return Sharing(local, remote, memberships=known, rng=random.Random(1))


def written(effects: Iterable[SharingEffect]) -> list[bytes]:
    return [frame for effect in effects if isinstance(effect, Write) for frame in effect.frames]


def others(effects: Iterable[SharingEffect]) -> list[SharingEffect]:
    return [effect for effect in effects if not isinstance(effect, Write)]


def frames(token: str, *actions: Action) -> list[bytes]:
    encoder = Encoder(token)
    return [frame for action in actions for frame in encoder.encode(action)]


def receive(sharing: Sharing, *data: bytes, now: Monotonic = NOW) -> list[SharingEffect]:
    return [effect for message in data for effect in sharing.receive(message, now)]


def activated(memberships: dict[str, Membership] | None = None) -> Sharing:
    sharing = make(memberships)
    sharing.open(LOBBY_TOKEN, NOW)
    assert others(receive(sharing, *frames(LOBBY_TOKEN, READY))) == [RoomActivated(LOBBY_TOKEN)]
    return sharing


def test_a_usable_connection_tells_of_every_room_and_binds_the_one_that_made_it() -> None:
    sharing = make(dict(BOTH))
    out = written(sharing.open(LOBBY_TOKEN, NOW))
    assert {decode_frame(frame) for frame in out[:2]} == {Presence(token, is_present=True) for token in BOTH}
    assert out[2:] == frames(LOBBY_TOKEN, READY)
    assert sharing.tokens == [LOBBY_TOKEN]


def test_presence_binds_a_room_that_both_are_in() -> None:
    sharing = activated(dict(BOTH))
    assert written(receive(sharing, encode_presence(HALL_TOKEN, is_present=True))) == frames(HALL_TOKEN, READY)
    assert sharing.is_bound(HALL_TOKEN)
    assert receive(sharing, encode_presence(HALL_TOKEN, is_present=True)) == []


def test_a_lost_presence_is_made_up_for_by_the_handshake() -> None:
    sharing = activated(dict(BOTH))
    assert others(receive(sharing, *frames(HALL_TOKEN, READY))) == [RoomActivated(HALL_TOKEN)]


def test_a_room_joined_later_binds_at_once_when_the_peer_is_there() -> None:
    memberships = dict(LOBBY_ONLY)
    sharing = activated(memberships)
    receive(sharing, encode_presence(HALL_TOKEN, is_present=True), *frames(HALL_TOKEN, READY))
    memberships[HALL_TOKEN] = Membership(HALL, "")
    effects = sharing.join(HALL_TOKEN, NOW)
    assert written(effects) == [encode_presence(HALL_TOKEN, is_present=True), *frames(HALL_TOKEN, READY)]
    assert others(effects) == [RoomActivated(HALL_TOKEN)]


def test_a_room_joined_later_waits_when_the_peer_is_gone() -> None:
    memberships = dict(LOBBY_ONLY)
    sharing = activated(memberships)
    receive(sharing, *(encode_presence(HALL_TOKEN, is_present=present) for present in (True, False)))
    memberships[HALL_TOKEN] = Membership(HALL, "")
    assert written(sharing.join(HALL_TOKEN, NOW)) == [encode_presence(HALL_TOKEN, is_present=True)]


def test_a_room_we_are_not_in_is_never_bound() -> None:
    sharing = activated()
    assert sharing.attach(HALL_TOKEN, NOW) == []
    assert receive(sharing, encode_presence(HALL_TOKEN, is_present=True), *frames(HALL_TOKEN, READY)) == []


def test_the_memory_for_other_rooms_is_bounded() -> None:
    sharing = activated()
    for number in range(TOKENS_PER_PEER_MAX * 2):
        receive(sharing, encode_presence(f"{number:064}", is_present=True))
    big = Action("a", bytes(FRAME_PAYLOAD_BYTES))
    receive(sharing, *frames(HALL_TOKEN, *[big] * 20), *frames(HALL_TOKEN, *[Action("a", 1)] * 100))
    assert len(sharing._present) == TOKENS_PER_PEER_MAX
    assert len(sharing._early) <= EARLY_FRAMES_MAX
    assert sum(len(frame) for _, frame in sharing._early) <= EARLY_BYTES_MAX


def test_actions_of_an_active_room_are_delivered_and_sent() -> None:
    sharing = activated()
    chat = Action("chat", {"a": 1}, None)
    assert receive(sharing, *frames(LOBBY_TOKEN, chat)) == [RoomDelivered(LOBBY_TOKEN, chat)]
    assert written(sharing.send(LOBBY_TOKEN, chat)) == frames(LOBBY_TOKEN, chat)
    assert sharing.send(HALL_TOKEN, chat) == []


def test_a_pending_room_sends_nothing() -> None:
    sharing = make()
    sharing.open(LOBBY_TOKEN, NOW)
    assert sharing.send(LOBBY_TOKEN, Action("chat", 1)) == []
    assert not sharing.is_active(LOBBY_TOKEN)


def test_a_peer_that_leaves_leaves_the_connection_idle() -> None:
    sharing = activated()
    effects = receive(sharing, *frames(LOBBY_TOKEN, Action("@_leave", "")))
    assert effects == [RoomDeactivated(LOBBY_TOKEN, "the peer left the room")]
    assert sharing.is_idle
    assert sharing.deadline is None


def test_a_ready_said_to_a_session_that_was_ending_is_said_again_to_the_next() -> None:
    sharing = make()
    sharing.open(LOBBY_TOKEN, NOW)
    receive(sharing, encode_presence(LOBBY_TOKEN, is_present=False))
    assert not sharing.is_bound(LOBBY_TOKEN)
    effects = receive(sharing, encode_presence(LOBBY_TOKEN, is_present=True))
    assert written(effects) == frames(LOBBY_TOKEN, READY)
    assert others(receive(sharing, *frames(LOBBY_TOKEN, READY))) == [RoomActivated(LOBBY_TOKEN)]


def test_leaving_says_so_and_that_we_are_absent() -> None:
    sharing = activated()
    effects = sharing.leave(LOBBY_TOKEN, NOW)
    assert written(effects) == [
        *frames(LOBBY_TOKEN, Action("@_leave", "")),
        encode_presence(LOBBY_TOKEN, is_present=False),
    ]
    assert others(effects) == [RoomDeactivated(LOBBY_TOKEN, "we left the room")]
    assert sharing.detach(LOBBY_TOKEN, NOW) == []


def test_a_room_that_never_became_active_is_left_without_a_word_to_us() -> None:
    sharing = make()
    sharing.open(LOBBY_TOKEN, NOW)
    assert others(sharing.detach(LOBBY_TOKEN, NOW)) == []


def test_a_silent_handshake_ends_at_its_deadline() -> None:
    sharing = make()
    sharing.open(LOBBY_TOKEN, NOW)
    assert sharing.deadline == ROOM_HANDSHAKE_TIMEOUT_SECONDS
    assert sharing.tick(LATER) == []
    [effect] = sharing.tick(Monotonic(ROOM_HANDSHAKE_TIMEOUT_SECONDS))
    assert isinstance(effect, RoomDeactivated)
    assert sharing.is_idle


def test_a_peer_that_starts_over_is_sent_nothing_old_and_its_half_messages_are_forgotten() -> None:
    sharing = activated()
    half = frames(LOBBY_TOKEN, Action("a", bytes(FRAME_PAYLOAD_BYTES + 1)))
    receive(sharing, half[0])
    effects = receive(sharing, *frames(LOBBY_TOKEN, READY), now=LATER)
    assert others(effects) == [
        Forget(LOBBY_TOKEN),
        RoomDeactivated(LOBBY_TOKEN, "the peer started over"),
        RoomActivated(LOBBY_TOKEN),
    ]
    assert receive(sharing, half[1], now=LATER) == [RoomDelivered(LOBBY_TOKEN, Action("a", b"\0"))]


def test_framing_faults_name_their_room() -> None:
    sharing = activated()
    bad = encode_room_frame(LOBBY_TOKEN, b"a".ljust(32, b"\0") + b"\0\0\x09\xff" + b"{")
    [effect] = receive(sharing, bad)
    assert isinstance(effect, RoomFaulted)
    assert effect.fault == Fault(effect.fault.reason)


def test_what_is_no_frame_is_ignored() -> None:
    assert receive(activated(), b"", b"nonsense", encode_room_frame(LOBBY_TOKEN, b"short")) == []


@given(
    st.lists(st.binary(max_size=120) | st.binary(max_size=80).map(lambda data: encode_room_frame(LOBBY_TOKEN, data)))
)
def test_any_bytes_are_survived(messages: list[bytes]) -> None:
    sharing = activated(dict(BOTH))
    for message in messages:
        sharing.receive(message, NOW)
    assert set(sharing.tokens) <= set(BOTH)


def test_two_ends_become_active_in_every_room_they_share() -> None:
    ends = [make(dict(BOTH)), make(dict(BOTH), local=LARGE)]
    effects = [(0, effect) for effect in ends[0].open(LOBBY_TOKEN, NOW)]
    effects += [(1, effect) for effect in ends[1].open(LOBBY_TOKEN, NOW)]
    rooms: list[tuple[int, str]] = []
    while effects:
        index, effect = effects.pop(0)
        if isinstance(effect, RoomActivated):
            rooms.append((index, effect.token))
        for frame in written([effect]):
            effects += [(1 - index, reply) for reply in ends[1 - index].receive(frame, NOW)]
    assert sorted(rooms) == sorted((index, token) for index in (0, 1) for token in BOTH)
