"""The session machine: hello, proof, heartbeat, goodbye."""

import random
from dataclasses import replace
from typing import TypeVar

import pytest

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import (
    HEARTBEAT_ANSWER_SECONDS,
    HEARTBEAT_QUIET_SECONDS,
    HEARTBEAT_YIELD_SECONDS,
    HELLO_TIMEOUT_SECONDS,
    MESSAGE_BURST_MAX,
    PROOF_TIMEOUT_SECONDS,
    SESSION_AGE_MAX_SECONDS,
    SILENCE_MAX_SECONDS,
)
from peerset.core.message import Goodbye, GoodbyeReason, Hello, Message, Ping, Pong, Proof, Unknown
from peerset.core.signal import ChannelBinding, PeerId, RoomTag
from peerset.errors import LocalProtocolError
from peerset.protocol.effects import Disconnect, Emit, Request, Send, Strike
from peerset.protocol.events import ForeignPeerJoined
from peerset.protocol.session import TRANSITIONS, Identity, Session, State
from peerset.protocol.strikes import Fault
from tests.protocol.messages import EXAMPLES, HELLO
from tests.protocol.pair import ROOM, START, Net, key

M = TypeVar("M", bound=Message)

HERE, THERE = PeerId("0000here"), PeerId("0000there")
NEAR, FAR = b"\1" * 32, b"\2" * 32
QUIET_SECONDS = HEARTBEAT_QUIET_SECONDS + HEARTBEAT_YIELD_SECONDS
"""Of the session here, whose nonce is the larger one."""


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


def make_session(number: int = 1, peer: PeerId = THERE, *, local: bytes = NEAR, remote: bytes = FAR) -> Session:
    identity = Identity(key(number), ROOM.tag, b"r" * 32, 7_776_000)
    return Session(peer, ChannelBinding(local, remote), identity, rng=random.Random(number))


def hello_of(session: Session, now: Moment) -> Hello:
    return sent(session.start(now), Hello)


def sent(effects: list[Request], kind: type[M]) -> M:
    for effect in effects:
        if isinstance(effect, Send) and isinstance(effect.message, kind):
            return effect.message
    raise AssertionError(f"no {kind.__name__} in {effects}")


def establish() -> tuple[Session, Session]:
    """Give two sessions that have proven themselves to each other at time 0."""
    one, two = make_session(1, THERE), make_session(2, HERE, local=FAR, remote=NEAR)
    hello_one, hello_two = hello_of(one, at(0)), hello_of(two, at(0))
    proof_one = sent(one.receive(hello_two, at(0)), Proof)
    proof_two = sent(two.receive(hello_one, at(0)), Proof)
    assert one.receive(proof_two, at(0)) == []
    assert two.receive(proof_one, at(0)) == []
    return one, two


def in_state(state: State) -> Session:
    """Give a session that is in *state*."""
    session = make_session()
    session.start(at(0))
    if state is State.FOREIGN:
        session.tick(at(HELLO_TIMEOUT_SECONDS))
    if state is State.PROVING:
        session.receive(HELLO, at(0))
    if state is State.ESTABLISHED:
        session = establish()[0]
    if state is State.CLOSING:
        session.close(GoodbyeReason.LEAVING, "", at(0))
    if state is State.CLOSED:
        session.closed(at(0))
    assert session.state is state
    return session


def test_two_sessions_establish_each_other() -> None:
    one, two = establish()
    assert (one.state, two.state) == (State.ESTABLISHED, State.ESTABLISHED)
    assert (one.peer_key, two.peer_key) == (key(2).public_key, key(1).public_key)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_state_takes_every_message_as_the_table_says(state: State, kind: type[Message]) -> None:
    session = in_state(state)
    effects = session.receive(EXAMPLES[kind], at(1))
    expected = TRANSITIONS.get((state, kind))
    strikes = [effect for effect in effects if isinstance(effect, Strike)]
    if (state, kind) == (State.PROVING, Proof):  # The example's signature is no good.
        assert strikes[0].fault is Fault.BAD_PROOF
    elif expected is None:
        assert strikes[0].fault is Fault.WRONG_STATE
        assert session.state is State.CLOSING
    else:
        assert strikes == []
        assert session.state is expected


