"""The rooms that share one connection to a peer, without I/O: which are bound, and what each frame means to them.

This is the dialect of Trystero 0.23 and later; `legacy.py` speaks the older one.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from peerset.core.action import Action
from peerset.core.clock import Monotonic
from peerset.core.limits import EARLY_BYTES_MAX, EARLY_FRAMES_MAX, TOKENS_PER_PEER_MAX
from peerset.core.signal import PeerId, RoomName
from peerset.transports.binding import Activated, Binding, BindingEffect, Deactivated, Delivered, State, Transmit
from peerset.transports.frames import (
    HANDSHAKE,
    LEAVE,
    READY,
    Encoder,
    Presence,
    decode_action_frame,
    decode_frame,
    encode_presence,
)
from peerset.transports.lanes import Lane, Urgency, lane_of
from peerset.transports.reassembly import Fault, Reassembler


@dataclass(frozen=True, slots=True)
class Membership:
    """A room we have joined."""

    room: RoomName
    password: str


@dataclass(frozen=True, slots=True)
class Write:
    """Put *frames* on the channel."""

    lane: Lane
    frames: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop what still waits to be sent for the room: its other end started over."""

    token: str


@dataclass(frozen=True, slots=True)
class RoomActivated:
    """Both ends of the room are ready."""

    token: str


@dataclass(frozen=True, slots=True)
class RoomDeactivated:
    """The room is no longer bound, or starts over."""

    token: str
    reason: str


@dataclass(frozen=True, slots=True)
class RoomDelivered:
    """A whole action of an active room."""

    token: str
    action: Action


@dataclass(frozen=True, slots=True)
class RoomFaulted:
    """The peer broke the rules of framing in a room."""

    token: str
    fault: Fault


SharingEffect = Write | Forget | RoomActivated | RoomDeactivated | RoomDelivered | RoomFaulted


@dataclass(slots=True)
class _Bound:
    """A room on this connection."""

    binding: Binding
    encoder: Encoder
    reassembler: Reassembler = field(default_factory=Reassembler)


