"""When to save what is noted: soon after it changed, and a last time at the end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from peerset.errors import StoreError

CLOSE_TIMEOUT_SECONDS: Final = 3.0

logger = logging.getLogger(__name__)


class Notebook:
    """Calls *save* within *delay_seconds* of what changed; *title* says in the log what could not be saved."""

    def __init__(self, save: Callable[[], Awaitable[None]], *, title: str, delay_seconds: float) -> None:
        self._save = save
        self._title = title
        self._delay_seconds = delay_seconds
        self._due = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._is_failing = False

    def save_soon(self) -> None:
        """Take that something changed; changes that come close together are saved together."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._delay_seconds, self._due.set)

    async def run(self) -> None:
        """Save whenever that is due, for ever; what a store cannot write is tried again until it can."""
        while True:
            await self._due.wait()
            self._due.clear()
            self._timer = None
            await self._try_to_save()

    async def aclose(self) -> None:
        """Save a last time; takes a few seconds at most."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                await self._save()
        except (StoreError, TimeoutError) as error:
            logger.warning("leaving: %s could not be saved: %s", self._title, error)

    async def _try_to_save(self) -> None:
        try:
            await self._save()
        except StoreError as error:
            if not self._is_failing:
                logger.warning("%s could not be saved yet: %s", self._title, error)
            self._is_failing = True
            self.save_soon()
        else:
            self._is_failing = False
