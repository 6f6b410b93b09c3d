"""What readers see of a store: superseded versions of keyed records are hidden (NIP-78, decisions on set rules)."""

from dataclasses import replace

from peerset.core.filter import Filter
from peerset.core.record import KEYED_KINDS, Record, RecordId
from peerset.ports import Store


class View:
    """Reads *store* with every keyed record's older versions left out."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def query(self, query: Filter) -> list[Record]:
        """Give the visible records that match, newest first, ties by lowest id first."""
        size = query.limit
        while True:
            records = await self._store.query(replace(query, limit=size))
            visible = [record for record in records if not await self._is_superseded(record)]
            is_whole = size is None or len(records) < size
            if is_whole or (query.limit is not None and len(visible) >= query.limit):
                return visible if query.limit is None else visible[: query.limit]
            size = len(records) * 2

    async def get(self, record_id: RecordId) -> Record | None:
        """Give the record with this id, superseded or not; None when it is not here."""
        found = await self._store.get([record_id])
        return found[0] if found else None

    async def _is_superseded(self, record: Record) -> bool:
        if record.kind not in KEYED_KINDS:
            return False
        names = frozenset(record.tag_values("d")[:1] or [""])
        latest = Filter(authors=frozenset([record.author]), kinds=frozenset([record.kind]), tags={"d": names}, limit=1)
        newest = await self._store.query(latest)
        return bool(newest) and newest[0].id != record.id and newest[0].created_at >= record.created_at
