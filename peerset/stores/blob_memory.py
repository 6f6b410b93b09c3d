"""Blobs that are forgotten with the process, beside a store that is."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field

from peerset.core.blob import TOP, BlobName, Root, grow, hash_piece, uncles_of
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.errors import BlobError
from peerset.ports.blobs import FreshPiece, HeldBlob, Piece
from peerset.stores.blob_source import pieces_from


@dataclass(slots=True)
class _Blob:
    name: BlobName
    pieces: dict[int, bytes] = field(default_factory=dict)
    nodes: dict[int, bytes] = field(default_factory=dict)


class MemoryBlobs:
    """Keeps blobs as long as it lives."""

    def __init__(self) -> None:
        self._blobs: dict[Root, _Blob] = {}

    async def held(self) -> dict[Root, HeldBlob]:
        """Give what is here, what was not used for longest first."""
        return {root: _held(blob) for root, blob in self._blobs.items()}

    async def look(self, root: Root) -> HeldBlob | None:
        """Give what is here of one blob; None when that is nothing."""
        blob = self._blobs.get(root)
        return None if blob is None else _held(blob)

    async def add(self, source: AsyncIterable[bytes], *, size_max: int) -> BlobName:
        """Keep a whole blob, and give its name.

        Raises:
            BlobError: it is empty, or longer than *size_max* bytes.

        """
        pieces = [piece async for piece in pieces_from(source, size_max=size_max)]
        if not pieces:
            raise BlobError("a blob has at least one byte")
        size = (len(pieces) - 1) * BLOB_PIECE_BYTES + len(pieces[-1])
        nodes = grow([hash_piece(piece, size) for piece in pieces])
        name = BlobName(Root(nodes[TOP]), size)
        self._blobs[name.root] = _Blob(name, dict(enumerate(pieces)), dict(enumerate(nodes)))
        return name

    async def write(self, name: BlobName, fresh: Sequence[FreshPiece]) -> None:
        """Keep pieces that were checked."""
        blob = self._blobs.get(name.root)
        if blob is None or blob.name != name:
            # Of two records that give a blob other sizes one is wrong: what is asked for now is begun anew.
            blob = self._blobs[name.root] = _Blob(name)
        for each in fresh:
            blob.pieces[each.piece] = each.data
            blob.nodes.update(each.nodes)

    async def read(self, name: BlobName, first: int, count: int = 1) -> Sequence[Piece | None]:
        """Give so many pieces, from *first* on; None for each that is not here."""
        blob = self._blobs.get(name.root)
        if blob is None or blob.name != name:
            return [None] * count
        self._blobs[name.root] = self._blobs.pop(name.root)
        return [_piece(blob, piece) for piece in range(first, first + count)]

    async def delete(self, root: Root) -> None:
        """Forget all of a blob."""
        self._blobs.pop(root, None)


def _held(blob: _Blob) -> HeldBlob:
    bits = sum(1 << piece for piece in blob.pieces)
    return HeldBlob(blob.name, bits, sum(map(len, blob.pieces.values())))


def _piece(blob: _Blob, piece: int) -> Piece | None:
    data = blob.pieces.get(piece)
    return None if data is None else Piece(data, b"".join(blob.nodes[n] for n in uncles_of(piece, blob.name.pieces)))
