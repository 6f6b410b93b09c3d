"""Which blobs the records of a room name, and whether readers see such a record."""

from collections.abc import Callable, Iterable
from typing import Protocol

from peerset.core.blob import BlobName, Root, read_blob_tag
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId


class Reading(Protocol):
    """What of the room's records is here, and what of it readers see."""

    async def get(self, record_id: RecordId) -> Record | None:
        """Give a record, hidden or not; None when its content is not here."""
        ...

    def is_withheld(self, record: Record) -> bool:
        """Say whether *record* is kept from readers here, could they open it or not."""
        ...


class Names:
    """The blobs that records name, of which *reading* knows what is seen."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._namers: dict[Root, dict[RecordId, PublicKey]] = {}
        self._names: dict[Root, BlobName] = {}

    def add(self, records: Iterable[Record]) -> list[BlobName]:
        """Note what *records* name; give what was not named before."""
        fresh: list[BlobName] = []
        for record in records:
            name = read_blob_tag(record.tags)
            if name is None:
                continue
            if name.root not in self._namers:
                fresh.append(name)
            self._names[name.root] = name
            self._namers.setdefault(name.root, {})[record.id] = record.author
        return fresh

    @property
    def all(self) -> list[BlobName]:
        """All that are named."""
        return list(self._names.values())

    def authors_of(self, root: Root) -> frozenset[PublicKey]:
        """Give who wrote a record that names it."""
        return frozenset(self._namers.get(root, {}).values())

    def is_by(self, root: Root, author: PublicKey) -> bool:
        """Say whether *author* wrote a record that names it."""
        return author in self._namers.get(root, {}).values()

    async def is_seen(self, root: Root) -> bool:
        """Say whether a record names it that is not kept from readers here; of a sealed one that is enough."""
        return await self._any(root, lambda record: not self._reading.is_withheld(record))

    async def is_named(self, root: Root) -> bool:
        """Say whether a record names it whose content is here, seen or not."""
        return await self._any(root, lambda _: True)

    async def _any(self, root: Root, fits: Callable[[Record], bool]) -> bool:
        for record_id in list(self._namers.get(root, ())):
            record = await self._reading.get(record_id)
            if record is None:
                self._forget(root, record_id)
            elif fits(record):
                return True
        return False

    def _forget(self, root: Root, record_id: RecordId) -> None:
        namers = self._namers.get(root, {})
        namers.pop(record_id, None)
        if not namers:
            self._namers.pop(root, None)
            self._names.pop(root, None)
