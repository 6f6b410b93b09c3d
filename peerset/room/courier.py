"""Brings records that the room's user has to the node, and waits until they are on disk."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from peerset.core.record import Record
from peerset.core.typed import shown
from peerset.errors import ConfigError, PeersetError, RoomClosedError, StoreError
from peerset.protocol.events import Happening
from peerset.protocol.inputs import Imported, Input, Published
from peerset.room.deliveries import Deliveries
from peerset.stores.nearby import Turn

IMPORT_RECORDS_AT_ONCE: Final = 512
IMPORTS_AT_ONCE: Final = 2
"""While some are verified, those before them are saved, and those after them read."""


class Courier:
    """Gives records to *post*, and learns by `take` what became of them."""

    def __init__(self, post: Callable[[Input], None]) -> None:
        self._post = post
        self._deliveries = Deliveries()
        self._turn = Turn()
        self._last_group = 0
        self._together: list[Record] = []
        """What is brought in this turn of the loop, while others are on their way."""

    async def publish(self, *records: Record) -> None:
        """Bring what we wrote, all at once or not at all.

        Raises:
            RecordError: it may not be a member.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        if not self._turn.has_time():
            # What is saved at once lets nobody else on the loop have his turn.
            await asyncio.sleep(0)
        is_alone = self._deliveries.is_empty
        arriving = self._deliveries.expect(record.id for record in records)
        if len(records) > 1:
            self._post_together()
            self._last_group += 1
            self._post(Published(records, self._last_group))
        elif is_alone:
            self._post(Published(records, 0))
        else:
            # Several that write at once share a transaction.
            if not self._together:
                asyncio.get_running_loop().call_soon(self._post_together)
            self._together += records
        for error in await arriving:
            raise error

    async def add(self, records: Iterable[object], check_open: Callable[[], None]) -> None:
        """Bring what anybody wrote, some at a time; *check_open* is asked each time.

        Raises:
            ConfigError: there is something else among them.
            StoreError: some could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        # Of what was opened elsewhere its author signed the envelope.
        following = (record.envelope if isinstance(record, Record) else record for record in records)
        under_way: deque[asyncio.Future[list[PeersetError]]] = deque()
        while batch := tuple(islice(following, IMPORT_RECORDS_AT_ONCE)):
            check_open()
            under_way.append(self._import(batch))
            if len(under_way) == IMPORTS_AT_ONCE:
                _check(await under_way.popleft())
        check_open()
        for arriving in under_way:
            _check(await arriving)

    def take(self, event: Happening) -> None:
        """Settle the records that *event* decides about."""
        self._deliveries.take(event)

    def fail(self, error: PeersetError) -> None:
        """Give up on everything."""
        self._together.clear()
        self._deliveries.fail(error)

    def _post_together(self) -> None:
        if self._together:
            records, self._together = tuple(self._together), []
            self._post(Published(records, 0))

    def _import(self, batch: Sequence[object]) -> "asyncio.Future[list[PeersetError]]":
        records = tuple([record for record in batch if isinstance(record, Record)])
        if len(records) < len(batch):
            stray = next(each for each in batch if not isinstance(each, Record))
            raise ConfigError(f"only records can be added, not {shown(stray)}")
        arriving = self._deliveries.expect(record.id for record in records)
        self._post(Imported(records))
        return arriving


def _check(errors: Iterable[PeersetError]) -> None:
    """Raise the first of *errors* by which nothing more can be brought."""
    for error in errors:
        if isinstance(error, StoreError | RoomClosedError):
            raise error
