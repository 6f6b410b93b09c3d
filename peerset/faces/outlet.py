"""What waits to be sent to one client; one that does not read costs no more than a limit."""

import asyncio
from collections import deque
from typing import Protocol


class Sink(Protocol):
    """What sends."""

    async def send_str(self, data: str, /) -> None:
        """Send *data*, and wait while the other end is behind.

        Raises:
            ConnectionError: it is gone.

        """


class Outlet:
    """Sends on *socket*, in order; at most *bytes_max* wait."""

    def __init__(self, socket: Sink, *, bytes_max: int) -> None:
        self._socket = socket
        self._bytes_max = bytes_max
        self._waiting: deque[tuple[str, int]] = deque()
        self._bytes = 0
        self._comes = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()

    def put(self, text: str) -> bool:
        """Send *text* as soon as may be; False, and it is dropped, when too much waits."""
        size = len(text) if text.isascii() else len(text.encode())
        if self._bytes and self._bytes + size > self._bytes_max:
            return False
        self._waiting.append((text, size))
        self._bytes += size
        if self._bytes > self._bytes_max // 2:
            self._has_room.clear()
        self._comes.set()
        return True

    async def give(self, text: str) -> None:
        """Send *text* once half of what may wait was sent."""
        await self._has_room.wait()
        while not self.put(text):
            self._has_room.clear()
            await self._has_room.wait()

    async def run(self) -> None:
        """Send what comes, until the client is gone.

        Raises:
            ConnectionError: it went in between.

        """
        while True:
            await self._comes.wait()
            await self.flush()
            self._comes.clear()

    async def flush(self) -> None:
        """Send what waits now.

        Raises:
            ConnectionError: the client is gone.

        """
        while self._waiting:
            text, size = self._waiting.popleft()
            await self._socket.send_str(text)
            self._bytes -= size
            if self._bytes <= self._bytes_max // 2:
                self._has_room.set()
