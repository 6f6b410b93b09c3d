"""The bytes of a Trystero data channel, dialect of 0.23 and later.

Every message on the channel is a room frame (``01 | u16 L | token | action frame``) or a presence frame
(``02 | u8 state | u16 L | token``). An action frame has a 36-byte header (name 32, nonce 2, tag bits 1, progress 1)
and at most 16,348 bytes of payload. Anything else is ignored, as Trystero does.
"""

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from peerset.core.action import ACTION_NAME_BYTES_MAX, PROTOCOL_ACTION, Action, Json, Missing
from peerset.core.limits import ACTION_BYTES_MAX, FRAME_PAYLOAD_BYTES
from peerset.core.signal import RoomName
from peerset.errors import ConfigError

ROOM_FRAME: Final = 1
PRESENCE_FRAME: Final = 2
HEADER_BYTES: Final = 36
NONCES: Final = 65_536

LAST: Final = 0x01
METADATA: Final = 0x02
BINARY: Final = 0x04
NOT_TEXT: Final = 0x08

READY: Final = "@_hsready"
HANDSHAKE: Final = "@_hsdata"
LEAVE: Final = "@_leave"
PING: Final = "@_ping"
PONG: Final = "@_pong"
RESPONSE: Final = "@_response"
RESERVED_PREFIX: Final = "@_"


@dataclass(frozen=True, slots=True)
class RoomFrame:
    """An action frame of the room that *token* names."""

    token: str
    frame: bytes


@dataclass(frozen=True, slots=True)
class Presence:
    """The sender is, or is no longer, in the room that *token* names."""

    token: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class ActionFrame:
    """One slice of an action's payload, or of its metadata."""

    name: str
    nonce: int
    tag: int
    payload: bytes

    @property
    def is_last(self) -> bool:
        """The message ends with this frame."""
        return bool(self.tag & LAST)

    @property
    def is_metadata(self) -> bool:
        """The payload is the message's metadata."""
        return bool(self.tag & METADATA)


def room_token(room: RoomName) -> str:
    """Name *room* on a data channel: hex of SHA-256("Trystero:" app ":" room)."""
    return hashlib.sha256(f"Trystero:{room.app}:{room.room}".encode()).hexdigest()


def decode_frame(data: bytes) -> RoomFrame | Presence | None:
    """Read one message of the channel; None for what is to be ignored."""
    if not data:
        return None
    if data[0] == ROOM_FRAME:
        token, end = _decode_token(data, 1)
        return RoomFrame(token, data[end:]) if token else None
    if data[0] == PRESENCE_FRAME and len(data) > 1 and data[1] <= 1:
        token, _ = _decode_token(data, 2)
        return Presence(token, data[1] == 1) if token else None
    return None


def encode_room_frame(token: str, frame: bytes) -> bytes:
    """Wrap an action frame for the room that *token* names."""
    return b"\x01" + _encode_token(token) + frame


def encode_presence(token: str, *, is_present: bool) -> bytes:
    """Tell that we are, or are no longer, in a room."""
    return bytes([PRESENCE_FRAME, is_present]) + _encode_token(token)


def decode_action_frame(data: bytes) -> ActionFrame | None:
    """Read the header of an action frame; None for what is to be ignored."""
    if len(data) < HEADER_BYTES or len(data) > HEADER_BYTES + FRAME_PAYLOAD_BYTES:
        return None
    try:
        name = data[:ACTION_NAME_BYTES_MAX].replace(b"\0", b"").decode()
    except UnicodeDecodeError:
        return None
    if not name:
        return None
    return ActionFrame(name, int.from_bytes(data[32:34], "big"), data[34], data[HEADER_BYTES:])


def check_action_name(name: str) -> bytes:
    """Give the bytes of an action's name.

    Raises:
        ConfigError: it is empty, longer than 32 bytes, or has a NUL or lone surrogates in it.

    """
    try:
        encoded = name.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(f"the action name {name!r} has lone surrogates") from error
    if not 0 < len(encoded) <= ACTION_NAME_BYTES_MAX or b"\0" in encoded:
        raise ConfigError(f"the action name {name!r} is not 1 to {ACTION_NAME_BYTES_MAX} bytes without NUL")
    return encoded


