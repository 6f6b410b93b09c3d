"""Tells a store of documents which records readers here do not see, before it is asked for any."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from peerset.core.deletion import Name
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.documents.document import State
from peerset.ports import DocumentStore
from peerset.protocol.events import Happening, RecordHidden, RecordsAdded


class Veil(Protocol):
    """What moderation says of members."""

    @property
    def turns(self) -> int:
        """How often the user muted, unmuted or released."""
        ...

    @property
    def is_clear(self) -> bool:
        """Whether it covers nothing."""
        ...

    def covers(self, record: Record) -> bool:
        """Say whether readers here are not shown *record*."""
        ...

    def hides(self, record: Record) -> bool:
        """Say whether a view policy or a mute hides *record*."""
        ...

    def has_versions(self, address: Name) -> bool:
        """Say whether any version of a record is here, seen or not, as far as the room was told."""
        ...

    def quarantine(self) -> Iterable[RecordId]:
        """Give what view policies hide."""
        ...

    def muted(self) -> list[PublicKey]:
        """Give the authors that are muted."""
        ...

    def shadowed(self) -> Iterable[RecordId]:
        """Give all that set rules shadow."""
        ...

    @property
    def has_shifted(self) -> bool:
        """Whether `shifted` has something to say."""
        ...

    def shifted(self) -> tuple[set[RecordId], set[RecordId]]:
        """Give what may be shadowed or seen otherwise since this was asked last: what is shadowed, what is seen."""
        ...


class Marks:
    """Keeps the marks in *store* as *veil* says."""

    def __init__(self, store: DocumentStore, veil: Veil) -> None:
        self._store = store
        self._veil = veil
        self._shadowed: set[RecordId] = set()
        self._hidden: set[RecordId] = set()
        """What was hidden since the last time."""
        self._turns = -1
        """Those of the veil that were followed."""
        self._is_begun = False
        self._lock = asyncio.Lock()

    def take(self, event: Happening) -> None:
        """Follow what happens in the room, after moderation did."""
        match event:
            case RecordsAdded(news) if self._is_begun:
                self._hidden.update([record.id for record, _ in news if self._veil.hides(record)])
            case RecordHidden(record_id) if self._is_begun:
                self._hidden.add(record_id)
            case _:
                pass

    async def settle(self) -> None:
        """Mark what is hidden now, and clear the marks of what is not.

        Raises:
            StoreError: the store cannot be read or written; the next time will do it.

        """
        if self.is_settled:
            return
        async with self._lock:
            try:
                await self._settle_shadows()
                await self._settle_hidden()
            except BaseException:
                # What was asked of the veil is not said twice.
                self._is_begun = False
                raise

    @property
    def is_settled(self) -> bool:
        """Nothing is to be done, and nobody is about it."""
        is_begun = self._is_begun and not self._lock.locked()
        return is_begun and self._veil.turns == self._turns and not self._hidden and not self._veil.has_shifted

    async def _settle_shadows(self) -> None:
        if not self._is_begun:
            self._is_begun = True
            self._turns = -1
            shadowed = set(self._veil.shadowed())
            self._shadowed = set(await self._store.marked(State.SHADOWED))
            seen = self._shadowed - shadowed
        else:
            shadowed, seen = self._veil.shifted()
        await self._mark(shadowed - self._shadowed, State.SHADOWED, is_set=True)
        await self._mark(seen & self._shadowed, State.SHADOWED, is_set=False)
        self._shadowed = (self._shadowed | shadowed) - seen

    async def _settle_hidden(self) -> None:
        fresh, self._hidden = self._hidden, set()
        turns = self._veil.turns
        if turns == self._turns:
            await self._mark(fresh, State.HIDDEN, is_set=True)
            return
        hidden = {*self._veil.quarantine(), *fresh}
        authors = self._veil.muted()
        if authors:
            hidden |= {record.id for record in await self._store.query(Filter(authors=frozenset(authors)))}
        marked = set(await self._store.marked(State.HIDDEN))
        await self._mark(hidden - marked, State.HIDDEN, is_set=True)
        await self._mark(marked - hidden, State.HIDDEN, is_set=False)
        self._turns = turns

    async def _mark(self, ids: set[RecordId], state: State, *, is_set: bool) -> None:
        if ids:
            await self._store.mark(sorted(ids), state, is_set=is_set)
