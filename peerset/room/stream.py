"""Streams of events: bounded, and subscribed from the moment they are made."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Self

from peerset.core.limits import EVENTS_BUFFERED_MAX
from peerset.errors import PeersetError
from peerset.protocol.events import Event


@dataclass(frozen=True, slots=True)
class Lagged:
    """The reader was too slow: *count* events were dropped here."""

    count: int


class EventStream:
    """An async iterator of events; it ends when the room is left, and raises when the room fails.

    It gives events of *kinds* alone, all when none is named, and holds at most *size* of them. A reader that falls
    behind loses the oldest and is told so by one `Lagged`.
    """

    def __init__(self, *, size: int = EVENTS_BUFFERED_MAX, kinds: tuple[type, ...] = ()) -> None:
        self._size = size
        self._kinds = kinds
        self._events: deque[Event] = deque()
        self._lost = 0
        self._waiter: asyncio.Future[None] | None = None
        self._is_ended = False
        self._error: PeersetError | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self._events)} waiting, {'ended' if self._is_ended else 'open'}>"

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event | Lagged:
        """Wait for the next event.

        Raises:
            RoomClosedError: the room failed in the background.

        """
        while True:
            if self._lost:
                lost, self._lost = self._lost, 0
                return Lagged(lost)
            if self._events:
                return self._events.popleft()
            if self._error is not None:
                raise self._error
            if self._is_ended:
                raise StopAsyncIteration
            await self._wait()

    def close(self) -> None:
        """Stop listening; what is buffered can still be read."""
        self._is_ended = True
        self._wake()

    def push(self, event: Event) -> None:
        """Add *event*, dropping the oldest when full."""
        if self._is_ended or (self._kinds and not isinstance(event, self._kinds)):
            return
        self._events.append(event)
        if len(self._events) > self._size:
            self._events.popleft()
            self._lost += 1
        self._wake()

    def fail(self, error: PeersetError) -> None:
        """End the stream with *error*."""
        self._error = error
        self.close()

    @property
    def is_ended(self) -> bool:
        """No event will be added any more."""
        return self._is_ended

    async def _wait(self) -> None:
        if self._waiter is None:
            self._waiter = asyncio.get_running_loop().create_future()
        # Several readers may share one stream, so one that is cancelled must not cancel the others.
        await asyncio.shield(self._waiter)

    def _wake(self) -> None:
        if self._waiter is not None:
            waiter, self._waiter = self._waiter, None
            if not waiter.done():
                waiter.set_result(None)
