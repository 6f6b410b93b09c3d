"""Strangers at a port: whoever connects says something soon, or is sent away, and takes no place from others."""

import asyncio
from contextlib import suppress
from typing import Final

from peerset.cli.piping import Streams

STRANGERS_MAX: Final = 64
"""So many wait at a time; with one more, the one that has waited longest goes."""
WORD_SECONDS: Final = 10.0
FIRST_BYTES: Final = 65_536


class Guest:
    """A reader, of which *first* was read already."""

    def __init__(self, reader: asyncio.StreamReader, first: bytes) -> None:
        self._reader = reader
        self._first = first

    async def read(self, n: int = -1, /) -> bytes:
        """Give up to *n* bytes as soon as there are any; none at the end."""
        if not self._first:
            return await self._reader.read(n)
        found, self._first = self._first[:n], self._first[n:]
        return found


class Porch:
    """Where strangers wait until their first word."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.StreamWriter, None] = {}

    async def first_word(self, streams: Streams) -> Guest | None:
        """Wait for what comes first, and give a reader that begins with it; None when the stranger was sent away."""
        reader, writer = streams
        self._waiting[writer] = None
        if len(self._waiting) > STRANGERS_MAX:
            self._send_away(next(iter(self._waiting)))
        first = b""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(WORD_SECONDS):
                first = await reader.read(FIRST_BYTES)
        if not first:
            self._send_away(writer)
            return None
        self._waiting.pop(writer, None)
        return Guest(reader, first)

    def _send_away(self, writer: asyncio.StreamWriter) -> None:
        self._waiting.pop(writer, None)
        # Whoever says nothing reads nothing either.
        writer.transport.abort()