class Sharing:
    """What *local* and *remote* share over one usable connection; *memberships* are our rooms now, by token."""

    def __init__(
        self, local: PeerId, remote: PeerId, *, memberships: Mapping[str, Membership], rng: random.Random
    ) -> None:
        self._local = local
        self._remote = remote
        self._memberships = memberships
        self._rng = rng
        self._bound: dict[str, _Bound] = {}
        self._present: dict[str, None] = {}
        self._early: list[tuple[str, bytes]] = []

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        return min((end for room in self._bound.values() if (end := room.binding.deadline) is not None), default=None)

    @property
    def tokens(self) -> list[str]:
        """The rooms that are bound."""
        return sorted(self._bound)

    @property
    def is_idle(self) -> bool:
        """No room is bound."""
        return not self._bound

    def is_bound(self, token: str) -> bool:
        """Tell whether the room is on this connection, though its handshake may still be under way."""
        return token in self._bound

    def is_active(self, token: str) -> bool:
        """Tell whether the room's actions flow."""
        return token in self._bound and self._bound[token].binding.state is State.ACTIVE

    def can_say(self, name: str) -> bool:
        """Tell whether an action of this name can be sent: any that applications may use."""
        return True

    def open(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Begin, once the connection is usable: tell of every room, and bind the one that made the connection."""
        effects: list[SharingEffect] = [self._tell(known, is_present=True) for known in sorted(self._memberships)]
        return effects + self.attach(token, now)

    def attach(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Bind a room that both ends are in; what came for it early is taken now."""
        membership = self._memberships.get(token)
        if membership is None or token in self._bound:
            return []
        binding = Binding(
            membership.room, local=self._local, remote=self._remote, password=membership.password, rng=self._rng
        )
        self._bound[token] = _Bound(binding, Encoder(token))
        effects = self._apply(token, binding.start(now))
        early = [frame for waiting, frame in self._early if waiting == token]
        self._early = [item for item in self._early if item[0] != token]
        for frame in early:
            effects += self._receive_room_frame(token, frame, now)
        return effects

    def join(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Tell the peer that we joined a room; bind it when the peer is there already."""
        effects: list[SharingEffect] = [self._tell(token, is_present=True)]
        return effects + (self.attach(token, now) if token in self._present else [])

    def leave(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Tell the peer that we left a room."""
        return [*self.detach(token, now), self._tell(token, is_present=False)]

    def detach(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Unbind a room, but stay in it; one that was not active yet ends without a word."""
        bound, was_active = self._bound.get(token), self.is_active(token)
        effects = self._apply(token, bound.binding.release(now)) if bound else []
        return [effect for effect in effects if was_active or not isinstance(effect, RoomDeactivated)]

    def send(self, token: str, action: Action) -> list[Write]:
        """Cut *action* into frames of an active room.

        Raises:
            ConfigError: the action cannot be sent.

        """
        return [self._write(token, action)] if self.is_active(token) else []

    def receive(self, data: bytes, now: Monotonic) -> list[SharingEffect]:
        """Take one message of the channel."""
        frame = decode_frame(data)
        if frame is None:
            return []
        if isinstance(frame, Presence):
            return self._receive_presence(frame, now)
        if frame.token in self._bound:
            return self._receive_room_frame(frame.token, frame.frame, now)
        return self._receive_unbound(frame.token, frame.frame, now)

    def tick(self, now: Monotonic) -> list[SharingEffect]:
        """Act on handshakes that took too long."""
        effects: list[SharingEffect] = []
        for token, bound in list(self._bound.items()):
            effects += self._apply(token, bound.binding.tick(now))
        return effects

    def _receive_presence(self, presence: Presence, now: Monotonic) -> list[SharingEffect]:
        self._present.pop(presence.token, None)
        if presence.is_present:
            self._present[presence.token] = None
            if len(self._present) > TOKENS_PER_PEER_MAX:
                del self._present[next(iter(self._present))]
            return self.attach(presence.token, now)
        bound = self._bound.get(presence.token)
        # What we said in a handshake meanwhile is lost; whoever comes back shall hear it again.
        return [] if bound is None else self._apply(presence.token, bound.binding.receive(Action(LEAVE, ""), now))

    def _receive_unbound(self, token: str, frame: bytes, now: Monotonic) -> list[SharingEffect]:
        """Keep a frame for later; a handshake in a room of ours binds it, even if presence was lost."""
        held = sum(len(early) for _, early in self._early) + len(frame)
        if len(self._early) < EARLY_FRAMES_MAX and held <= EARLY_BYTES_MAX:
            self._early.append((token, frame))
        header = decode_action_frame(frame)
        if header is not None and header.name in (READY, HANDSHAKE):
            return self.attach(token, now)
        return []

    def _receive_room_frame(self, token: str, data: bytes, now: Monotonic) -> list[SharingEffect]:
        frame = decode_action_frame(data)
        bound = self._bound.get(token)
        if frame is None or bound is None:
            return []
        result = bound.reassembler.receive(frame, now)
        if isinstance(result, Fault):
            return [RoomFaulted(token, result)]
        return [] if result is None else self._apply(token, bound.binding.receive(result, now))

    def _apply(self, token: str, effects: list[BindingEffect]) -> list[SharingEffect]:
        """Turn what a binding asks for into what the connection does, and tidy up after it."""
        applied: list[SharingEffect] = []
        for effect in effects:
            match effect:
                case Transmit(action):
                    applied.append(self._write(token, action))
                case Activated():
                    applied.append(RoomActivated(token))
                case Delivered(action):
                    applied.append(RoomDelivered(token, action))
                case Deactivated(reason, is_over):
                    applied += self._deactivate(token, reason, is_over=is_over)
        return applied

    def _deactivate(self, token: str, reason: str, *, is_over: bool) -> list[SharingEffect]:
        if is_over:
            del self._bound[token]
            return [RoomDeactivated(token, reason)]
        self._bound[token].reassembler = Reassembler()
        return [Forget(token), RoomDeactivated(token, reason)]

    def _write(self, token: str, action: Action) -> Write:
        return Write(lane_of(token, action.name), tuple(self._bound[token].encoder.encode(action)))

    def _tell(self, token: str, *, is_present: bool) -> Write:
        return Write(Lane(Urgency.CONTROL, token), (encode_presence(token, is_present=is_present),))
