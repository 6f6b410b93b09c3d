"""What waits for a room's node: a lane each peer, served in turn, and before them what we caused ourselves."""

import asyncio
from collections.abc import Iterator
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId
from peerset.core.turns import Turns
from peerset.protocol.inputs import Input, SignalingInput

INPUTS_PER_TURN_MAX: Final = 64
"""How many inputs are taken before other tasks of the loop get a turn,"""
TURN_SECONDS: Final = 0.01
"""or fewer, when they take long."""
SIGNALED: Final = PeerId("")
"""The lane of all that comes by signaling."""


class Inputs:
    """A queue for the one task that feeds the node."""

    def __init__(self) -> None:
        self._waiting: Turns[PeerId, Input] = Turns()
        self._waiter: asyncio.Future[None] | None = None

    def post(self, event: Input) -> None:
        """Queue *event*."""
        # Who signals has proven nothing, and may give itself any number of names.
        lane = SIGNALED if isinstance(event, SignalingInput) else getattr(event, "peer", None)
        self._waiting.put(lane, event)
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
            return self._waiting.take()
        waiter = self._waiter = loop.create_future()
        timer = None if deadline is None else loop.call_at(deadline, _wake, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()
        return self._waiting.take() if self._waiting else None

    def rest(self) -> Iterator[Input]:
        """Take what else waits by now, one after the other, as much as is taken in one turn."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + TURN_SECONDS
        for _ in range(min(len(self._waiting), INPUTS_PER_TURN_MAX)):
            yield self._waiting.take()
            if loop.time() >= ends_at:
                return


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