def check_application_action(action: Action) -> None:
    """Check that *action* may be sent by an application.

    Raises:
        ConfigError: its name is Trystero's or ours, or no name at all.

    """
    check_action_name(action.name)
    if action.name.startswith(RESERVED_PREFIX) or action.name == PROTOCOL_ACTION:
        raise ConfigError(f"the action name {action.name!r} is reserved")


class Encoder:
    """Cuts actions into frames for one room and one peer; each action name counts its own nonces."""

    def __init__(self, token: str) -> None:
        self._room = encode_room_frame(token, b"")
        self._named: dict[str, tuple[bytes, int]] = {}
        """Of each action that was sent: what all of its frames begin with, and how often it was."""

    def encode(self, action: Action) -> list[bytes]:
        """Give the channel messages that carry *action*, in order.

        Raises:
            ConfigError: the name or the payload cannot be sent.

        """
        head, nonce = self._named.get(action.name) or (self._head_of(action.name), 0)
        slices = cut(action, FRAME_PAYLOAD_BYTES)
        self._named[action.name] = head, (nonce + 1) % NONCES
        start = head + nonce.to_bytes(2, "big")
        return [b"".join((start, marks, part)) for marks, part in slices]

    def _head_of(self, name: str) -> bytes:
        return self._room + check_action_name(name).ljust(ACTION_NAME_BYTES_MAX, b"\0")


def cut(action: Action, slice_bytes: int) -> list[tuple[bytes, bytes]]:
    """Give of every frame that carries *action* its last two header bytes, tag bits and progress, and its payload.

    Raises:
        ConfigError: the payload cannot be sent.

    """
    bits, payload = _encode_payload(action.payload)
    if len(payload) > ACTION_BYTES_MAX:
        raise ConfigError(f"an action of {len(payload)} bytes: at most {ACTION_BYTES_MAX} are sent in one")
    metadata = None if isinstance(action.metadata, Missing) else encode_json(action.metadata)
    slices = list(_slice(metadata, payload, slice_bytes))
    return [(bytes((bits | tag, _progress(index, len(slices)))), part) for index, (tag, part) in enumerate(slices)]


def encode_json(value: Json) -> bytes:
    """Write *value* as compact JSON.

    Raises:
        ConfigError: it is no JSON value: not a number, lone surrogates, nested too deep, or another type.

    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"an action can only carry bytes and JSON values: {error}") from error


def _slice(metadata: bytes | None, payload: bytes, slice_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Give (tag bits, slice) of every frame; metadata comes first, and alone when the payload is empty."""
    if metadata is not None:
        if len(metadata) > slice_bytes:
            raise ConfigError(f"the metadata is {len(metadata)} bytes, at most {slice_bytes} fit in its frame")
        yield (METADATA if payload else METADATA | LAST), metadata
        if not payload:
            return
    count = max(1, math.ceil(len(payload) / slice_bytes))
    for index in range(count):
        part = payload[index * slice_bytes : (index + 1) * slice_bytes]
        yield (LAST if index == count - 1 else 0), part


def _progress(index: int, count: int) -> int:
    """Round 255 * (index + 1) / count half up."""
    return (510 * (index + 1) + count) // (2 * count)


def _encode_payload(payload: bytes | Json) -> tuple[int, bytes]:
    if isinstance(payload, bytes):
        return BINARY | NOT_TEXT, payload
    if isinstance(payload, str):
        try:
            return 0, payload.encode()
        except UnicodeEncodeError as error:
            raise ConfigError("the text has lone surrogates") from error
    return NOT_TEXT, encode_json(payload)


def _encode_token(token: str) -> bytes:
    encoded = token.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _decode_token(data: bytes, start: int) -> tuple[str, int]:
    """Give (token, where it ends); an empty token for a truncated or unreadable one."""
    length = int.from_bytes(data[start : start + 2], "big")
    end = start + 2 + length
    token = data[start + 2 : end]
    if len(token) != length or not token.isascii():
        return "", end
    return token.decode("ascii"), end
