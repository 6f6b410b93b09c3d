"""Backpressure of one connection: nothing more is read from it while a room has too much of it unread."""

import asyncio


class Gate:
    """Open, unless somebody holds it; its reader waits at `passed`."""

    def __init__(self) -> None:
        self._holders: set[object] = set()
        self._open = asyncio.Event()
        self._open.set()

    @property
    def is_open(self) -> bool:
        """Nobody holds it."""
        return not self._holders

    def hold(self, holder: object) -> None:
        """Keep the reader waiting until *holder* releases."""
        self._holders.add(holder)
        self._open.clear()

    def release(self, holder: object) -> None:
        """Let go; the last who does opens it."""
        self._holders.discard(holder)
        if not self._holders:
            self._open.set()

    async def passed(self) -> None:
        """Wait until nobody holds it."""
        await self._open.wait()
