"""Collecting: what is older than the room keeps goes, and what has expired loses its content, whoever may read it."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.record import RecordId
from peerset.errors import StoreError
from peerset.ports import Store
from peerset.protocol.inputs import Expired

SWEPT_AT_ONCE: Final = 500
"""Records that lose their content between which others have their turn."""

logger = logging.getLogger(__name__)


class Expiry:
    """Lets *expire* delete what is old, and destroys by *destroy* the content of what *store* says has expired.

    *tell* is told how many were deleted, and how many lost their content, whenever that is done.
    """

    def __init__(
        self,
        store: Store,
        *,
        expire: Callable[[UnixTime], Awaitable[Expired]],
        destroy: Callable[[Sequence[RecordId]], Awaitable[None]],
        tell: Callable[[int, int], None] = lambda _, __: None,
    ) -> None:
        self._store = store
        self._expire = expire
        self._destroy = destroy
        self._tell = tell

    async def collect(self, before: UnixTime, until: UnixTime) -> Expired:
        """Delete what was created before *before*, and destroy the content of some of what expires by *until*.

        Raises:
            StoreError: the store deletes nothing. Where it only destroys no content, the next collection tries again.

        """
        expired = await self._expire(before)
        try:
            count = await self._sweep(until)
        except StoreError as error:
            logger.error("what has expired is still here: %s", error)  # noqa: TRY400 - the message says it all
            count = 0
        self._tell(expired.count, count)
        return replace(expired, is_partial=count == SWEPT_AT_ONCE)

    async def _sweep(self, until: UnixTime) -> int:
        ids = await self._store.expired(until, limit=SWEPT_AT_ONCE)
        if ids:
            await self._destroy(ids)
            logger.info("%s expired records lost their content", len(ids))
        return len(ids)
