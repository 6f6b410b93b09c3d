"""What readers see of a store: all but older versions, and what is shadowed, hidden or has expired."""

from collections.abc import Callable
from dataclasses import replace

from peerset.core.deletion import Outline
from peerset.core.filter import Filter
from peerset.core.limits import INTEGER_MAX
from peerset.core.record import Record, RecordId, shell_of
from peerset.moderation.shadows import Shadows
from peerset.ports import Store
from peerset.room.expirations import Expirations
from peerset.room.sealing import is_unread
from peerset.stores.shells import shells_of


class View:
    """Reads *store* without older versions, what *shadows* or *hides* say is hidden, and what *expirations* hide."""

    def __init__(
        self, store: Store, shadows: Shadows, expirations: Expirations, *, hides: Callable[[Record], bool]
    ) -> None:
        self._store = store
        self._shadows = shadows
        self._expirations = expirations
        self._hides = hides

    async def query(self, query: Filter) -> list[Record]:
        """Give the visible records that match, newest first, ties by lowest id first."""
        await self._shadows.opener.settle()
        size = query.limit
        while True:
            records = await self._store.query(replace(query, limit=size))
            current = self._shadows.versions.current(records)
            visible = [record for record in current if not (is_unread(record) or self._is_withheld(record))]
            is_whole = size is None or len(records) < size
            if is_whole or (query.limit is not None and len(visible) >= query.limit):
                shown = visible[: query.limit]
                self._expirations.expect(shown)
                return shown
            size = len(records) * 2

    async def shells(self, query: Filter) -> list[Outline]:
        """Give what is left of the members that match, as far as that can tell, and are here without content."""
        since, until = query.since or 0, INTEGER_MAX if query.until is None else query.until
        found = await shells_of(self._store, since, until, among=query.ids)
        # Tags and stamps are gone with the content.
        wanted = replace(query, after=None, limit=None)
        shells = [each for each in found if wanted.matches(shell_of(each.id, each.author, each.created_at, each.kind))]
        return sorted(shells, key=lambda each: (-each.created_at, -each.microseconds, each.id))

    async def get(self, record_id: RecordId) -> Record | None:
        """Give the record with this id, hidden or not; None when it is not here."""
        found = await self._store.get([record_id])
        return found[0] if found else None

    def is_hidden(self, record: Record) -> bool:
        """Say whether readers do not see *record*; an older version is not seen either."""
        return is_unread(record) or self.is_withheld(record)

    def is_withheld(self, record: Record) -> bool:
        """Say whether *record* is kept from readers here, could they open it or not."""
        return self._is_withheld(record) or not list(self._shadows.versions.current([record]))

    def _is_withheld(self, record: Record) -> bool:
        is_shadowed = self._shadows.shadowing(record.id) is not None
        return is_shadowed or self._hides(record) or self._expirations.hides(record)
