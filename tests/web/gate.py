"""A port in front of a tracker that a test opens and shuts: the tracker is out of reach, and back at its address."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = "127.0.0.1"
CHUNK_BYTES: Final = 65_536


class Gate:
    """Until it is first opened, nobody listens on its port; then it passes bytes on, or hangs up while it is shut."""

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"ws://{LOOPBACK}:{listener.getsockname()[1]}"
        """What to give peers as their tracker."""
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._tracker: str | None = None
        self._attending: set[asyncio.Task[None]] = set()

    async def open(self, tracker: str) -> None:
        """Let connections through to *tracker*."""
        self._tracker = tracker
        if self._server is None:
            self._server = await asyncio.start_server(self._attend, sock=self._listener)

    def shut(self) -> None:
        """Break every connection, and hang up on new ones."""
        self._tracker = None
        for task in self._attending:
            task.cancel()

    async def aclose(self) -> None:
        """Shut, and give the port back."""
        self.shut()
        if self._server is not None:
            self._server.close()
        if self._attending:
            await asyncio.wait(self._attending)

    def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._forward(reader, writer), name="gate")
        self._attending.add(task)
        task.add_done_callback(self._attending.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            if self._tracker is not None:
                address = urlsplit(self._tracker)
                inner, outlet = await asyncio.open_connection(address.hostname, address.port)
                writers.append(outlet)
                await asyncio.gather(pass_on(reader, outlet), pass_on(inner, writer))
        finally:
            for each in writers:
                each.transport.abort()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until either end is gone."""
    with suppress(ConnectionError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


@asynccontextmanager
async def shut_gate() -> AsyncIterator[Gate]:
    """Reserve a port on which nobody listens yet, for the length of the block."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        gate = Gate(listener)
        try:
            yield gate
        finally:
            await gate.aclose()
