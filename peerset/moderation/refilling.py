"""The content that a narrower window gave up, fetched again by whoever keeps more of it now.

The store remembers before which time content was given up. What our user destroyed is not asked for, and nothing is
while the store is near to what it may take.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Sequence
from typing import Final

from peerset.core.record import RecordId
from peerset.errors import RoomClosedError, StoreError
from peerset.ports import Store
from peerset.protocol.events import Happening, PeerJoined
from peerset.stores.shells import shells_of

WINDOW: Final = "window"
BEFORE: Final = b"before"
"""Kind and key of the note that says before which time a window gave content up."""
FETCHED_AT_ONCE: Final = 256
WAIT_SECONDS: Final = 60.0
"""Between one look and the next, and twice as long after each that brought nothing."""
WAIT_SECONDS_MAX: Final = 3_840.0

logger = logging.getLogger(__name__)


class Refilling:
    """Lets *fetch* bring what *store* has as shells from *edge* on, but for what is *purged*, as long as *has_room*."""

    def __init__(
        self,
        store: Store,
        *,
        edge: Callable[[], int],
        purged: Container[RecordId],
        has_room: Callable[[], bool],
        fetch: Callable[[Sequence[RecordId]], Awaitable[object]],
    ) -> None:
        self._store = store
        self._edge = edge
        self._purged = purged
        self._has_room = has_room
        self._fetch = fetch
        self._met = asyncio.Event()

    def take(self, event: Happening) -> None:
        """Begin once there is somebody to ask."""
        if isinstance(event, PeerJoined):
            self._met.set()

    async def run(self) -> None:
        """Fetch what is missing, until nothing is."""
        wait = WAIT_SECONDS
        while True:
            await self._met.wait()
            try:
                if not await self.refill():
                    return
            except RoomClosedError:
                return
            except StoreError as error:
                logger.warning("what a window gave up could not be looked for: %s", error)
            await asyncio.sleep(wait)
            wait = min(2 * wait, WAIT_SECONDS_MAX)

    async def refill(self) -> int:
        """Ask once for what is missing; give how many are still.

        Raises:
            StoreError: the store cannot be read or written.
            RoomClosedError: the room was left, or failed.

        """
        before, edge = await given_up_before(self._store), self._edge()
        missing = await self._missing(edge, before)
        for start in range(0, len(missing), FETCHED_AT_ONCE):
            if not self._has_room():
                return len(missing)
            await self._fetch(missing[start : start + FETCHED_AT_ONCE])
        left = len(await self._missing(edge, before)) if missing else 0
        if before and not left:
            await self._store.note(WINDOW, BEFORE, str(edge) if edge else None)
        return left

    async def _missing(self, since: int, before: int) -> list[RecordId]:
        found = await shells_of(self._store, since, before - 1) if since < before else []
        newest_first = sorted(found, key=lambda each: (each.created_at, each.id), reverse=True)
        return [each.id for each in newest_first if each.id not in self._purged]


async def given_up_before(store: Store) -> int:
    """Give before which time a window gave content up in *store*; 0 when none did."""
    text = (await store.notes(WINDOW)).get(BEFORE, "0")
    return int(text) if text.isdecimal() else 0


async def note_given_up(store: Store, edge: int) -> None:
    """Remember that content dated before *edge* is given up in *store*."""
    if edge > await given_up_before(store):
        await store.note(WINDOW, BEFORE, str(edge))
