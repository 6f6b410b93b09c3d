"""Texts that wait to be sent on one websocket."""

import asyncio
from collections import deque
from typing import Protocol


class TextSender(Protocol):
    """The sending half of a websocket, aiohttp's client's or server's."""

    async def send_str(self, data: str, /) -> None:
        """Send *data*, waiting while the other end does not read."""
        ...


class Outbox:
    """A bounded queue between those who must not wait and a socket that may be slow."""

    def __init__(self, messages_max: int, bytes_max: int) -> None:
        self.dropped = 0
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self._texts: deque[str] = deque()
        self._size_bytes = 0
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()

    def put(self, text: str) -> bool:
        """Queue *text*, which is ASCII; False, and counted, when there is no room for it."""
        if len(self._texts) >= self._messages_max or self._size_bytes + len(text) > self._bytes_max:
            self.dropped += 1
            return False
        self._texts.append(text)
        self._size_bytes += len(text)
        self._filled.set()
        self._emptied.clear()
        return True

    async def drain_to(self, socket: TextSender) -> None:
        """Send what is queued and what will be, until cancelled or the connection is lost."""
        try:
            while True:
                await self._filled.wait()
                while self._texts:
                    await socket.send_str(self._texts[0])
                    self._size_bytes -= len(self._texts.popleft())
                self._filled.clear()
                self._emptied.set()
        except ConnectionError:
            return  # Whoever reads from the socket learns of it too, and ends the connection.

    async def flushed(self) -> None:
        """Wait until everything queued is sent."""
        await self._emptied.wait()
