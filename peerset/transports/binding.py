"""One room on one connection: Trystero's handshake, leaving, pings and requests, without I/O.

A binding is pending until both ends have passed their own handshake (a password challenge, if the room has a
password) and said ``@_hsready``; then it is active and carries actions. Machines of this kind run at both ends,
started independently, so a message may come before the step it answers to.
"""

import hashlib
import hmac
import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from peerset.core.action import Action, Json
from peerset.core.clock import Monotonic
from peerset.core.limits import RESTART_QUIET_SECONDS, ROOM_HANDSHAKE_TIMEOUT_SECONDS
from peerset.core.signal import PeerId, RoomName, draw_id
from peerset.transports.frames import HANDSHAKE, LEAVE, PING, PONG, READY, RESERVED_PREFIX, RESPONSE

CHALLENGE_LENGTH: Final = 36
CHALLENGE_LENGTH_MAX: Final = 256
REQUEST_ID_LENGTH: Final = 20
STEP_FIELD: Final = "__trystero_pw"


class State(Enum):
    """How far the two ends have come."""

    PROVING = "proving"
    """Our password step is under way; the peer has not said ready."""
    PROVING_LAST = "proving last"
    """Our password step is under way; the peer is ready."""
    WAITING = "waiting"
    """We said ready; the peer has not."""
    ACTIVE = "active"
    """Both said ready: actions flow."""
    DETACHED = "detached"
    """The room is no longer on this connection."""


class Step(Enum):
    """What can come to pass."""

    READY = "ready"
    """The peer passed its handshake."""
    CHALLENGED = "challenged"
    """The peer asks for proof of the password; only the smaller id does, and only it verifies."""
    ANSWERED = "answered"
    """The peer proved the password."""
    MISANSWERED = "misanswered"
    """The peer's password is another one."""
    LEFT = "left"
    """The peer left the room."""
    TIMED_OUT = "timed out"
    """The handshake took more than 10 s."""
    RELEASED = "released"
    """We leave the room."""


PLAIN_STEPS: Final[Mapping[str, Step]] = {READY: Step.READY, LEAVE: Step.LEFT}
"""The reserved actions that say all by their name."""