def test_a_proof_over_another_channel_is_refused() -> None:
    one = make_session(1, THERE)
    # A tracker that swaps session descriptions makes each end see the middle's certificate.
    two = make_session(2, HERE, local=FAR, remote=b"\3" * 32)
    hello_one, hello_two = hello_of(one, at(0)), hello_of(two, at(0))
    one.receive(hello_two, at(0))
    proof = sent(two.receive(hello_one, at(0)), Proof)
    effects = one.receive(proof, at(0))
    assert effects[0] == Strike(THERE, Fault.BAD_PROOF, "the proof does not fit this channel")
    assert one.state is State.CLOSING


def test_a_proof_of_another_session_is_refused() -> None:
    one, two = make_session(1, THERE), make_session(2, HERE, local=FAR, remote=NEAR)
    hello_one, hello_two = hello_of(one, at(0)), hello_of(two, at(0))
    one.receive(hello_two, at(0))
    recorded = sent(two.receive(hello_one, at(0)), Proof)
    later = Session(THERE, ChannelBinding(NEAR, FAR), Identity(key(1), ROOM.tag, b"r" * 32, 1), rng=random.Random(9))
    later.start(at(1))
    later.receive(hello_two, at(1))
    assert isinstance(later.receive(recorded, at(1))[0], Strike)


def test_our_own_proof_cannot_be_reflected() -> None:
    session = make_session(local=NEAR, remote=NEAR)
    mine = hello_of(session, at(0))
    proof = sent(session.receive(replace(mine, nonce=b"x" * 32), at(0)), Proof)
    assert isinstance(session.receive(proof, at(0))[0], Strike)


def test_our_own_hello_is_recognised() -> None:
    session = make_session()
    effects = session.receive(hello_of(session, at(0)), at(0))
    assert sent(effects, Goodbye).reason is GoodbyeReason.SELF


def test_a_hello_of_another_room_or_version_ends_politely() -> None:
    for changed, reason in (
        (replace(HELLO, room_tag=RoomTag(b"o" * 16)), GoodbyeReason.WRONG_ROOM),
        (replace(HELLO, version=9), GoodbyeReason.WRONG_VERSION),
    ):
        session = in_state(State.GREETED)
        effects = session.receive(changed, at(0))
        assert sent(effects, Goodbye).reason is reason
        assert not any(isinstance(effect, Strike) for effect in effects)


def test_where_the_name_says_the_rules_others_end_politely_and_elsewhere_nobody_minds() -> None:
    others = replace(HELLO, rules_id=b"o" * 32)
    identity = Identity(key(1), ROOM.tag, b"r" * 32, 7_776_000, is_bound=True)
    session = Session(THERE, ChannelBinding(NEAR, FAR), identity, rng=random.Random(1))
    session.start(at(0))
    effects = session.receive(others, at(0))
    assert sent(effects, Goodbye).reason is GoodbyeReason.OTHER_RULES
    assert not any(isinstance(effect, Strike) for effect in effects)
    assert len(sent(in_state(State.GREETED).receive(others, at(0)), Proof).signature) == 64


def test_a_key_that_is_no_point_is_a_fault() -> None:
    session = in_state(State.GREETED)
    assert isinstance(session.receive(replace(HELLO, public_key=b"\xff" * 32), at(0))[0], Strike)


def test_a_peer_without_our_protocol_is_left_alone() -> None:
    session = in_state(State.GREETED)
    assert session.deadline == HELLO_TIMEOUT_SECONDS
    assert session.tick(at(HELLO_TIMEOUT_SECONDS)) == [Emit(ForeignPeerJoined(THERE))]
    assert session.state is State.FOREIGN
    assert session.deadline is None
    assert session.tick(at(10_000)) == []


def test_leaving_a_foreign_peer_says_nothing_it_would_not_understand() -> None:
    assert in_state(State.FOREIGN).close(GoodbyeReason.LEAVING, "", at(0)) == [Disconnect(THERE, "leaving")]


def test_a_missing_proof_closes_the_session_and_costs_nothing_else() -> None:
    session = in_state(State.PROVING)
    effects = session.tick(at(PROOF_TIMEOUT_SECONDS))
    assert effects == [
        Send(THERE, Goodbye(GoodbyeReason.FAULT, "no proof within 10 s")),
        Disconnect(THERE, "no proof within 10 s"),
    ]
    assert session.state is State.CLOSING


