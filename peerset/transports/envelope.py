"""Messages on a stream of bytes: each has its length before it (docs/protocol.md, "Streams")."""

from typing import Final

from peerset.core.limits import MESSAGE_BYTES_MAX
from peerset.errors import RemoteProtocolError

LENGTH_BYTES: Final = 4
SHOWN_BYTES: Final = 24
"""So much of what is no message is shown: people know their shell's greeting by it."""


def enclose(message: bytes) -> bytes:
    """Put the length of *message* before it."""
    return len(message).to_bytes(LENGTH_BYTES) + message


class Unpacker:
    """Gives the messages of a stream; it holds no more than the one that is coming and what was fed last."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.is_begun = False
        """There was a whole message."""

    @property
    def is_cut(self) -> bool:
        """The stream stands within a message."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._buffer += data

    def next(self) -> bytes | None:
        """Give the next message; None when it is not here in full.

        Raises:
            RemoteProtocolError: it is said to be longer than a message may be, or no message of ours at all.

        """
        if len(self._buffer) < LENGTH_BYTES:
            return None
        size_bytes = int.from_bytes(self._buffer[:LENGTH_BYTES])
        if size_bytes > MESSAGE_BYTES_MAX:
            raise RemoteProtocolError(self._reason(size_bytes))
        end = LENGTH_BYTES + size_bytes
        if len(self._buffer) < end:
            return None
        message = bytes(self._buffer[LENGTH_BYTES:end])
        del self._buffer[:end]
        self.is_begun = True
        return message

    def _reason(self, size_bytes: int) -> str:
        if self.is_begun:
            return f"a message of {size_bytes} bytes, at most {MESSAGE_BYTES_MAX} are taken"
        return f"the other end does not speak peerset: it begins with {bytes(self._buffer[:SHOWN_BYTES])!r}"
