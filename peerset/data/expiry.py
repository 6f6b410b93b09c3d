"""What has expired loses its content, so that nothing is left of it but an id in the set."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from peerset.core.clock import UnixTime
from peerset.core.record import RecordId
from peerset.documents.document import State
from peerset.ports import DocumentStore

PURGE_SECONDS: Final = 280
"""How often it is looked for. What had expired the last time is purged, so within ten minutes, and views read on first.

A view that had not been told by then would have to begin anew.
"""
PURGED_AT_ONCE: Final = 500

Purge: TypeAlias = Callable[[Sequence[RecordId]], Awaitable[None]]
"""Destroys the content of records, wherever it rests."""

logger = logging.getLogger(__name__)


class Expiry:
    """Purges the documents of *store* that have expired."""

    def __init__(self, store: DocumentStore, purge: Purge) -> None:
        self._store = store
        self._purge = purge
        self._expired: set[RecordId] = set()
        """The last time."""
        self._purged: set[RecordId] = set()
        self._next = UnixTime(0)

    async def purge(self, now: UnixTime) -> int:
        """Purge what has expired, if it is time again; give how many.

        Raises:
            StoreError: the store cannot be read or written.

        """
        if now < self._next:
            return 0
        self._next = UnixTime(now + PURGE_SECONDS)
        before, self._expired = self._expired, set(await self._store.marked(State.EXPIRED))
        due = self._expired & before
        fresh = sorted(due - self._purged)
        count = 0
        for start in range(0, len(fresh), PURGED_AT_ONCE):
            part = fresh[start : start + PURGED_AT_ONCE]
            wires = await self._store.wires(part)
            # What an earlier process purged is not overwritten again.
            whole = [each for each, wire in zip(part, wires, strict=True) if wire]
            if whole:
                await self._purge(whole)
                count += len(whole)
        self._purged = due
        if count:
            logger.info("%s expired records were purged", count)
        return count
