import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.action import Action, Json
from peerset.core.clock import Monotonic
from peerset.core.limits import RESTART_QUIET_SECONDS, ROOM_HANDSHAKE_TIMEOUT_SECONDS
from peerset.core.signal import PeerId, RoomName
from peerset.transports.binding import (
    TRANSITIONS,
    Activated,
    Binding,
    BindingEffect,
    Deactivated,
    Delivered,
    State,
    Step,
    Transmit,
)
from tests.transports.test_frames import VECTORS

ROOM = RoomName("app", "room")
SMALL, LARGE = PeerId("0000" + "a" * 16), PeerId("zzzz" + "a" * 16)
START = Monotonic(0.0)
NOW = Monotonic(5.0)
READY = Action("@_hsready", "")
LEAVE = Action("@_leave", "")


def make(*, password: str = "", local: PeerId = SMALL, room: RoomName = ROOM) -> Binding:
    remote = LARGE if local == SMALL else SMALL
    return Binding(room, local=local, remote=remote, password=password, rng=random.Random(1))


def sent(effects: list[BindingEffect]) -> list[Action]:
    return [effect.action for effect in effects if isinstance(effect, Transmit)]


def challenge(text: str = "c" * 36) -> Action:
    return Action("@_hsdata", {"__trystero_pw": "challenge", "c": text})


def response(text: str) -> Action:
    return Action("@_hsdata", {"__trystero_pw": "response", "h": text})


def right_response(binding: Binding, effects: list[BindingEffect]) -> Action:
    """What the other end answers to the challenge among *effects*."""
    other = make(password="pw", local=LARGE)
    other.start(START)
    answer = sent(other.receive(sent(effects)[0], START))[0]
    assert binding.state in (State.PROVING, State.PROVING_LAST)
    return answer


def in_state(state: State, *, password: str, local: PeerId) -> tuple[Binding, list[BindingEffect]]:
    """A binding led to *state* by the peer's messages, and what it said when it started."""
    binding = make(password=password, local=local)
    effects = binding.start(START)
    passing = [] if not password else [right_response(binding, effects) if local == SMALL else challenge()]
    routes: dict[State, list[Action]] = {
        State.PROVING: [],
        State.PROVING_LAST: [READY],
        State.WAITING: passing,
        State.ACTIVE: [*passing, READY],
        State.DETACHED: [LEAVE],
    }
    for action in routes[state]:
        binding.receive(action, START)
    assert binding.state is state
    return binding, effects


def perform(step: Step, binding: Binding, effects: list[BindingEffect]) -> list[BindingEffect]:
    steps: dict[Step, Callable[[], list[BindingEffect]]] = {
        Step.READY: lambda: binding.receive(READY, NOW),
        Step.CHALLENGED: lambda: binding.receive(challenge(), NOW),
        Step.ANSWERED: lambda: binding.receive(right_response(binding, effects), NOW),
        Step.MISANSWERED: lambda: binding.receive(response("wrong"), NOW),
        Step.LEFT: lambda: binding.receive(LEAVE, NOW),
        Step.TIMED_OUT: lambda: binding.tick(Monotonic(START + ROOM_HANDSHAKE_TIMEOUT_SECONDS)),
        Step.RELEASED: lambda: binding.release(NOW),
    }
    return steps[step]()


def is_reachable(state: State, step: Step) -> bool:
    """A response only counts once: after it the challenge is spent."""
    return step not in (Step.ANSWERED, Step.MISANSWERED) or state in (State.PROVING, State.PROVING_LAST)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", State)
def test_every_state_takes_every_step_as_the_table_says(state: State, step: Step) -> None:
    # Challenges go to the larger id and responses to the smaller one.
    local = LARGE if step is Step.CHALLENGED else SMALL
    binding, effects = in_state(state, password="pw", local=local)
    if not is_reachable(state, step):
        assert binding.receive(response("late"), NOW) == []
        assert (state, step) not in TRANSITIONS
        return
    result = perform(step, binding, effects)
    assert binding.state is TRANSITIONS.get((state, step), state)
    if (state, step) not in TRANSITIONS:
        assert sent(result) in ([], [LEAVE])
        assert not any(isinstance(effect, Activated | Deactivated) for effect in result)


