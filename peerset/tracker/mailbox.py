"""What waits to be sent to one client of our tracker, as frames of its websocket.

Whatever is put in between two rounds of the postman leaves in one call of the operating system: much of the time of a
busy tracker went there. A round begins at the end of the loop's turn, but 2 ms after the last one at the soonest.
"""

import asyncio
from typing import Final

from peerset.tracker.frames import PING, PONG, frame_of, frames_of

ROUND_SECONDS: Final = 0.002
"""So long may what is sent to a client wait for company; it takes far longer to be answered."""


class Postman:
    """Empties mailboxes, all that have something in one round."""

    def __init__(self) -> None:
        self._expected: list[Mailbox] = []
        self._round: asyncio.Handle | None = None
        self._due = 0.0

    def expect(self, mailbox: "Mailbox") -> None:
        """Come by *mailbox* in the next round."""
        self._expected.append(mailbox)
        if self._round is None:
            loop = asyncio.get_running_loop()
            is_soon = loop.time() >= self._due
            self._round = loop.call_soon(self._go) if is_soon else loop.call_at(self._due, self._go)

    def _go(self) -> None:
        self._round = None
        self._due = asyncio.get_running_loop().time() + ROUND_SECONDS
        expected, self._expected = self._expected, []
        for mailbox in expected:
            mailbox.flush()


class Mailbox:
    """A bounded queue of texts for one client, who may be slow to read."""

    __slots__ = (
        "_bytes_max",
        "_is_expecting",
        "_messages_max",
        "_postman",
        "_size_bytes",
        "_texts",
        "_transport",
        "dropped",
        "is_blocked",
    )

    def __init__(self, postman: Postman, *, messages_max: int, bytes_max: int) -> None:
        self.dropped = 0
        self.is_blocked = False
        """The client is behind with reading; whoever says that this has ended calls `flush`."""
        self._postman = postman
        self._is_expecting = False
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self._texts: list[str] = []
        self._size_bytes = 0
        self._transport: asyncio.WriteTransport | None = None

    def open(self, transport: asyncio.WriteTransport) -> None:
        """Send to *transport*."""
        self._transport = transport

    def put(self, text: str) -> None:
        """Queue *text*, which is ASCII; it is dropped, and counted, when there is no room for it."""
        size_bytes = self._size_bytes + len(text)
        if size_bytes > self._bytes_max or len(self._texts) >= self._messages_max:
            self.dropped += 1
            return
        self._texts.append(text)
        self._size_bytes = size_bytes
        if not self._is_expecting:
            self._is_expecting = True
            self._postman.expect(self)

    def ping(self) -> None:
        """Ask whether the client is there, before all that waits."""
        self._write(frame_of(PING, b""))

    def pong(self, payload: bytes) -> None:
        """Answer a ping of the client; not while it is behind with reading what it was sent."""
        if not self.is_blocked:
            self._write(frame_of(PONG, payload))

    def flush(self) -> None:
        """Hand over what waits, unless the client is behind with what it was sent before."""
        self._is_expecting = False
        if not self._texts or self._transport is None or self.is_blocked:
            return
        self._write(frames_of(self._texts))
        self._texts = []
        self._size_bytes = 0

    def close(self) -> None:
        """Send nothing any more."""
        self.flush()
        self._transport = None

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
