"""Neighbours are given what readers may see, and told of all else that it is not here."""

import asyncio

import pytest

from peerset.core.blob import Root
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.drive.giving import Giving
from peerset.errors import StoreError
from peerset.ports.blobs import HeldBlob
from peerset.protocol.effects import FindBlob, ReadPieces
from peerset.protocol.inputs import BlobFound, BlobInput, PiecesRead
from peerset.stores.blob_memory import MemoryBlobs
from tests.protocol.blobs import ONE
from tests.stores.blobs import content, stream


class Broken(MemoryBlobs):
    """A disk that fails."""

    async def look(self, root: Root) -> HeldBlob | None:
        raise StoreError("the disk fails")


async def answers(store: MemoryBlobs, *asked: FindBlob | ReadPieces, is_seen: bool = True) -> list[BlobInput]:
    """Give what is answered to all that is asked."""
    given: asyncio.Queue[BlobInput] = asyncio.Queue()

    async def seen(_: Root) -> bool:
        return is_seen

    giving = Giving(store, seen, given.put_nowait)
    running = asyncio.create_task(giving.run())
    found = []
    for each in asked:
        giving.ask(each)
        found.append(await given.get())
    running.cancel()
    await asyncio.wait([running])
    return found


async def test_what_is_here_and_seen_is_given_and_what_is_beyond_its_end_is_not() -> None:
    store, data = MemoryBlobs(), content()
    name = await store.add(stream(data), size_max=len(data))
    found, read, beyond = await answers(
        store, FindBlob(ONE, name.root), ReadPieces(ONE, name.root, 3, 2), ReadPieces(ONE, name.root, 4, 1)
    )
    assert found == BlobFound(ONE, name.root, b"\xf0")
    assert isinstance(read, PiecesRead)
    last, nothing = read.pieces
    assert last is not None
    assert (last[1], nothing) == (data[3 * BLOB_PIECE_BYTES :], None)
    assert beyond == PiecesRead(ONE, name.root, 4, [None])


@pytest.mark.parametrize(("store", "is_seen"), [(MemoryBlobs(), False), (MemoryBlobs(), True), (Broken(), True)])
async def test_of_what_is_hidden_gone_or_unreadable_it_is_said_that_it_is_not_here(
    store: MemoryBlobs, is_seen: bool
) -> None:
    root = Root(bytes(32))
    if not is_seen:
        root = (await store.add(stream(content()), size_max=len(content()))).root
    asked = FindBlob(ONE, root), ReadPieces(ONE, root, 0, 2)
    assert await answers(store, *asked, is_seen=is_seen) == [
        BlobFound(ONE, root, b""),
        PiecesRead(ONE, root, 0, [None, None]),
    ]
