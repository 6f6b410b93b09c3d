"""A pulse: whoever waits for the next beat is woken by it, and none is missed."""

import asyncio
import logging
from typing import Protocol

from peerset.errors import StoreError, ViewError

logger = logging.getLogger(__name__)


class Pulse:
    """Counts its beats; *count* and `wait` are for one event loop."""

    def __init__(self) -> None:
        self.is_heard = False
        """Somebody has asked for the count, and may wait for what comes after it."""
        self._count = 0
        self._waiter: asyncio.Future[None] | None = None

    @property
    def count(self) -> int:
        """How many beats there were."""
        self.is_heard = True
        return self._count

    def beat(self) -> None:
        """Wake everybody who waits."""
        self._count += 1
        if self._waiter is not None:
            waiter, self._waiter = self._waiter, None
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, since: int) -> int:
        """Wait until there were more than *since* beats; give how many there were."""
        while self.count <= since:
            if self._waiter is None:
                self._waiter = asyncio.get_running_loop().create_future()
            # Several may wait for one beat, so one that is cancelled must not cancel the others.
            await asyncio.shield(self._waiter)
        return self.count


class Follower(Protocol):
    """What a view and a fold have in common: they read the log of changes to its end."""

    error: ViewError | None

    async def ready(self) -> None:
        """Catch up with the log."""
        ...


async def keep_up(follower: Follower, pulse: Pulse) -> None:
    """Let *follower* catch up at once and at every beat, until cancelled or stopped."""
    beats = pulse.count
    while follower.error is None:
        try:
            await follower.ready()
        except ViewError as error:
            logger.error("%s", error)  # noqa: TRY400 - its cause is kept for who asks
            return
        except StoreError as error:
            logger.error("%r: %s", follower, error)  # noqa: TRY400 - the message says it all
        beats = await pulse.wait(beats)
