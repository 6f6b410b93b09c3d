"""What a light member does not keep: the content of days that are older than its window.

Our own records stay whole, and so do deletions, pins, and what these hold. What is older than the window is looked for
at first, and when another day begins.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from peerset.core.clock import HOUR_SECONDS, UnixTime
from peerset.core.filter import Cursor, Filter
from peerset.core.keys import PublicKey
from peerset.core.pin import pinned_in
from peerset.core.record import KIND_DELETION, KIND_PIN, RecordId
from peerset.errors import MalformedError, StoreError
from peerset.moderation.refilling import note_given_up
from peerset.ports import Store

LOOKED_AT_ONCE: Final = 256
_STAYING: Final = (KIND_DELETION, KIND_PIN)

logger = logging.getLogger(__name__)


class Thinning:
    """Lets *destroy* leave shells in *store* of what is dated before *edge*, but for what *own* wrote."""

    def __init__(
        self,
        store: Store,
        *,
        own: PublicKey,
        edge: Callable[[], int],
        destroy: Callable[[Sequence[RecordId]], Awaitable[None]],
    ) -> None:
        self._store = store
        self._own = own
        self._edge = edge
        self._destroy = destroy
        self._thinned_before = 0

    async def run(self) -> None:
        """Destroy what has become older than the window, at first and as days pass, for ever."""
        while True:
            try:
                await self.thin()
            except StoreError as error:
                logger.warning("what is older than the window could not be destroyed: %s", error)
            await asyncio.sleep(HOUR_SECONDS)

    async def thin(self) -> None:
        """Destroy what has become older than the window since this was last done.

        Raises:
            StoreError: the store cannot be read or written.

        """
        edge = self._edge()
        if edge <= self._thinned_before:
            return
        await note_given_up(self._store, edge)
        spared = await self._pinned()
        last: Cursor | None = None
        while found := await self._store.query(
            Filter(until=UnixTime(edge - 1), after=last, limit=LOOKED_AT_ONCE),
        ):
            last = Cursor.of(found[-1])
            ids = [each.id for each in found if each.kind not in _STAYING and each.author != self._own]
            if due := [record_id for record_id in ids if record_id not in spared]:
                await self._destroy(due)
        self._thinned_before = edge

    async def _pinned(self) -> set[RecordId]:
        held = set()
        for pin in await self._store.query(Filter(kinds=frozenset([KIND_PIN]))):
            with suppress(MalformedError):
                held.add(pinned_in(pin).id)
        return held
