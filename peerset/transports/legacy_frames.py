"""The bytes of a Trystero data channel, dialect of 0.20 to 0.22: docs/protocol.md, "The older dialect".

Every message on the channel is an action frame alone: a 15-byte header (name 12, nonce 1, tag bits 1, progress 1) and
at most 16,369 bytes of payload. There is no room in it: a connection serves one.
"""

from typing import Final

from peerset.core.action import Action, Missing
from peerset.core.limits import LEGACY_FRAME_PAYLOAD_BYTES
from peerset.transports.frames import PRESENCE_FRAME, ROOM_FRAME, ActionFrame, check_action_name, cut

LEGACY_NAME_BYTES_MAX: Final = 12
LEGACY_HEADER_BYTES: Final = 15
LEGACY_NONCES: Final = 256


def tells_modern(data: bytes) -> bool | None:
    """Say by the first message of a peer whether it speaks the modern dialect; None when it is of neither."""
    if data[:1] in (bytes((ROOM_FRAME,)), bytes((PRESENCE_FRAME,))):
        return True
    return None if data[:1] < b" " or decode_legacy_frame(data) is None else False


def decode_legacy_frame(data: bytes) -> ActionFrame | None:
    """Read one message of the channel; None for what is to be ignored."""
    if not LEGACY_HEADER_BYTES <= len(data) <= LEGACY_HEADER_BYTES + LEGACY_FRAME_PAYLOAD_BYTES:
        return None
    try:
        name = data[:LEGACY_NAME_BYTES_MAX].replace(b"\0", b"").decode()
    except UnicodeDecodeError:
        return None
    if not name:
        return None
    return ActionFrame(name, data[12], data[13], data[LEGACY_HEADER_BYTES:])


def fits_legacy_name(name: str) -> bool:
    """Say whether the older dialect has room for the action's name."""
    return len(name.encode("utf-8", "surrogatepass")) <= LEGACY_NAME_BYTES_MAX


def heard_by_legacy(action: Action) -> Action:
    """Give what the older dialect can say of *action*: metadata goes with bytes alone, and is an object or an array."""
    is_said = isinstance(action.payload, bytes) and isinstance(action.metadata, dict | list)
    return action if is_said else Action(action.name, action.payload, Missing())


class LegacyEncoder:
    """Cuts actions into frames for one peer; each action name counts its own nonces."""

    def __init__(self) -> None:
        self._nonces: dict[str, int] = {}

    def encode(self, action: Action) -> list[bytes]:
        """Give the channel messages that carry *action*, whose name fits, in order.

        Raises:
            ConfigError: the name or the payload cannot be sent.

        """
        slices = cut(heard_by_legacy(action), LEGACY_FRAME_PAYLOAD_BYTES)
        nonce = self._nonces.get(action.name, 0)
        start = check_action_name(action.name).ljust(LEGACY_NAME_BYTES_MAX, b"\0") + bytes((nonce,))
        self._nonces[action.name] = (nonce + 1) % LEGACY_NONCES
        return [b"".join((start, marks, part)) for marks, part in slices]
