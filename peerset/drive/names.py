"""Which blobs the records of a room name, and whether readers see such a record."""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from peerset.core.blob import BlobName, Root, read_blob_tag
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId

SIZES_MAX: Final = 8
"""Of the sizes that records say a blob has, so many are tried before anybody reads it, those said first."""


class Reading(Protocol):
    """What of the room's records is here, and what of it readers see."""

    async def get(self, record_id: RecordId) -> Record | None:
        """Give a record, hidden or not; None when its content is not here."""
        ...

    def is_withheld(self, record: Record) -> bool:
        """Say whether *record* is kept from readers here, could they open it or not."""
        ...


class Names:
    """The blobs that records name, of which *reading* knows what is seen.

    A blob has one size, and a record may say another: a mistake, or to keep others from the blob.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._namers: dict[Root, dict[RecordId, tuple[PublicKey, int]]] = {}
        self._wrong: dict[Root, set[int]] = {}
        """The sizes that a giver has shown to be wrong."""

    def add(self, records: Iterable[Record]) -> list[BlobName]:
        """Note what *records* name; give what was not named before."""
        fresh: list[BlobName] = []
        for record in records:
            name = read_blob_tag(record.tags)
            if name is None:
                continue
            if name.root not in self._namers:
                fresh.append(name)
            self._namers.setdefault(name.root, {})[record.id] = record.author, name.size
        return fresh

    @property
    def roots(self) -> list[Root]:
        """All that are named."""
        return list(self._namers)

    def claims(self, root: Root) -> list[BlobName]:
        """Give the blob by each size that it may have, as records say, that which was said first first."""
        sizes = dict.fromkeys(size for _, size in self._namers.get(root, {}).values())
        possible = [size for size in sizes if size not in self._wrong.get(root, ())]
        return [BlobName(root, size) for size in possible[:SIZES_MAX]]

    def refute(self, name: BlobName) -> None:
        """Note that a giver has shown the blob to have another size."""
        if name.root in self._namers:
            self._wrong.setdefault(name.root, set()).add(name.size)

    def authors_of(self, root: Root) -> frozenset[PublicKey]:
        """Give who wrote a record that names it."""
        return frozenset(author for author, _ in self._namers.get(root, {}).values())

    def is_by(self, root: Root, author: PublicKey) -> bool:
        """Say whether *author* wrote a record that names it."""
        return author in self.authors_of(root)

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
            self._wrong.pop(root, None)
