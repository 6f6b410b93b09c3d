"""What readers see of a store: all but older versions of keyed records (NIP-78), and what is shadowed or hidden."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from peerset.core.deletion import Outline
from peerset.core.filter import Filter
from peerset.core.limits import INTEGER_MAX
from peerset.core.record import Record, RecordId, shell_of
from peerset.moderation.shadows import Shadows
from peerset.ports import ShellStore, Store

LOOKED_AT_ONCE: Final = 256
"""So many records are looked at by one call of the store, which others use as well."""


class View:
    """Reads *store* without the older versions of keyed records and what *shadows* or *hides* say is hidden."""

    def __init__(self, store: Store, shadows: Shadows, *, hides: Callable[[Record], bool] = lambda _: False) -> None:
        self._store = store
        self._shadows = shadows
        self._hides = hides

    async def query(self, query: Filter) -> list[Record]:
        """Give the visible records that match, newest first, ties by lowest id first."""
        await self._shadows.opener.settle()
        size = query.limit
        while True:
            records = await self._store.query(replace(query, limit=size))
            visible = [record for record in self._shadows.versions.current(records) if not self._is_hidden(record)]
            is_whole = size is None or len(records) < size
            if is_whole or (query.limit is not None and len(visible) >= query.limit):
                return visible if query.limit is None else visible[: query.limit]
            size = len(records) * 2

    async def shells(self, query: Filter) -> list[Outline]:
        """Give what is left of the members that match, as far as that can tell, and are here without content."""
        since, until = query.since or 0, INTEGER_MAX if query.until is None else query.until
        if isinstance(self._store, ShellStore):
            found = await self._store.shells(since, until)
        else:
            found = await self._shells_among(since, until, query.ids)
        # Tags and stamps are gone with the content.
        wanted = replace(query, after=None, limit=None)
        shells = [each for each in found if wanted.matches(shell_of(each.id, each.author, each.created_at, each.kind))]
        return sorted(shells, key=lambda each: (-each.created_at, -each.microseconds, each.id))

    async def _shells_among(self, since: int, until: int, wanted: Collection[RecordId] | None) -> list[Outline]:
        ids = [
            RecordId(record_id)
            for created_at, record_id in reversed(await self._store.entries())
            if since <= created_at <= until and (wanted is None or record_id in wanted)
        ]
        found: list[Outline] = []
        for start in range(0, len(ids), LOOKED_AT_ONCE):
            asked = ids[start : start + LOOKED_AT_ONCE]
            wires = await self._store.wires(asked)
            found += await self._store.named([each for each, wire in zip(asked, wires, strict=True) if not wire])
        return found

    async def get(self, record_id: RecordId) -> Record | None:
        """Give the record with this id, hidden or not; None when it is not here."""
        found = await self._store.get([record_id])
        return found[0] if found else None

    def is_hidden(self, record: Record) -> bool:
        """Say whether readers do not see *record*; an older version of a keyed one is not seen either."""
        return self._is_hidden(record) or not list(self._shadows.versions.current([record]))

    def _is_hidden(self, record: Record) -> bool:
        return self._hides(record) or self._shadows.shadowing(record.id) is not None
