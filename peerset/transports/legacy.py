"""The one room of a connection to a page of Trystero 0.20 to 0.22, without I/O.

There is no handshake: the room is active as soon as the channel is open, and who could read our offer or answer knows
the password. Our own protocol is not spoken here: such a page would only complain of an action that it does not know.
"""

from collections.abc import Mapping

from peerset.core.action import PROTOCOL_ACTION, Action
from peerset.core.clock import Monotonic
from peerset.transports.frames import LEAVE, PING, PONG, RESERVED_PREFIX
from peerset.transports.lanes import lane_of
from peerset.transports.legacy_frames import LegacyEncoder, decode_legacy_frame, fits_legacy_name, heard_by_legacy
from peerset.transports.reassembly import Fault, Reassembler
from peerset.transports.sharing import (
    Membership,
    RoomActivated,
    RoomDeactivated,
    RoomDelivered,
    RoomFaulted,
    SharingEffect,
    Write,
)


class Legacy:
    """What is said in a room over one usable connection; *memberships* are our rooms now, by token."""

    def __init__(self, *, memberships: Mapping[str, Membership]) -> None:
        self._memberships = memberships
        self._token: str | None = None
        """The room, while both ends are in it."""
        self._encoder = LegacyEncoder()
        self._reassembler = Reassembler()

    @property
    def deadline(self) -> Monotonic | None:
        """Nothing is waited for."""
        return None

    @property
    def tokens(self) -> list[str]:
        """The room, if it was not left."""
        return [] if self._token is None else [self._token]

    @property
    def is_idle(self) -> bool:
        """The room was left."""
        return self._token is None

    def is_bound(self, token: str) -> bool:
        """Tell whether the room is on this connection."""
        return token == self._token

    def is_active(self, token: str) -> bool:
        """Tell whether the room's actions flow: as long as it is here."""
        return token == self._token

    def can_say(self, name: str) -> bool:
        """Tell whether there is room for the action's name."""
        return fits_legacy_name(name)

    def open(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Begin, once the connection is usable, with the room that made it."""
        if token not in self._memberships:
            return []
        self._token = token
        return [RoomActivated(token)]

    def attach(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Bind no further room: a page makes one connection for each."""
        return []

    def join(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Tell nothing of a room we joined."""
        return []

    def leave(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Tell the peer that we left the room."""
        return self.detach(token, now)

    def detach(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """End the room on this connection."""
        if token != self._token:
            return []
        farewell = self._write(token, Action(LEAVE, ""))
        self._token = None
        return [farewell, RoomDeactivated(token, "we left the room")]

    def send(self, token: str, action: Action) -> list[Write]:
        """Cut *action* into frames, unless it is none that such a page could take.

        Raises:
            ConfigError: the action cannot be sent.

        """
        if token != self._token or action.name == PROTOCOL_ACTION or not fits_legacy_name(action.name):
            return []
        return [self._write(token, action)]

    def receive(self, data: bytes, now: Monotonic) -> list[SharingEffect]:
        """Take one message of the channel."""
        frame = decode_legacy_frame(data)
        token = self._token
        if frame is None or token is None:
            return []
        result = self._reassembler.receive(frame, now)
        if isinstance(result, Fault):
            return [RoomFaulted(token, result)]
        return [] if result is None else self._take(token, heard_by_legacy(result))

    def tick(self, now: Monotonic) -> list[SharingEffect]:
        """Do nothing: there is no handshake to take too long."""
        return []

    def _take(self, token: str, action: Action) -> list[SharingEffect]:
        if action.name == LEAVE:
            self._token = None
            return [RoomDeactivated(token, "the peer left the room")]
        if action.name == PING:
            return [self._write(token, Action(PONG, ""))]
        if action.name.startswith(RESERVED_PREFIX) or action.name == PROTOCOL_ACTION:
            return []
        return [RoomDelivered(token, action)]

    def _write(self, token: str, action: Action) -> Write:
        return Write(lane_of(token, action.name), tuple(self._encoder.encode(action)))
