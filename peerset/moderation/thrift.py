"""What a room does not keep when it takes too much of the disk: the content of its oldest days.

What set rules shadow goes first, then what authors wrote whom nobody here knows, then what the others wrote; our own
stays. Ids stay in every case, so that roots are equal and nothing is fetched again by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from peerset.core.bucket import day_bound, day_of
from peerset.core.clock import UnixTime
from peerset.core.deletion import Outline
from peerset.core.keys import PublicKey
from peerset.core.merkle import Index
from peerset.core.record import KIND_DELETION, RecordId
from peerset.errors import StoreError
from peerset.moderation.shadows import Shadows
from peerset.ports import Store
from peerset.protocol.events import Event, Happening, RecordsAdded, StorageEvicted
from peerset.protocol.health import Bite, Budget

LOOKED_AT_ONCE: Final = 256
WEIGHED_BYTES_MAX: Final = 1_048_576
"""After so much that is new the store is weighed again."""
SHARE: Final = 16
"""One part in so many of the budget is made free at once."""
SHADOWED, STRANGE, KNOWN = range(3)

logger = logging.getLogger(__name__)


class Thrift:
    """Keeps what *store* takes below *bytes_max*: *destroy* leaves shells, *knows* says which authors go last."""

    def __init__(
        self,
        store: Store,
        index: Index,
        shadows: Shadows,
        *,
        bytes_max: int,
        own: PublicKey,
        knows: Callable[[], Iterable[PublicKey]],
        destroy: Callable[[Sequence[RecordId]], Awaitable[None]],
        tell: Callable[[Event], None],
        now: Callable[[], UnixTime],
    ) -> None:
        self.bytes_max = bytes_max
        self._bite = Bite()
        self._weight = 0
        self._store = store
        self._index = index
        self._shadows = shadows
        self._own = own
        self._knows = knows
        self._destroy = destroy
        self._tell = tell
        self._now = now
        self._new_bytes = 0
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._spent: dict[int, int] = {}
        """The first day that may still have something, by how dear it is."""

    @property
    def budget(self) -> Budget:
        """What the store took when it was last weighed; bites while it is near to what it may take, and was beyond."""
        return self._bite.budget("disk", self._weight, self.bytes_max)

    @property
    def has_room(self) -> bool:
        """The store is so far below what it may take that it may grow without giving something up soon."""
        return self._weight < self.bytes_max - 2 * self.bytes_max // SHARE

    def allow(self, bytes_max: int) -> None:
        """Let the store take so much from now on."""
        if bytes_max != self.bytes_max:
            self.bytes_max = bytes_max
            self._wake.set()

    def take(self, event: Happening) -> None:
        """Follow what comes in."""
        members = event.members if isinstance(event, RecordsAdded) else []
        if not members:
            return
        if self._spent:
            day = day_of(min([record.created_at for record in members]))
            self._spent = {rank: min(first, day) for rank, first in self._spent.items()}
        self._new_bytes += sum([len(record.wire) for record in members])
        if self._new_bytes >= min(WEIGHED_BYTES_MAX, self.bytes_max // SHARE):
            self._new_bytes = 0
            self._wake.set()

    async def run(self) -> None:
        """Weigh what is here, at first and as more comes, for ever."""
        while True:
            self._wake.clear()
            try:
                await self.relieve()
            except StoreError as error:
                logger.warning("the store could not be made smaller: %s", error)
            await self._wake.wait()

    async def relieve(self) -> None:
        """Give up what has to go for the rest to fit.

        Raises:
            StoreError: the store cannot be read or written.

        """
        async with self._lock:
            if await self._weigh() > self.bytes_max:
                self._bite.bite(self._now(), 0)
                await self._give_up()
            elif self.has_room:
                self._bite.ease()

    async def _give_up(self) -> None:
        await self._shadows.opener.settle()
        for rank in (SHADOWED, STRANGE, KNOWN):
            if rank == SHADOWED and not self._shadows.has_groups:
                continue
            for day in self._days_from(self._spent.get(rank, 0)):
                count, is_enough = await self._empty(day, rank)
                if count:
                    self._bite.count += count
                    self._tell(StorageEvicted(day, count))
                if is_enough:
                    return
                self._spent[rank] = day + 1
        logger.warning("the store takes more than %s bytes, and nothing is left to give up", self.bytes_max)

    def _days_from(self, first: int) -> list[int]:
        return [day for day, _ in self._index.day_counts() if day >= first]

    async def _empty(self, day: int, rank: int) -> tuple[int, bool]:
        """Give up what is of *day* and no dearer than *rank*, until it is enough; give how many, and whether it is."""
        count = 0
        for ids in _cut(self._index.ids(day_bound(day), day_bound(day + 1))):
            found = await self._store.named(ids)
            known = {self._own, *self._knows()}
            cheap = [each.id for each in found if self._is_cheap(each, rank, known)]
            wires = await self._store.wires(cheap)
            sizes = [(each, len(wire)) for each, wire in zip(cheap, wires, strict=True) if wire]
            while sizes and (surplus := await self._surplus()) > 0:
                taken = _take(sizes, surplus)
                await self._destroy(taken)
                count += len(taken)
            if await self._surplus() <= 0:
                return count, True
        return count, False

    async def _surplus(self) -> int:
        return await self._weigh() - (self.bytes_max - self.bytes_max // SHARE)

    async def _weigh(self) -> int:
        self._weight = await self._store.weight()
        return self._weight

    def _is_cheap(self, outline: Outline, rank: int, known: set[PublicKey]) -> bool:
        if outline.kind == KIND_DELETION or outline.author == self._own:
            return False
        if rank == SHADOWED:
            return self._shadows.examine(outline.id) is not None
        return rank == KNOWN or outline.author not in known


def _take(sizes: list[tuple[RecordId, int]], surplus: int) -> list[RecordId]:
    """Take from the front of *sizes*, which are not empty, what is as large as *surplus* together."""
    count = next(
        (place for place, total in enumerate(accumulate(size for _, size in sizes), 1) if total >= surplus), len(sizes)
    )
    taken = [record_id for record_id, _ in sizes[:count]]
    del sizes[:count]
    return taken


def _cut(ids: Sequence[bytes]) -> Iterator[list[RecordId]]:
    for start in range(0, len(ids), LOOKED_AT_ONCE):
        yield [RecordId(each) for each in ids[start : start + LOOKED_AT_ONCE]]
