"""Streams of events: bounded, and subscribed from the moment they are made."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Self

from peerset.core.clock import UnixTime
from peerset.core.limits import EVENTS_BUFFERED_BYTES_MAX, EVENTS_BUFFERED_MAX
from peerset.errors import PeersetError
from peerset.protocol.events import Event, RecordAdded, RecordKnown, RecordPostponed, RecordRejected


@dataclass(frozen=True, slots=True)
class Lagged:
    """The reader was too slow: *count* events were dropped here."""

    count: int


class EventStream:
    """An async iterator of events; it ends when the room is left, and raises when the room fails.

    It gives events of *kinds* alone, all when none is named, and holds at most *size* of them, whose records have no
    more than `EVENTS_BUFFERED_BYTES_MAX`, and as many of records that our own user brought. A reader that falls behind
    loses the oldest and is told so by one `Lagged`: of its own records never because of others.
    """

    def __init__(self, *, size: int = EVENTS_BUFFERED_MAX, kinds: tuple[type, ...] = ()) -> None:
        self._size = size
        self._kinds = kinds
        self._number = 0
        self._own: deque[tuple[int, Event]] = deque()
        """Each with a number, by which they are in order."""
        self._others: deque[tuple[int, Event]] = deque()
        self._bytes = 0
        """Of the wire forms of the records of others."""
        self._lost = 0
        self.behind_since: UnixTime | None = None
        """Since when events have been dropped without the reader having read all that is left."""
        self._waiter: asyncio.Future[None] | None = None
        self._is_ended = False
        self._error: PeersetError | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} waiting, {'ended' if self._is_ended else 'open'}>"

    def __len__(self) -> int:
        return len(self._own) + len(self._others)

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
            if len(self):
                return self._pop()
            if self._error is not None:
                raise self._error
            if self._is_ended:
                raise StopAsyncIteration
            await self._wait()

    def close(self) -> None:
        """Stop listening; what is buffered can still be read."""
        self._is_ended = True
        self._wake()

    def push(self, *events: Event) -> int:
        """Add *events*, dropping the oldest when full; give how many were dropped."""
        lost = self._lost
        for event in () if self._is_ended else events:
            if not self._kinds or isinstance(event, self._kinds):
                self._add(event)
        if len(self):
            self._wake()
        return self._lost - lost

    def fail(self, error: PeersetError) -> None:
        """End the stream with *error*."""
        self._error = error
        self.close()

    @property
    def is_ended(self) -> bool:
        """No event will be added any more."""
        return self._is_ended

    def _add(self, event: Event) -> None:
        self._number += 1
        if is_own(event):
            self._own.append((self._number, event))
            if len(self._own) > self._size:
                self._own.popleft()
                self._lost += 1
        else:
            self._others.append((self._number, event))
            self._bytes += _size_of(event)
            while len(self._others) > self._size or self._bytes > EVENTS_BUFFERED_BYTES_MAX:
                self._bytes -= _size_of(self._others.popleft()[1])
                self._lost += 1

    def _pop(self) -> Event:
        is_own_next = self._own and (not self._others or self._own[0][0] < self._others[0][0])
        _, event = (self._own if is_own_next else self._others).popleft()
        self._bytes -= 0 if is_own_next else _size_of(event)
        if not len(self):
            self.behind_since = None
        return event

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


def is_own(event: Event) -> bool:
    """Say whether *event* is of a record that our own user brought: those of others must never cost it."""
    if isinstance(event, RecordAdded | RecordRejected | RecordPostponed):
        return event.peer is None
    return isinstance(event, RecordKnown)


def _size_of(event: Event) -> int:
    """Say how many bytes the wire form has of the record that an event brings."""
    return len(event.record.wire) if isinstance(event, RecordAdded) else 0
