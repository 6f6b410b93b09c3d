"""One session on one channel: hello, proof, heartbeat, goodbye (docs/protocol.md, "Sessions").

Both sides send `Hello` as soon as the channel opens, and `Proof` as soon as the other's hello is in. A peer
that never says hello is a plain Trystero application: it is FOREIGN, and left alone.
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, get_args

from peerset.core.allowance import Allowance
from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import KEY_BYTES, PublicKey, SecretKey, is_public_key, verify
from peerset.core.limits import (
    HEARTBEAT_ANSWER_SECONDS,
    HEARTBEAT_QUIET_SECONDS,
    HEARTBEAT_YIELD_SECONDS,
    HELLO_TIMEOUT_SECONDS,
    MESSAGE_BURST_MAX,
    MESSAGES_PER_SECOND_MAX,
    PROOF_TIMEOUT_SECONDS,
    SESSION_AGE_MAX_SECONDS,
    SILENCE_MAX_SECONDS,
)
from peerset.core.message import (
    FEATURE_DECLINING,
    FEATURE_INTRODUCING,
    FEATURE_LACKING,
    FEATURE_NAMING,
    PROTOCOL_VERSION,
    BlobMessage,
    Declining,
    Goodbye,
    GoodbyeReason,
    Hello,
    IntroductionMessage,
    LightMessage,
    LiveMessage,
    Message,
    Ping,
    Pong,
    Proof,
    Records,
    Role,
    SessionMessage,
    SyncMessage,
    Unknown,
)
from peerset.core.signal import ChannelBinding, PeerId, RoomTag
from peerset.errors import LocalProtocolError
from peerset.protocol.effects import Disconnect, Emit, Request, Send, Strike
from peerset.protocol.events import ForeignPeerJoined
from peerset.protocol.strikes import Fault


class State(Enum):
    """Where a session stands."""

    GREETED = "greeted"
    """Our hello is out; theirs is not in."""
    FOREIGN = "foreign"
    """No hello came in time: an application that shares the channel."""
    PROVING = "proving"
    """Their hello is in and our proof is out."""
    ESTABLISHED = "established"
    """Their proof is good; everything else may flow."""
    CLOSING = "closing"
    """Goodbye is said; what still arrives is ignored."""
    CLOSED = "closed"
    """The channel is gone."""


_EVERYDAY: Final = (
    Ping,
    Pong,
    *get_args(SyncMessage),
    Records,
    *get_args(LiveMessage),
    Declining,
    *get_args(LightMessage),
    *get_args(IntroductionMessage),
    *get_args(BlobMessage),
    Unknown,
)
_ALL: Final = (Hello, Proof, Goodbye, *_EVERYDAY)

TRANSITIONS: Final[Mapping[tuple[State, type[Message]], State]] = {
    (State.GREETED, Hello): State.PROVING,
    (State.GREETED, Goodbye): State.CLOSING,
    (State.FOREIGN, Hello): State.PROVING,
    (State.FOREIGN, Goodbye): State.CLOSING,
    (State.PROVING, Proof): State.ESTABLISHED,
    (State.PROVING, Goodbye): State.CLOSING,
    (State.ESTABLISHED, Goodbye): State.CLOSING,
    **{(State.ESTABLISHED, kind): State.ESTABLISHED for kind in _EVERYDAY},
    **{(State.CLOSING, kind): State.CLOSING for kind in _ALL},
    **{(State.CLOSED, kind): State.CLOSED for kind in _ALL},
}
"""What may come when, and where it leads. What is not here is a fault of the peer."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What our own hello says in every session of a room."""

    key: SecretKey
    room_tag: RoomTag
    rules_id: bytes
    retention_seconds: int
    role: Role = Role.MEMBER
    is_bound: bool = False
    """The room's name says its rules: who has others is turned away."""
    features: int = 0
    """The bits of what is not in every room."""


