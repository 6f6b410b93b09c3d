"""What every place of blobs must do, and contents to put there."""

import random
from collections.abc import AsyncIterator
from typing import Final

import pytest

from peerset.core.blob import BlobName, Root, check_piece
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.errors import BlobError
from peerset.ports.blobs import BlobStore, FreshPiece
from peerset.stores.blob_memory import MemoryBlobs

SIZE: Final = 3 * BLOB_PIECE_BYTES + 5


def content(size: int = SIZE, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


async def stream(data: bytes, part: int = 50_001) -> AsyncIterator[bytes]:
    for at in range(0, len(data), part):
        yield data[at : at + part]


async def fresh(name: BlobName, data: bytes, piece: int) -> FreshPiece:
    """Give a piece with the nodes that show it."""
    other = MemoryBlobs()
    await other.add(stream(data), size_max=len(data))
    [found] = await other.read(name, piece)
    assert found is not None
    nodes = check_piece(name, piece, found.data, found.proof)
    assert nodes is not None
    return FreshPiece(piece, found.data, nodes)


async def check_blobs(store: BlobStore) -> None:
    """Put an empty place of blobs through what it promises."""
    data = content()
    name = await store.add(stream(data), size_max=SIZE)
    assert name.size == SIZE
    assert await names_in(store) == [name]
    for piece, found in enumerate(await store.read(name, 0, 4)):
        assert found is not None
        assert check_piece(name, piece, found.data, found.proof)
        assert found.data == data[piece * BLOB_PIECE_BYTES : (piece + 1) * BLOB_PIECE_BYTES]
    assert [each is None for each in await store.read(name, 2, 4)] == [False, False, True, True]
    assert await store.read(BlobName(name.root, SIZE - 1), 0) == [None]
    assert await store.read(BlobName(Root(bytes(32)), 1), 0, 2) == [None, None]
    await store.delete(name.root)
    await store.delete(name.root)
    assert await store.held() == {}
    assert await store.look(name.root) is None
    await store.write(name, [await fresh(name, data, piece) for piece in (3, 0)])
    held = await store.look(name.root)
    assert held is not None
    assert (held.bits, held.bytes_kept, held.is_whole) == (0b1001, BLOB_PIECE_BYTES + 5, False)
    assert [held.has(piece) for piece in range(4)] == [True, False, False, True]
    assert [each is None for each in await store.read(name, 0, 4)] == [False, True, True, False]
    await store.write(BlobName(name.root, SIZE - 1), [await fresh(name, data, 0)])
    assert await store.read(name, 0) == [None]
    for piece in (2, 3, 0):
        await store.write(name, [await fresh(name, data, piece)])
    parts = [b"" if each is None else each.data for each in await store.read(name, 0, 4)]
    assert parts == [data[:BLOB_PIECE_BYTES], b"", data[2 * BLOB_PIECE_BYTES : -5], data[-5:]]
    other = await store.add(stream(b"x"), size_max=1)
    assert await names_in(store) == [name, other]
    await store.read(name, 0)
    assert await names_in(store) == [other, name]
    for bad, most in ((b"", 10), (b"12345678901", 10)):
        with pytest.raises(BlobError):
            await store.add(stream(bad), size_max=most)
    assert await names_in(store) == [other, name]


async def names_in(store: BlobStore) -> list[BlobName]:
    """Give what is there, what was not used for longest first."""
    return [each.name for each in (await store.held()).values()]