@pytest.mark.parametrize("state", [State.WAITING, State.ACTIVE, State.DETACHED])
@pytest.mark.parametrize("step", [Step.READY, Step.LEFT, Step.TIMED_OUT, Step.RELEASED])
def test_a_room_without_a_password_follows_the_table_too(state: State, step: Step) -> None:
    binding, effects = in_state(state, password="", local=SMALL)
    perform(step, binding, effects)
    expected = TRANSITIONS.get((state, step), state)
    assert binding.state is (State.ACTIVE if expected is State.PROVING_LAST else expected)


def test_without_a_password_ready_is_said_at_once_and_theirs_activates() -> None:
    binding = make()
    assert binding.start(START) == [Transmit(READY)]
    assert binding.receive(READY, NOW) == [Activated()]
    assert binding.deadline is None


@pytest.mark.parametrize("vector", VECTORS["password_handshake_modern"], ids=lambda vector: str(vector["appId"]))
def test_the_password_is_proven_as_trystero_does(vector: dict[str, Any]) -> None:
    room = RoomName(vector["appId"], vector["roomId"])
    responder = make(password=vector["password"], local=LARGE, room=room)
    assert responder.start(START) == []
    messages = [Action("@_hsdata", payload) for _, payload in vector["messages"]]
    assert responder.receive(messages[0], NOW) == [Transmit(messages[1]), Transmit(READY)]
    assert responder.receive(READY, NOW) == [Activated()]


def test_two_ends_with_one_password_become_active() -> None:
    ends = {SMALL: make(password="pw", local=SMALL), LARGE: make(password="pw", local=LARGE)}
    outbox = [(peer, action) for peer, end in ends.items() for action in sent(end.start(START))]
    while outbox:
        peer, action = outbox.pop(0)
        other = LARGE if peer == SMALL else SMALL
        outbox += [(other, reply) for reply in sent(ends[other].receive(action, NOW))]
    assert [end.state for end in ends.values()] == [State.ACTIVE, State.ACTIVE]


def test_another_password_detaches_the_initiator() -> None:
    binding, _ = in_state(State.PROVING, password="pw", local=SMALL)
    assert binding.receive(response("0" * 64), NOW) == [Deactivated("the peer has another password")]


def test_a_silent_handshake_is_given_up_at_its_deadline() -> None:
    binding = make()
    binding.start(START)
    assert binding.deadline == ROOM_HANDSHAKE_TIMEOUT_SECONDS
    assert binding.tick(NOW) == []
    assert binding.tick(Monotonic(START + ROOM_HANDSHAKE_TIMEOUT_SECONDS)) == [Deactivated("no handshake within 10 s")]
    assert binding.deadline is None


@pytest.mark.parametrize("action", [Action("chat", "hi"), Action("peerset", b"x"), Action("@_ping", "")])
def test_while_pending_actions_are_dropped(action: Action) -> None:
    binding, _ = in_state(State.WAITING, password="", local=SMALL)
    assert binding.receive(action, NOW) == []


def test_an_active_room_delivers_actions() -> None:
    binding, _ = in_state(State.ACTIVE, password="", local=SMALL)
    assert binding.receive(Action("chat", "hi"), NOW) == [Delivered(Action("chat", "hi"))]


def test_a_ping_is_answered_by_a_pong() -> None:
    binding, _ = in_state(State.ACTIVE, password="", local=SMALL)
    assert binding.receive(Action("@_ping", ""), NOW) == [Transmit(Action("@_pong", ""))]


@pytest.mark.parametrize("name", ["@_pong", "@_response", "@_signal", "@_stream", "@_track", "@_future"])
def test_other_reserved_names_are_ignored(name: str) -> None:
    binding, _ = in_state(State.ACTIVE, password="", local=SMALL)
    assert binding.receive(Action(name, {"any": "thing"}), NOW) == []


