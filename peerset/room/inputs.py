"""What waits for a room's node to take it."""

import asyncio
from collections import deque
from typing import Final

from peerset.core.clock import Monotonic
from peerset.protocol.inputs import Input

INPUTS_PER_TURN_MAX: Final = 64
"""How many inputs are taken before other tasks of the loop get a turn."""


class Inputs:
    """A queue for the one task that feeds the node."""

    def __init__(self) -> None:
        self._waiting: deque[Input] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def post(self, event: Input) -> None:
        """Queue *event*."""
        self._waiting.append(event)
        self.stir()

    def stir(self) -> None:
        """Let who waits look again at what is due."""
        if self._waiter is not None:
            _wake(self._waiter)

    async def next(self, deadline: Monotonic | None) -> Input | None:
        """Wait for an input, until *deadline* on the loop's clock or a `stir`; then there is none."""
        # A future and a timer of our own: `asyncio.timeout_at` around a queue costs three times as much.
        loop = asyncio.get_running_loop()
        if self._waiting:
            # A full queue must not starve the loop's other tasks, which are what empties it.
            await asyncio.sleep(0)
            return self._waiting.popleft()
        waiter = self._waiter = loop.create_future()
        timer = None if deadline is None else loop.call_at(deadline, _wake, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()
        return self._waiting.popleft() if self._waiting else None

    def rest(self) -> list[Input]:
        """Take what else waits, as much as is taken in one turn."""
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), INPUTS_PER_TURN_MAX))]


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
