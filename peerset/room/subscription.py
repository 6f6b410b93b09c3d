"""The records of a query as they come: what `Room.subscribe` gives."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Self

from peerset.core.filter import Filter
from peerset.core.record import Record, RecordId
from peerset.errors import StoreError
from peerset.protocol.events import RecordAdded
from peerset.room.reader import View
from peerset.room.stream import EventStream, Lagged

Resolve = Callable[[], Awaitable[Filter]]


class Subscription:
    """An async iterator of records: those here, oldest first, then each new one, which *events* brings.

    It ends when the room is left, and raises when the room fails.
    """

    def __init__(self, view: View, events: EventStream, resolve: Resolve) -> None:
        self._view = view
        self._events = events
        self._resolve = resolve
        self._filter: Filter | None = None
        self._stored: deque[Record] = deque()
        self._given: frozenset[RecordId] = frozenset()
        """What was here already, and so is not new."""
        self.lost = 0
        """How many events were dropped so far, because the reader was too slow; `records` has what they told of."""

    def __repr__(self) -> str:
        return f"<Subscription: {'ended' if self._events.is_ended else 'open'}, {self.lost} lost>"

    def __aiter__(self) -> Self:
        return self

    async def ready(self) -> None:
        """Read what is here; it is given without a pause from then on, before anything new.

        Raises:
            ConfigError: as the first record would.
            StoreError: what is here cannot be read.

        """
        if self._filter is None:
            await self._begin()

    async def __anext__(self) -> Record:
        """Wait for the next record.

        Raises:
            ConfigError: several ids begin as one that was given, or a page begins after a record that is not here.
            StoreError: what is here cannot be read.
            RoomClosedError: the room failed in the background.

        """
        try:
            wanted = self._filter or await self._begin()
        except StoreError:
            # The store was closed with the room, before anything was read.
            if self._events.is_ended:
                raise StopAsyncIteration from None
            raise
        if self._stored:
            return self._stored.popleft()
        async for event in self._events:
            match event:
                case Lagged(count):
                    self.lost += count
                case RecordAdded(record) if self._is_new(record, wanted):
                    return record
                case _:
                    pass
        raise StopAsyncIteration

    def close(self) -> None:
        """Stop listening; what is buffered can still be read."""
        self._events.close()

    def _is_new(self, record: Record, wanted: Filter) -> bool:
        return record.id not in self._given and wanted.matches(record) and not self._view.is_hidden(record)

    async def _begin(self) -> Filter:
        # The events were subscribed to before, so that nothing falls between.
        wanted = await self._resolve()
        found = await self._view.query(wanted)
        self._stored.extend(reversed(found))
        self._given = frozenset(record.id for record in found)
        self._filter = wanted
        return wanted