class Session:
    """The machine of one channel; the node shows it every message, and reads `state` afterwards."""

    def __init__(self, peer: PeerId, binding: ChannelBinding, identity: Identity, *, rng: random.Random) -> None:
        self.peer = peer
        self.state = State.GREETED
        self.hello: Hello | None = None
        self.nonce: bytes = rng.randbytes(KEY_BYTES)
        self.lag_seconds: float | None = None
        """Round-trip time of the last heartbeat."""
        self.goodbye: GoodbyeReason | None = None
        """Why the peer went, if it said so."""
        self._binding = binding
        self._identity = identity
        self._rng = rng
        self._entered = self._heard = self._said = Monotonic(0.0)
        self._ping: tuple[int, Monotonic] | None = None
        self._quiet_seconds = HEARTBEAT_QUIET_SECONDS
        """How long we say nothing before a heartbeat: one side pings, and the other only where that one does not."""
        self._allowance = Allowance(MESSAGES_PER_SECOND_MAX, MESSAGE_BURST_MAX)

    def start(self, now: Moment) -> list[Request]:
        """Greet the peer."""
        self._entered = self._heard = self._said = now.monotonic
        identity = self._identity
        hello = Hello(
            PROTOCOL_VERSION,
            identity.room_tag,
            identity.key.public_key,
            self.nonce,
            identity.rules_id,
            identity.retention_seconds,
            identity.role,
            FEATURE_LACKING | FEATURE_DECLINING | FEATURE_INTRODUCING | FEATURE_NAMING | identity.features,
            now.unix,
        )
        return [self._send(hello, now)]

    @property
    def peer_key(self) -> PublicKey | None:
        """The key the peer claims, or has proven once the session is ESTABLISHED."""
        return None if self.hello is None else PublicKey(self.hello.public_key)

    @property
    def is_half_open(self) -> bool:
        """The peer has not proven itself yet."""
        return self.state in (State.GREETED, State.PROVING)

    def receive(self, message: Message, now: Moment) -> list[Request]:
        """Take *message* from the peer."""
        self._heard = now.monotonic
        after = TRANSITIONS.get((self.state, type(message)))
        if after is None:
            return self._fault(Fault.WRONG_STATE, f"{type(message).__name__} in {self.state.name}", now)
        if self.state in (State.CLOSING, State.CLOSED):
            return []
        if not self._allowance.spend(1, now.monotonic):
            return self._fault(Fault.FLOOD, f"more than {MESSAGES_PER_SECOND_MAX} messages a second", now)
        return self._take(message, now) if isinstance(message, SessionMessage) else []

    def close(self, reason: GoodbyeReason, detail: str, now: Moment) -> list[Request]:
        """Say goodbye and ask for the channel to be closed."""
        if self.state in (State.CLOSING, State.CLOSED):
            return []
        goodbye = [] if self.state is State.FOREIGN else [self._send(Goodbye(reason, detail), now)]
        self._enter(State.CLOSING, now)
        return [*goodbye, Disconnect(self.peer, detail or reason.name.lower())]

    def closed(self, now: Moment) -> None:
        """Note that the channel is gone."""
        self._enter(State.CLOSED, now)

    def sent(self, now: Moment) -> None:
        """Note that the node sent something on this channel: no heartbeat is due for a while."""
        self._said = now.monotonic

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        # Sessions are ESTABLISHED mostly, and are asked after everything that happens.
        match self.state:
            case State.ESTABLISHED:
                quiet, silent = self._said + self._quiet_seconds, self._heard + SILENCE_MAX_SECONDS
                return Monotonic(min(quiet, silent, self._entered + SESSION_AGE_MAX_SECONDS))
            case State.GREETED:
                return Monotonic(self._entered + HELLO_TIMEOUT_SECONDS)
            case State.PROVING:
                return Monotonic(self._entered + PROOF_TIMEOUT_SECONDS)
            case State.FOREIGN | State.CLOSING | State.CLOSED:  # pragma: no branch (mypy: nothing else is left)
                return None

    def tick(self, now: Moment) -> list[Request]:
        """Act on what is overdue."""
        if self.deadline is None or now.monotonic < self.deadline:
            return []
        if self.state is State.GREETED:
            self._enter(State.FOREIGN, now)
            return [Emit(ForeignPeerJoined(self.peer))]
        if self.state is State.PROVING:
            return self.close(GoodbyeReason.FAULT, f"no proof within {PROOF_TIMEOUT_SECONDS:.0f} s", now)
        if now.monotonic >= self._heard + SILENCE_MAX_SECONDS:
            self._enter(State.CLOSING, now)
            return [Disconnect(self.peer, f"silent for {SILENCE_MAX_SECONDS:.0f} s")]
        if now.monotonic >= self._entered + SESSION_AGE_MAX_SECONDS:
            return self.close(GoodbyeReason.EXPIRED, "the session is a day old", now)
        return [self._beat(now)]

    def is_silent(self, now: Moment) -> bool:
        """Say whether the peer seems to be gone, though the channel is not: it should have said something by now."""
        if self.state is not State.ESTABLISHED:
            return True
        due = self._heard + HEARTBEAT_QUIET_SECONDS + HEARTBEAT_YIELD_SECONDS
        if self._ping is not None and self._ping[1] >= self._heard:
            due = min(due, self._ping[1])
        return now.monotonic >= due + HEARTBEAT_ANSWER_SECONDS

    def probe(self, now: Moment) -> list[Send]:
        """Ask for a sign of life, unless there was one a moment ago or is asked for already."""
        is_asked = self._ping is not None and self._ping[1] >= self._heard
        if is_asked or self.state is not State.ESTABLISHED or now.monotonic < self._heard + HEARTBEAT_ANSWER_SECONDS:
            return []
        return [self._beat(now)]

    def _beat(self, now: Moment) -> Send:
        token = self._rng.getrandbits(32)
        self._ping = (token, now.monotonic)
        return self._send(Ping(token), now)

    def _take(self, message: SessionMessage, now: Moment) -> list[Request]:
        match message:
            case Hello():
                return self._greeted(message, now)
            case Proof():
                return self._proven(message, now)
            case Ping(token):
                return [self._send(Pong(token), now)]
            case Pong(token):
                return self._ponged(token, now)
            case Goodbye(reason, detail):  # pragma: no branch (mypy: nothing else is left)
                self.goodbye = reason
                self._enter(State.CLOSING, now)
                return [Disconnect(self.peer, f"goodbye: {reason.name.lower()} {detail}".rstrip())]

    def _greeted(self, hello: Hello, now: Moment) -> list[Request]:
        refusal = self._refuse(hello)
        if refusal is not None:
            return self.close(*refusal, now)
        if not is_public_key(hello.public_key):
            return self._fault(Fault.MALFORMED, "the hello's key is no point of secp256k1", now)
        self.hello = hello
        self._enter(State.PROVING, now)
        ours = self._transcript(hello, is_ours=True)
        return [self._send(Proof(self._identity.key.sign(ours, self._rng.randbytes(KEY_BYTES))), now)]

    def _refuse(self, hello: Hello) -> tuple[GoodbyeReason, str] | None:
        if hello.version != PROTOCOL_VERSION:
            return GoodbyeReason.WRONG_VERSION, f"version {hello.version}, not {PROTOCOL_VERSION}"
        if hello.room_tag != self._identity.room_tag:
            return GoodbyeReason.WRONG_ROOM, "the hello names another room"
        if hello.nonce == self.nonce:
            return GoodbyeReason.SELF, "our own hello came back"
        if self._identity.is_bound and hello.rules_id != self._identity.rules_id:
            return GoodbyeReason.OTHER_RULES, "the room's name says other rules"
        return None

    def _proven(self, proof: Proof, now: Moment) -> list[Request]:
        hello = self.hello
        if hello is None:
            raise LocalProtocolError("PROVING was entered without a hello")
        if not verify(PublicKey(hello.public_key), self._transcript(hello, is_ours=False), proof.signature):
            return self._fault(Fault.BAD_PROOF, "the proof does not fit this channel", now)
        self._quiet_seconds += HEARTBEAT_YIELD_SECONDS * (self.nonce > hello.nonce)
        self._enter(State.ESTABLISHED, now)
        return []

    def _transcript(self, hello: Hello, *, is_ours: bool) -> bytes:
        # Each side's own fields come first, so that a proof cannot be reflected.
        ours = (self._identity.key.public_key, self.nonce, self._binding.local)
        theirs = (hello.public_key, hello.nonce, self._binding.remote)
        first, second = (ours, theirs) if is_ours else (theirs, ours)
        fields = b"".join(part for pair in zip(first, second, strict=True) for part in pair)
        return hashlib.sha256(b"peerset/auth/1" + self._identity.room_tag + fields).digest()

    def _ponged(self, token: int, now: Moment) -> list[Request]:
        if self._ping is not None and self._ping[0] == token:
            self.lag_seconds = now.monotonic - self._ping[1]
            self._ping = None
        return []

    def _fault(self, fault: Fault, reason: str, now: Moment) -> list[Request]:
        return [Strike(self.peer, fault, reason), *self.close(GoodbyeReason.FAULT, reason, now)]

    def _send(self, message: Message, now: Moment) -> Send:
        self._said = now.monotonic
        return Send(self.peer, message)

    def _enter(self, state: State, now: Moment) -> None:
        self.state = state
        self._entered = now.monotonic
