"""The port of blobs: who keeps the pieces of files beside a store of records."""

from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from peerset.core.blob import BlobName, Root


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a blob that proves itself."""

    data: bytes
    proof: bytes
    """The hashes beside its way to the root, from the bottom."""


@dataclass(frozen=True, slots=True)
class FreshPiece:
    """A piece that came and was checked."""

    piece: int
    data: bytes
    nodes: Mapping[int, bytes]
    """The nodes of the tree that it showed, by number."""


@dataclass(frozen=True, slots=True)
class HeldBlob:
    """What is here of a blob."""

    name: BlobName
    bits: int
    """Bit n stands for piece n."""
    bytes_kept: int

    def has(self, piece: int) -> bool:
        """Say whether a piece is here."""
        return bool(self.bits >> piece & 1)

    @property
    def is_whole(self) -> bool:
        """Say whether all of it is here."""
        return self.bits == (1 << self.name.pieces) - 1


class BlobStore(Protocol):
    """Keeps pieces by the roots of their blobs; what it gives was checked when it was read."""

    async def held(self) -> dict[Root, HeldBlob]:
        """Give what is here, what was not used for longest first.

        Raises:
            StoreError: it cannot be read.

        """
        ...

    async def look(self, root: Root) -> HeldBlob | None:
        """Give what is here of one blob; None when that is nothing.

        Raises:
            StoreError: it cannot be read.

        """
        ...

    async def add(self, source: AsyncIterable[bytes], *, size_max: int) -> BlobName:
        """Keep a whole blob, and give its name; nothing is kept when *source* fails.

        Raises:
            BlobError: it is empty, or longer than *size_max* bytes.
            StoreError: it cannot be kept.

        """
        ...

    async def write(self, name: BlobName, fresh: Sequence[FreshPiece]) -> None:
        """Keep pieces.

        Raises:
            StoreError: it cannot be kept.

        """
        ...

    async def read(self, name: BlobName, first: int, count: int = 1) -> Sequence[Piece | None]:
        """Give so many pieces, from *first* on; None for each that is not here, or not what it was.

        Raises:
            StoreError: it cannot be read.

        """
        ...

    async def delete(self, root: Root) -> None:
        """Forget all of a blob.

        Raises:
            StoreError: it cannot be deleted.

        """
        ...


@runtime_checkable
class BlobKeeper(Protocol):
    """A store of records with a place for blobs beside it."""

    def blobs(self) -> BlobStore:
        """Give the place; it is made when the first blob is kept."""
        ...
