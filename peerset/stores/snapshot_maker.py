"""When snapshots of days are made: in the background after a store was read without them, and when it is closed."""

import asyncio
import logging
from functools import partial
from time import perf_counter
from typing import Final

from peerset.errors import StoreError
from peerset.stores.connection import SQLiteFile
from peerset.stores.snapshot import are_due, find_due, finish, write_day

CLOSING_SECONDS: Final = 2.0
"""So long closing goes on with them; what is left is made when the file is opened next."""

logger = logging.getLogger(__name__)


class SnapshotMaker:
    """Makes the snapshots of *file*, once its entries were read."""

    def __init__(self, file: SQLiteFile) -> None:
        self._file = file
        self._making: asyncio.Task[None] | None = None
        self._ends_at: float | None = None

    def start(self) -> None:
        """Make those that are due, from now on."""
        if self._making is None:
            self._making = asyncio.create_task(self._make(), name=f"snapshots of {self._file.path}")

    async def aclose(self) -> None:
        """Make what is due in the time that closing may take, and end; may be called twice."""
        making, self._making = self._making, None
        if making is None:
            return
        self._ends_at = perf_counter() + CLOSING_SECONDS
        await asyncio.wait([making])
        if self._has_time():
            await self._make()

    async def _make(self) -> None:
        try:
            if await self._file.run(are_due):
                await self._make_due()
        except StoreError as error:
            # They save time, and nothing else: whoever is asked next says what is wrong.
            logger.info("no snapshots of days were made: %s", error)

    async def _make_due(self) -> None:
        due = await self._file.run(find_due)
        for day in due.days:
            # A day at a time, so that others have their turn.
            await self._file.run(partial(write_day, day=day))
            if not self._has_time():
                return
        await self._file.run(partial(finish, due=due))

    def _has_time(self) -> bool:
        return self._ends_at is None or perf_counter() < self._ends_at