TRANSITIONS: Final[Mapping[tuple[State, Step], State]] = {
    (State.PROVING, Step.READY): State.PROVING_LAST,
    (State.PROVING, Step.CHALLENGED): State.WAITING,
    (State.PROVING, Step.ANSWERED): State.WAITING,
    (State.PROVING_LAST, Step.CHALLENGED): State.ACTIVE,
    (State.PROVING_LAST, Step.ANSWERED): State.ACTIVE,
    (State.WAITING, Step.READY): State.ACTIVE,
    (State.WAITING, Step.CHALLENGED): State.WAITING,
    # The page restarted: it says ready, or challenges us, a second time.
    (State.ACTIVE, Step.READY): State.PROVING_LAST,
    (State.ACTIVE, Step.CHALLENGED): State.WAITING,
    **{
        (state, step): State.DETACHED
        for state in (State.PROVING, State.PROVING_LAST)
        for step in (Step.MISANSWERED, Step.TIMED_OUT)
    },
    (State.WAITING, Step.TIMED_OUT): State.DETACHED,
    **{
        (state, step): State.DETACHED
        for state in State
        if state is not State.DETACHED
        for step in (Step.LEFT, Step.RELEASED)
    },
}
"""Where each step leads; what the table lacks is ignored, as Trystero does.

One exception to the right-hand side: from (ACTIVE, READY) a room without a password goes straight on to ACTIVE again,
because there its own step has nothing to wait for.
"""


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send *action* to the peer."""

    action: Action


@dataclass(frozen=True, slots=True)
class Activated:
    """Both ends are ready; actions may flow."""


@dataclass(frozen=True, slots=True)
class Deactivated:
    """The active binding ended; it may become active again when *is_over* is false."""

    reason: str
    is_over: bool = True


@dataclass(frozen=True, slots=True)
class Delivered:
    """An action for the application or for our own protocol."""

    action: Action


BindingEffect = Transmit | Activated | Deactivated | Delivered


class Binding:
    """The room *room* on a connection between *local* and *remote*."""

    def __init__(self, room: RoomName, *, local: PeerId, remote: PeerId, password: str, rng: random.Random) -> None:
        self._room = room
        self._is_initiator = local < remote
        self._password = password
        self._rng = rng
        self._challenge = ""
        self._ready_sent_at: Monotonic | None = None
        self._deadline: Monotonic | None = None
        self.state = State.PROVING

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        return self._deadline

    def start(self, now: Monotonic) -> list[BindingEffect]:
        """Begin our side of the handshake; called once, when the connection is usable."""
        self._deadline = Monotonic(now + ROOM_HANDSHAKE_TIMEOUT_SECONDS)
        if self._password:
            return self._demand_proof()
        self.state = State.WAITING
        return [self._say_ready(now)]

    def receive(self, action: Action, now: Monotonic) -> list[BindingEffect]:
        """Take one whole message of this room from the peer."""
        if action.name in PLAIN_STEPS:
            return self._take(PLAIN_STEPS[action.name], now)
        if action.name == HANDSHAKE:
            return self._receive_handshake(action.payload, now)
        if self.state is not State.ACTIVE:
            return []
        if action.name == PING:
            return [Transmit(Action(PONG, ""))]
        if action.name.startswith(RESERVED_PREFIX):
            return []
        return self._receive_action(action)

    def tick(self, now: Monotonic) -> list[BindingEffect]:
        """Give up a handshake that takes too long."""
        if self._deadline is None or now < self._deadline:
            return []
        return self._take(Step.TIMED_OUT, now)

    def release(self, now: Monotonic) -> list[BindingEffect]:
        """Leave the room on this connection."""
        effects: list[BindingEffect] = [] if self.state is State.DETACHED else [Transmit(Action(LEAVE, ""))]
        return effects + self._take(Step.RELEASED, now)

    def _take(self, step: Step, now: Monotonic) -> list[BindingEffect]:
        before, after = self.state, TRANSITIONS.get((self.state, step))
        if after is None or (before is State.ACTIVE and self._is_echo(step, now)):
            return []
        self.state = after
        effects: list[BindingEffect] = []
        if before is State.ACTIVE:
            effects.append(Deactivated(_reason(step), is_over=after is State.DETACHED))
        if after is State.DETACHED:
            self._deadline = None
            return effects or [Deactivated(_reason(step))]
        if before is State.ACTIVE:
            self._deadline = Monotonic(now + ROOM_HANDSHAKE_TIMEOUT_SECONDS)
        if after is State.PROVING_LAST and before is State.ACTIVE:
            return effects + self._restart(now)
        return effects + self._advance(step, now)

    def _advance(self, step: Step, now: Monotonic) -> list[BindingEffect]:
        """Say ready once our own step is done; be active once both are."""
        effects: list[BindingEffect] = []
        if step in (Step.CHALLENGED, Step.ANSWERED):
            effects.append(self._say_ready(now))
        if self.state is State.ACTIVE:
            self._deadline = None
            effects.append(Activated())
        return effects

    def _restart(self, now: Monotonic) -> list[BindingEffect]:
        if self._password:
            return self._demand_proof()
        self.state = State.ACTIVE
        self._deadline = None
        return [self._say_ready(now), Activated()]

    def _is_echo(self, step: Step, now: Monotonic) -> bool:
        """Tell an answer to our own ready from a restart.

        Two ends that both attached twice would otherwise answer each other's second ready for ever.
        """
        sent = self._ready_sent_at
        return step is Step.READY and sent is not None and now - sent < RESTART_QUIET_SECONDS

    def _demand_proof(self) -> list[BindingEffect]:
        if not self._is_initiator:
            return []
        self._challenge = draw_id(self._rng, CHALLENGE_LENGTH)
        return [Transmit(Action(HANDSHAKE, {STEP_FIELD: "challenge", "c": self._challenge}))]

    def _say_ready(self, now: Monotonic) -> Transmit:
        self._ready_sent_at = now
        return Transmit(Action(READY, ""))

    def _receive_handshake(self, payload: bytes | Json, now: Monotonic) -> list[BindingEffect]:
        match payload:
            case {"__trystero_pw": "challenge", "c": str(challenge)} if self._may_be_challenged(challenge):
                proof = _proof(challenge, self._password, self._room)
                effects = self._take(Step.CHALLENGED, now)
                answer = Transmit(Action(HANDSHAKE, {STEP_FIELD: "response", "h": proof}))
                return _insert_before_ready(effects, answer)
            case {"__trystero_pw": "response", "h": str(answered)} if self._challenge:
                expected = _proof(self._challenge, self._password, self._room)
                self._challenge = ""
                is_right = hmac.compare_digest(answered.encode(), expected.encode())
                return self._take(Step.ANSWERED if is_right else Step.MISANSWERED, now)
            case _:
                return []

    def _may_be_challenged(self, challenge: str) -> bool:
        return bool(self._password) and not self._is_initiator and len(challenge) <= CHALLENGE_LENGTH_MAX

    def _receive_action(self, action: Action) -> list[BindingEffect]:
        match action.metadata:
            case {"r": str(request), **rest} if len(request) == REQUEST_ID_LENGTH and rest.keys() <= {"m"}:
                refusal: Json = {"r": request, "e": "request handler unavailable"}
                return [Transmit(Action(RESPONSE, None, refusal))]
            case _:
                return [Delivered(action)]


def _proof(challenge: str, password: str, room: RoomName) -> str:
    return hashlib.sha256(f"{challenge}:{password}:{room.app}:{room.room}".encode()).hexdigest()


def _insert_before_ready(effects: list[BindingEffect], answer: Transmit) -> list[BindingEffect]:
    """Put the proof after what ends the old life of the binding and before what begins the new one."""
    if not effects:
        return effects
    start = 1 if isinstance(effects[0], Deactivated) else 0
    return [*effects[:start], answer, *effects[start:]]


def _reason(step: Step) -> str:
    match step:
        case Step.LEFT:
            return "the peer left the room"
        case Step.RELEASED:
            return "we left the room"
        case Step.MISANSWERED:
            return "the peer has another password"
        case Step.TIMED_OUT:
            return f"no handshake within {ROOM_HANDSHAKE_TIMEOUT_SECONDS:g} s"
        case Step.READY | Step.CHALLENGED | Step.ANSWERED:
            return "the peer started over"
