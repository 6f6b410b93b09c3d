"""A pulse: whoever waits for the next beat is woken by it, and none is missed."""

import asyncio


class Pulse:
    """Counts its beats; *count* and `wait` are for one event loop."""

    def __init__(self) -> None:
        self.count = 0
        self._waiter: asyncio.Future[None] | None = None

    def beat(self) -> None:
        """Wake everybody who waits."""
        self.count += 1
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