def test_only_one_side_pings_while_the_other_answers() -> None:
    net = Net()
    one, two = net.add(1), net.add(2)
    net.connect(one, two)
    net.pass_time(10 * HEARTBEAT_QUIET_SECONDS)
    said = [[type(message) for _, message, _ in member.sent] for member in (one, two)]
    pings = sorted(kinds.count(Ping) for kinds in said)
    assert pings in ([0, 9], [0, 10])
    assert sorted(kinds.count(Pong) for kinds in said) == pings


def test_a_quiet_session_pings_and_measures_the_lag() -> None:
    session = in_state(State.ESTABLISHED)
    assert session.tick(at(QUIET_SECONDS - 0.1)) == []
    ping = sent(session.tick(at(QUIET_SECONDS)), Ping)
    session.receive(Pong(ping.token), at(QUIET_SECONDS + 0.25))
    assert session.lag_seconds == 0.25
    session.receive(Pong(ping.token), at(QUIET_SECONDS + 9))
    assert session.lag_seconds == 0.25


def test_who_leaves_a_ping_unanswered_is_silent_until_it_says_anything() -> None:
    session = in_state(State.ESTABLISHED)
    assert session.probe(at(HEARTBEAT_ANSWER_SECONDS - 0.1)) == []
    sent([*session.probe(at(6))], Ping)
    assert session.probe(at(7)) == []
    assert not session.is_silent(at(6 + HEARTBEAT_ANSWER_SECONDS - 0.1))
    assert session.is_silent(at(6 + HEARTBEAT_ANSWER_SECONDS))
    session.receive(Ping(1), at(20))
    assert not session.is_silent(at(20 + HEARTBEAT_ANSWER_SECONDS))
    sent([*session.probe(at(30))], Ping)


def test_who_says_nothing_for_longer_than_heartbeats_allow_is_silent_and_who_left_is() -> None:
    session, due = in_state(State.ESTABLISHED), QUIET_SECONDS + HEARTBEAT_ANSWER_SECONDS
    assert [session.is_silent(at(seconds)) for seconds in (due - 0.1, due)] == [False, True]
    session.close(GoodbyeReason.LEAVING, "", at(40))
    assert session.is_silent(at(40))
    assert session.probe(at(60)) == []


def test_a_ping_is_answered_with_its_token() -> None:
    assert sent(in_state(State.ESTABLISHED).receive(Ping(42), at(1)), Pong).token == 42


def test_what_the_node_sends_puts_the_heartbeat_off() -> None:
    session = in_state(State.ESTABLISHED)
    session.sent(at(4))
    assert session.deadline == 4 + QUIET_SECONDS


def test_a_silent_peer_is_dead() -> None:
    session = in_state(State.ESTABLISHED)
    assert session.tick(at(SILENCE_MAX_SECONDS)) == [Disconnect(THERE, "silent for 60 s")]
    assert session.state is State.CLOSING


def test_a_day_old_session_ends_for_a_fresh_proof() -> None:
    session = in_state(State.ESTABLISHED)
    session.receive(Ping(1), at(SESSION_AGE_MAX_SECONDS - 1))
    effects = session.tick(at(SESSION_AGE_MAX_SECONDS))
    assert sent(effects, Goodbye).reason is GoodbyeReason.EXPIRED


def test_a_flood_of_messages_closes_the_session() -> None:
    session = in_state(State.ESTABLISHED)
    effects: list[Request] = []
    for _ in range(MESSAGE_BURST_MAX + 2):
        effects += session.receive(Unknown(64), at(0))
    assert [effect.fault for effect in effects if isinstance(effect, Strike)] == [Fault.FLOOD]


def test_a_goodbye_is_answered_by_closing() -> None:
    session = in_state(State.ESTABLISHED)
    effects = session.receive(Goodbye(GoodbyeReason.LEAVING, "see you"), at(1))
    assert effects == [Disconnect(THERE, "goodbye: leaving see you")]
    assert session.goodbye is GoodbyeReason.LEAVING


def test_saying_goodbye_twice_says_it_once() -> None:
    session = in_state(State.CLOSING)
    assert session.close(GoodbyeReason.LEAVING, "", at(0)) == []


def test_a_session_driven_past_its_table_raises() -> None:
    session = in_state(State.GREETED)
    session.state = State.PROVING
    with pytest.raises(LocalProtocolError):
        session.receive(Proof(b"p" * 64), at(0))
