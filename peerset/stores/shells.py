"""What a store has without its content, found by a store of whatever kind."""

from collections.abc import Collection
from typing import Final

from peerset.core.deletion import Outline
from peerset.core.record import RecordId
from peerset.ports import ShellStore, Store

LOOKED_AT_ONCE: Final = 256
"""So many records are looked at by one call of the store, which others use as well."""


async def shells_of(
    store: Store, since: int, until: int, *, among: Collection[RecordId] | None = None
) -> list[Outline]:
    """Give what is here without content of the records created from *since* to *until*, both included.

    Of a store that must look at each record for that, those *among* some ids may be asked for alone.

    Raises:
        StoreError: the store cannot be read.

    """
    if isinstance(store, ShellStore):
        return await store.shells(since, until)
    ids = [
        RecordId(record_id)
        for created_at, record_id in reversed(await store.entries())
        if since <= created_at <= until and (among is None or record_id in among)
    ]
    found: list[Outline] = []
    for start in range(0, len(ids), LOOKED_AT_ONCE):
        asked = ids[start : start + LOOKED_AT_ONCE]
        wires = await store.wires(asked)
        found += await store.named([each for each, wire in zip(asked, wires, strict=True) if not wire])
    return found
