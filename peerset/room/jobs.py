"""What a room asks of its store, one after the other."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

J = TypeVar("J")


class Jobs(Generic[J]):
    """A queue for the one task that does what is in it: it takes the `next` and says when it did it by `finish`.

    `asyncio.Queue` does as much for any number of tasks, in four times as many calls.
    """

    def __init__(self) -> None:
        self._waiting: deque[J] = deque()
        self._worker: asyncio.Future[None] | None = None
        self._left = 0
        """How many wait or are being done."""
        self._ended: list[asyncio.Future[None]] = []
        """Who waits until none is left."""

    @property
    def is_empty(self) -> bool:
        """Nothing waits; the last one may be under way."""
        return not self._waiting

    @property
    def is_idle(self) -> bool:
        """Nothing waits, and nothing is under way."""
        return not self._left

    def put(self, job: J) -> None:
        """Have *job* done after all others."""
        self._waiting.append(job)
        self._left += 1
        if self._worker is not None and not self._worker.done():
            self._worker.set_result(None)

    async def next(self) -> J:
        """Wait for the next job."""
        while not self._waiting:
            self._worker = asyncio.get_running_loop().create_future()
            await self._worker
        return self._waiting.popleft()

    def finish(self) -> None:
        """Note that a job is done."""
        self._left -= 1
        if not self._left:
            for each in self._ended:
                if not each.done():
                    each.set_result(None)
            self._ended.clear()

    async def join(self) -> None:
        """Wait until all that was put in is done."""
        if self._left:
            ended = asyncio.get_running_loop().create_future()
            self._ended.append(ended)
            await ended
