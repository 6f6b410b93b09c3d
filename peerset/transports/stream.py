"""One peer at the other end of any stream of bytes: standard streams, a socket, a child process, a serial line.

The stream is as trusted as what carries it: the proofs of the session prove keys, but bind them to no channel.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol, runtime_checkable

from peerset.core.action import Action
from peerset.core.limits import (
    FLUSH_TIMEOUT_SECONDS,
    MESSAGE_BYTES_MAX,
    SEND_QUEUE_BYTES_PER_PEER_MAX,
    STREAM_STALL_SECONDS,
    TRANSPORT_CLOSE_TIMEOUT_SECONDS,
)
from peerset.core.signal import ChannelBinding, PeerId
from peerset.errors import LocalProtocolError, RemoteProtocolError, TransportError
from peerset.protocol.inputs import Clogged, Closed, Drained, Faulted, Opened, Received, TransportInput
from peerset.transports.backlog import Backlog
from peerset.transports.envelope import Unpacker, enclose
from peerset.transports.inbox import Inbox

FINGERPRINT: Final = hashlib.sha256(b"peerset/stream/1").digest()
"""Stands on both sides for the certificates that a stream does not have."""
ROUTE: Final = "stream"
ENDED: Final = "the stream ended"
LEFT: Final = "we left the room"
READ_BYTES: Final = 65_536


class Source(Protocol):
    """What can be read, such as an `asyncio.StreamReader`."""

    async def read(self, n: int = -1, /) -> bytes:
        """Give up to *n* bytes as soon as there are any; none at the end."""
        ...


class Sink(Protocol):
    """What can be written to, such as an `asyncio.StreamWriter`."""

    def write(self, data: bytes, /) -> object:
        """Take *data*."""
        ...

    async def drain(self) -> None:
        """Wait until more may be written."""
        ...

    def close(self) -> object:
        """Close it."""
        ...

    async def wait_closed(self) -> None:
        """Wait until it is closed."""
        ...


@runtime_checkable
class HalfClosing(Protocol):
    """A `Sink` that can be ended while the other direction goes on."""

    def can_write_eof(self) -> bool:
        """Say whether this one can."""
        ...

    def write_eof(self) -> object:
        """End what we write."""
        ...


async def nothing_left() -> None:
    """Have nothing to wait for."""


class StreamTransport:
    """The `Transport` of *peer* alone; at its end *writer* is closed.

    *linger* is awaited between the other's end of the stream and the word of it: what it said last can be dealt with.
    """

    def __init__(
        self,
        peer: PeerId,
        reader: Source,
        writer: Sink,
        *,
        address: str = "",
        linger: Callable[[], Awaitable[None]] = nothing_left,
    ) -> None:
        self.peer = peer
        self.reason = ""
        """Why it ended."""
        self.fault: TransportError | None = None
        """Set when the stream broke, or carried what no peer sends."""
        self._reader = reader
        self._writer = writer
        self._linger = linger
        self._inbox = Inbox(lambda _: self._may_read.set())
        self._backlog = Backlog(self._tell)
        self._queue: deque[bytes] = deque()
        self._has_work = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._is_ended = self._is_heard_out = False
        self._inbox.post(Opened(peer, ChannelBinding(FINGERPRINT, FINGERPRINT), ROUTE, address))
        self._reading = asyncio.create_task(self._read(), name="peerset-stream-read")
        self._writing = asyncio.create_task(self._write(), name="peerset-stream-write")
        self._closing: asyncio.Task[None] | None = None

    @property
    def is_ended(self) -> bool:
        """Nothing more is sent or taken."""
        return self._is_ended

    def inputs(self) -> AsyncIterator[TransportInput]:
        """Iterate what happens; ends after `aclose`. Called once."""
        return self._inbox.read()

    def heed(self, event: Opened | Closed) -> None:
        """Have one channel only, which needs no telling apart."""

    def send(self, peer: PeerId, data: bytes) -> None:
        """Queue one message for *peer*; `Clogged` tells when too much waits. Unknown peers are ignored.

        Raises:
            LocalProtocolError: the message is longer than 256 KiB.

        """
        if len(data) > MESSAGE_BYTES_MAX:
            raise LocalProtocolError(f"a message of {len(data)} bytes, at most {MESSAGE_BYTES_MAX} are sent")
        if peer != self.peer or self._is_ended:
            return
        envelope = enclose(data)
        self._queue.append(envelope)
        self._has_work.set()
        self._backlog.add(len(envelope))
        if self._backlog.is_full:
            self._queue.clear()
            self._break(f"more than {SEND_QUEUE_BYTES_PER_PEER_MAX} bytes wait to be sent")

    def send_action(self, peer: PeerId, action: Action) -> bool:
        """Leave *action* out: a stream carries no application's messages."""
        return True

    def disconnect(self, peer: PeerId, reason: str) -> None:
        """Flush what is queued for at most a second, then end the stream."""
        if peer == self.peer:
            self._end(reason)

    async def aclose(self) -> None:
        """End the stream within 2 seconds; may be called twice."""
        self._end(LEFT)
        self._inbox.close()
        if self._closing is not None:
            await asyncio.wait([self._closing], timeout=TRANSPORT_CLOSE_TIMEOUT_SECONDS)

    # How it ends: once, whoever ends it.

    def _break(self, reason: str, cause: Exception | None = None) -> None:
        """End the stream for a fault of it, or of the other end."""
        if not self._is_ended:
            self.fault = TransportError(reason)
            self.fault.__cause__ = cause
            self._end(reason)

    def _end(self, reason: str) -> None:
        if self._is_ended:
            return
        self._is_ended = True
        self.reason = reason
        self._inbox.post(Closed(self.peer, reason))
        self._may_read.set()
        self._has_work.set()
        self._closing = asyncio.create_task(self._close(), name="peerset-stream-close")

    async def _close(self) -> None:
        """Say what is left to say and hear the other out, for a second; then close both directions."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_TIMEOUT_SECONDS):
                await asyncio.wait([self._writing])
                # To close what is still written to would lose what we said last, on its way to the other.
                if not self._is_heard_out and self._end_writing():
                    await asyncio.wait([self._reading])
        self._reading.cancel()
        self._writing.cancel()
        with suppress(Exception):
            self._writer.close()
            async with asyncio.timeout(FLUSH_TIMEOUT_SECONDS):
                await self._writer.wait_closed()

    def _end_writing(self) -> bool:
        with suppress(Exception):
            if isinstance(self._writer, HalfClosing) and self._writer.can_write_eof():
                self._writer.write_eof()
                return True
        return False

    # The two directions.

    async def _read(self) -> None:
        unpacker = Unpacker()
        try:
            while data := await self._reader.read(READ_BYTES):
                if not self._is_ended:
                    unpacker.feed(data)
                    await self._deliver(unpacker)
        except RemoteProtocolError as error:
            self._inbox.post(Faulted(self.peer, str(error)))
            self._break(str(error), error)
            return
        except Exception as error:  # noqa: BLE001 - a reader of any kind
            self._break(f"the stream broke: {str(error) or type(error).__name__}", error)
            return
        self._is_heard_out = True
        if unpacker.is_cut:
            self._break("the stream ended within a message")
        elif unpacker.is_begun:
            await self._linger()
        self._end(ENDED)

    async def _deliver(self, unpacker: Unpacker) -> None:
        """Hand on what is whole, and take no more while too much is unread."""
        while not self._is_ended and (message := unpacker.next()) is not None:
            # Always taken: no message is so long that what we are behind with could not hold one more.
            self._inbox.post_from(self.peer, Received(self.peer, message), size_bytes=len(message))
            if self._inbox.is_behind(self.peer):
                self._may_read.clear()
                await self._may_read.wait()

    async def _write(self) -> None:
        try:
            while not (self._is_ended and not self._queue):
                self._has_work.clear()
                while self._queue:
                    envelope = self._queue.popleft()
                    await self._put(envelope)
                    self._backlog.add(-len(envelope))
                if not self._is_ended:
                    await self._has_work.wait()
        except TimeoutError as error:
            self._queue.clear()
            self._break(f"the other end took nothing for {STREAM_STALL_SECONDS:.0f} s", error)
        except Exception as error:  # noqa: BLE001 - a writer of any kind
            self._queue.clear()
            # Whoever ended the stream takes nothing more, and that is no fault: what it said last may not be read yet.
            await asyncio.wait([self._reading], timeout=FLUSH_TIMEOUT_SECONDS)
            if not self._is_heard_out:
                self._break(f"the stream broke: {str(error) or type(error).__name__}", error)

    async def _put(self, envelope: bytes) -> None:
        self._writer.write(envelope)
        async with asyncio.timeout(STREAM_STALL_SECONDS):
            await self._writer.drain()

    def _tell(self, is_clogged: bool) -> None:
        if not self._is_ended:
            self._inbox.post(Clogged(self.peer) if is_clogged else Drained(self.peer))
