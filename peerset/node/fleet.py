"""Shares rooms with other nodes: keeps those that are ours by leases, and leaves the others."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

from peerset.errors import StoreError
from peerset.node.beside import beside
from peerset.ports.leases import Leases, Turn

TURN_SECONDS: Final = 3.0
"""So often it is said that we live, and asked what we have."""

Arrange = Callable[[Turn], Awaitable[None]]
"""Keeps what a turn lets us keep, and nothing else from now on, and heeds what was added.

It is done when the others are left, while which it may be called again.
"""

logger = logging.getLogger(__name__)


@asynccontextmanager
async def sharing(leases: Leases, wished: Callable[[], Iterable[str]], arrange: Arrange) -> AsyncIterator[None]:
    """Keep what is ours of what is *wished* for while inside; begins with what is ours at first.

    Raises:
        StoreError: the leases cannot be read at first.

    """
    fleet = _Fleet(leases, arrange)
    await fleet.settle(await leases.take_turn(wished()))
    async with beside(fleet.run(wished), "sharing rooms with other nodes"):
        yield


class _Fleet:
    def __init__(self, leases: Leases, arrange: Arrange) -> None:
        self._leases = leases
        self._arrange = arrange
        self._heeded: tuple[frozenset[str], tuple[str, ...]] | None = None
        """What the last turn that was heeded let us keep, and what was added."""
        self._leaving: set[str] = set()
        """What others may have as soon as we left it."""

    async def run(self, wished: Callable[[], Iterable[str]]) -> None:
        """Take turns for ever: to leave rooms takes its time, in which we go on to live, and take what is free."""
        settling: set[asyncio.Task[None]] = set()
        try:
            while True:
                await asyncio.sleep(TURN_SECONDS)
                # Of what is given up meanwhile the answer may not know yet.
                leaving = frozenset(self._leaving)
                try:
                    turn = await self._leases.take_turn(wished())
                except StoreError as error:
                    logger.warning("it cannot be asked which rooms are ours: %s", error)
                    continue
                leaving |= self._leaving
                turn = Turn(turn.kept - leaving, turn.due - leaving, turn.added)
                if turn.due or (turn.kept, turn.added) != self._heeded:
                    task = asyncio.create_task(self.settle(turn), name="leaving what is not ours")
                    settling.add(task)
                    task.add_done_callback(settling.discard)
        finally:
            for task in settling:
                task.cancel()
            if settling:
                await asyncio.wait(settling)

    async def settle(self, turn: Turn) -> None:
        """Keep what is ours, leave the rest, and let others have it."""
        self._heeded = turn.kept, turn.added
        self._leaving |= turn.due
        try:
            await self._arrange(turn)
            if turn.due:
                await self._leases.give_up(turn.due)
        except StoreError as error:
            logger.warning("rooms that were left could not be given up: %s", error)
        finally:
            self._leaving -= turn.due
