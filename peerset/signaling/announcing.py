"""Says what many rooms have to say on one socket, room after room."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager, suppress
from typing import Generic, TypeVar

from peerset.core.clock import Monotonic
from peerset.signaling.turns import Turns

T = TypeVar("T")


class Announcing(Generic[T]):
    """Gives *say* the announcements of rooms in turns: who says too much at once is hung up on, or not heard."""

    def __init__(self, say: Callable[[T], None]) -> None:
        self._say = say
        self._turns, self._stirred = Turns[T](), asyncio.Event()

    def put(self, room: Hashable, said: T) -> None:
        """Say what is *said* of *room* when it is its turn, in place of what it wanted to say before."""
        self._turns.put(room, said)
        self._stirred.set()

    def forget(self, room: Hashable) -> None:
        """Say nothing more of *room*."""
        self._turns.forget(room)

    def clear(self) -> None:
        """Say nothing of what waits."""
        self._turns.clear()

    @asynccontextmanager
    async def to(self, url: str) -> AsyncIterator[None]:
        """Give everybody its turn while inside, where there is a socket to *url*."""
        announcing = asyncio.create_task(self.run(), name=f"announce to {url}")
        try:
            yield
        finally:
            announcing.cancel()
            await asyncio.wait([announcing])

    async def run(self) -> None:
        """Give everybody its turn, until cancelled."""
        while True:
            self._stirred.clear()
            for said in self._turns.take(_now()):
                self._say(said)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._turns.deadline):
                    await self._stirred.wait()


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
