"""What is brought of blobs is kept a few pieces at once, and given before to who waits for it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from peerset.core.blob import BlobName, Root
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.core.signal import PeerId
from peerset.drive.arrivals import Arrivals
from peerset.drive.keeping import PIECES_AT_ONCE, Keeping
from peerset.errors import StoreError
from peerset.protocol.effects import KeepPiece
from peerset.protocol.inputs import BlobInput, PiecesKept

ONE = PeerId("one")
NAME = BlobName(Root(b"a" * 32), 10 * BLOB_PIECE_BYTES)
OTHER = BlobName(Root(b"b" * 32), 10 * BLOB_PIECE_BYTES)


class Disk:
    """Notes what is kept together; *error* is why it is not."""

    def __init__(self) -> None:
        self.writes: list[tuple[BlobName, list[int]]] = []
        self.acted: list[BlobInput] = []
        self.arrivals = Arrivals(self.acted.append)
        self.error: StoreError | None = None
        self.hidden: set[Root] = set()
        self.keeping = Keeping(self.arrivals, self.keep, self.is_seen, self.acted.append)

    async def keep(self, name: BlobName, pieces: Sequence[KeepPiece]) -> None:
        if self.error is not None:
            raise self.error
        self.writes.append((name, [each.piece for each in pieces]))
        for each in pieces:
            self.arrivals.came(name.root, each.piece, each.data)

    async def is_seen(self, root: Root) -> bool:
        return root not in self.hidden

    def bring(self, *pieces: int, name: BlobName = NAME) -> None:
        for piece in pieces:
            self.keeping.bring(KeepPiece(ONE, name, piece, b"data", {}))

    @property
    def kept(self) -> list[BlobInput]:
        return [each for each in self.acted if isinstance(each, PiecesKept)]


@asynccontextmanager
async def begun() -> AsyncIterator[Disk]:
    disk = Disk()
    running = asyncio.create_task(disk.keeping.run())
    yield disk
    running.cancel()
    await asyncio.wait([running])


async def test_pieces_linger_for_a_few_others_and_the_last_for_none() -> None:
    async with begun() as disk:
        collecting = asyncio.create_task(disk.arrivals.collect(NAME, range(6), lambda _: None))
        await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        for piece in range(6):
            disk.bring(piece)
            await asyncio.sleep(0.01)
        await collecting
        assert [pieces for _, pieces in disk.writes] == [list(range(PIECES_AT_ONCE)), [4, 5]]
        assert asyncio.get_running_loop().time() - began == pytest.approx(0.06, abs=0.001)
        assert disk.kept[0] == PiecesKept(NAME.root, tuple((ONE, piece) for piece in range(PIECES_AT_ONCE)))


async def test_a_piece_waits_a_moment_for_one_that_does_not_come() -> None:
    async with begun() as disk:
        collecting = asyncio.create_task(disk.arrivals.collect(NAME, range(6), lambda _: None))
        await asyncio.sleep(0)
        disk.bring(3)
        await asyncio.sleep(0.1)
        assert disk.writes == [(NAME, [3])]
        disk.bring(0, 1, 2, 4, 5)
        await collecting
        assert sorted(piece for _, pieces in disk.writes for piece in pieces) == list(range(6))


async def test_what_is_of_two_blobs_is_kept_apart() -> None:
    async with begun() as disk:
        collecting = [
            asyncio.create_task(disk.arrivals.collect(name, [0, 1], lambda _: None)) for name in (NAME, OTHER)
        ]
        await asyncio.sleep(0)
        disk.bring(0)
        disk.bring(0, name=OTHER)
        disk.bring(1)
        disk.bring(1, name=OTHER)
        await asyncio.gather(*collecting)
        assert sorted(piece for name, pieces in disk.writes for piece in pieces if name == NAME) == [0, 1]
        assert sorted(piece for name, pieces in disk.writes for piece in pieces if name == OTHER) == [0, 1]


async def test_who_waits_for_a_piece_has_it_before_it_is_kept_and_of_what_is_hidden_has_nothing() -> None:
    async with begun() as disk:
        disk.hidden.add(OTHER.root)
        one, other = (asyncio.create_task(disk.arrivals.wait(name, 0, [1, 2])) for name in (NAME, OTHER))
        await asyncio.sleep(0)
        disk.bring(0)
        disk.bring(0, name=OTHER)
        assert await one == b"data"
        assert (disk.writes, other.done()) == ([], False)
        other.cancel()
        await asyncio.wait([other])


async def test_what_cannot_be_kept_is_told_to_who_waits_and_is_done_with() -> None:
    async with begun() as disk:
        disk.error = StoreError("full")
        collecting = asyncio.create_task(disk.arrivals.collect(NAME, [0, 1], lambda _: None))
        await asyncio.sleep(0)
        disk.bring(0, 1)
        with pytest.raises(StoreError, match="full"):
            await collecting
        await asyncio.sleep(0)
        assert disk.kept == [PiecesKept(NAME.root, ((ONE, 0), (ONE, 1)))]