def test_a_request_is_refused_because_nobody_handles_it() -> None:
    binding, _ = in_state(State.ACTIVE, password="", local=SMALL)
    effects = binding.receive(Action("ask", 1, {"r": "R" * 20, "m": {"x": 1}}), NOW)
    assert effects == [Transmit(Action("@_response", None, {"r": "R" * 20, "e": "request handler unavailable"}))]


@pytest.mark.parametrize("metadata", [{"r": "short"}, {"r": 1}, {"r": "R" * 20, "other": 1}, ["r"], None])
def test_metadata_that_only_resembles_a_request_is_an_action(metadata: Json) -> None:
    binding, _ = in_state(State.ACTIVE, password="", local=SMALL)
    assert binding.receive(Action("ask", 1, metadata), NOW) == [Delivered(Action("ask", 1, metadata))]


@pytest.mark.parametrize(
    "payload", ["", None, b"", [], {"__trystero_pw": "challenge"}, {"__trystero_pw": "challenge", "c": "c" * 257}]
)
def test_other_handshakes_are_ignored(payload: bytes | Json) -> None:
    binding, _ = in_state(State.PROVING, password="pw", local=LARGE)
    assert binding.receive(Action("@_hsdata", payload), NOW) == []


def test_an_initiator_or_a_room_without_a_password_proves_nothing() -> None:
    initiator, _ = in_state(State.PROVING, password="pw", local=SMALL)
    assert initiator.receive(challenge(), NOW) == []
    plain, _ = in_state(State.WAITING, password="", local=LARGE)
    assert plain.receive(challenge(), NOW) == []


def test_a_second_ready_means_the_page_started_over() -> None:
    binding, _ = in_state(State.ACTIVE, password="", local=SMALL)
    over = Deactivated("the peer started over", is_over=False)
    assert binding.receive(READY, NOW) == [over, Transmit(READY), Activated()]


def test_a_second_challenge_means_the_page_started_over() -> None:
    binding, _ = in_state(State.ACTIVE, password="pw", local=LARGE)
    effects = binding.receive(challenge(), NOW)
    assert effects[0] == Deactivated("the peer started over", is_over=False)
    assert [action.name for action in sent(effects)] == ["@_hsdata", "@_hsready"]
    assert binding.deadline == NOW + ROOM_HANDSHAKE_TIMEOUT_SECONDS
    assert binding.receive(READY, NOW) == [Activated()]


@pytest.mark.parametrize(("local", "count"), [(SMALL, 1), (LARGE, 0)])
def test_after_a_second_ready_the_password_is_proven_again(local: PeerId, count: int) -> None:
    binding, _ = in_state(State.ACTIVE, password="pw", local=local)
    effects = binding.receive(READY, NOW)
    assert effects[0] == Deactivated("the peer started over", is_over=False)
    assert [action.name for action in sent(effects)] == ["@_hsdata"] * count


def test_a_ready_soon_after_ours_is_its_echo_and_not_a_restart() -> None:
    binding, _ = in_state(State.ACTIVE, password="", local=SMALL)
    assert binding.receive(READY, Monotonic(START + RESTART_QUIET_SECONDS / 2)) == []
    assert binding.state is State.ACTIVE


def test_leaving_says_so_once() -> None:
    binding, _ = in_state(State.ACTIVE, password="", local=SMALL)
    assert binding.release(NOW) == [Transmit(LEAVE), Deactivated("we left the room")]
    assert binding.release(NOW) == []


@given(st.lists(st.sampled_from([READY, LEAVE, challenge(), response("x"), Action("a", 1), Action("@_ping", "")])))
def test_activations_and_deactivations_alternate_whatever_comes(actions: list[Action]) -> None:
    binding = make(password="pw", local=LARGE)
    is_active = False
    for second, action in enumerate(actions):
        for effect in binding.receive(action, Monotonic(float(second))):
            if isinstance(effect, Activated):
                assert not is_active
                is_active = True
            elif isinstance(effect, Deactivated):
                assert is_active or effect.is_over
                is_active = False
    assert is_active is (binding.state is State.ACTIVE)
