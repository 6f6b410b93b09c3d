"""Givers of files that lie, dawdle and flood: others give, who lies is sent away, and nothing of theirs is kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import pytest

import peerset
from peerset.core import wire
from peerset.core.blob import BlobName, Root
from peerset.core.keys import SecretKey
from peerset.core.limits import BLOB_PATIENCE_SECONDS
from peerset.core.message import BlobPart
from peerset.ports.blobs import HeldBlob, Piece
from peerset.stores.blob_memory import MemoryBlobs
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.drive.rooms import LIMITS, content, until, until_there
from tests.stores.blobs import stream

DATA: Final = content(4_000_000)
AUTHOR, VILLAIN, READER = (SecretKey(bytes(31) + bytes([number])) for number in (1, 2, 3))


class Villain(MemoryBlobs):
    """Has all of a file, whatever its room says of it."""

    async def held(self) -> dict[Root, HeldBlob]:
        return {}

    async def delete(self, root: Root) -> None:
        pass


class Lying(Villain):
    """Gives pieces of zeros, for ever."""

    async def read(self, name: BlobName, first: int, count: int = 1) -> Sequence[Piece | None]:
        found = await super().read(name, first, count)
        return [each and replace(each, data=bytes(len(each.data))) for each in found]


class Slow(Villain):
    """Gives one piece a minute, and says that it has no others."""

    async def read(self, name: BlobName, first: int, count: int = 1) -> Sequence[Piece | None]:
        await asyncio.sleep(60)
        return [*await super().read(name, first), *[None] * (count - 1)]


class Paced(Villain):
    """Is honest, and gives ten pieces a second."""

    async def read(self, name: BlobName, first: int, count: int = 1) -> Sequence[Piece | None]:
        await asyncio.sleep(count / 10)
        return await super().read(name, first, count)


class Silent(Villain):
    """Never answers."""

    async def read(self, name: BlobName, first: int, count: int = 1) -> Sequence[Piece | None]:
        await asyncio.Event().wait()
        return []


class Store(MemoryStore):
    """A store whose blobs are those of a villain."""

    def __init__(self, blobs: MemoryBlobs) -> None:
        super().__init__()
        self._villainous = blobs

    def blobs(self) -> MemoryBlobs:
        return self._villainous


@asynccontextmanager
async def member(swarm: MemorySwarm, key: SecretKey, **options: Any) -> AsyncIterator[peerset.Room]:
    async with peerset.join("lobby", key=key, host=swarm.host(), files=LIMITS, **options) as room:
        yield room


@asynccontextmanager
async def attacked(
    kind: type[Villain], *, is_author_here: bool
) -> AsyncIterator[tuple[peerset.Room, peerset.Room, list[peerset.StrikeCounted]]]:
    """Give one who is to read a file, a villain who has it, and what the first holds against others."""
    blobs, swarm = kind(), MemorySwarm()
    await blobs.add(stream(DATA), size_max=len(DATA))
    struck: list[peerset.StrikeCounted] = []
    async with member(swarm, VILLAIN, store=Store(blobs)) as villain, member(swarm, READER) as reader:
        reader.on(lambda event: struck.append(event) if isinstance(event, peerset.StrikeCounted) else None)
        async with member(swarm, AUTHOR) as author:
            await author.files("site").put("a", DATA)
            for room in (villain, reader):
                await until_there(room.files("site", author=AUTHOR.public_key), "a")
            await until(lambda: knows(reader, 2))
            if is_author_here:
                yield reader, villain, struck
                return
        await until(lambda: knows(reader, 1))
        yield reader, villain, struck


async def knows(room: peerset.Room, count: int) -> bool:
    return sum(each.state == "established" for each in room.peers) == count


@pytest.mark.parametrize("kind", [Lying, Slow, Silent])
async def test_others_give_what_one_does_not(kind: type[Villain]) -> None:
    async with attacked(kind, is_author_here=True) as (reader, _, struck):
        began = asyncio.get_running_loop().time()
        assert await reader.files("site", author=AUTHOR.public_key).get("a") == DATA
        assert asyncio.get_running_loop().time() - began < BLOB_PATIENCE_SECONDS
        assert [each.bytes_kept for each in await reader.blobs()] == [len(DATA)]
        assert {each.key for each in struck} == ({VILLAIN.public_key} if kind is Lying else set())


@pytest.mark.parametrize("kind", [Lying, Slow, Silent])
async def test_of_one_who_gives_nothing_right_nothing_is_kept_and_who_reads_is_told(kind: type[Villain]) -> None:
    async with attacked(kind, is_author_here=False) as (reader, _, struck):
        with pytest.raises(peerset.BlobError, match="nobody here has it"):
            await reader.files("site", author=AUTHOR.public_key).download()
        # What comes late is passed over, and is nobody's fault.
        await asyncio.sleep(180)
        assert await reader.blobs() == []
        assert [each.state for each in struck][-1:] == (["banned"] if kind is Lying else [])
        assert await knows(reader, 0 if kind is Lying else 1)


async def test_who_sends_what_nobody_asked_for_is_sent_away_and_nothing_of_it_is_kept() -> None:
    async with attacked(Villain, is_author_here=True) as (reader, villain, struck):
        blobs = MemoryBlobs()
        name = await blobs.add(stream(DATA), size_max=len(DATA))
        [piece] = await blobs.read(name, 0)
        assert piece is not None
        part = BlobPart(name.root, 0, piece.proof, piece.data)

        async def flood() -> None:
            while True:
                villain._driver.byways.send(reader.peer_id, wire.encode(part))
                await asyncio.sleep(1)

        flooding = asyncio.create_task(flood())
        await until(lambda: knows(reader, 1))
        flooding.cancel()
        assert {each.key for each in struck} == {VILLAIN.public_key}
        assert struck[-1].state == "banned"
        assert await reader.blobs() == []
        assert await reader.files("site", author=AUTHOR.public_key).get("a") == DATA


@asynccontextmanager
async def givers(
    *kinds: type[Villain],
) -> AsyncIterator[tuple[peerset.Room, peerset.Room, set[peerset.PublicKey | None]]]:
    """Give an author, and one who is to read a file that these have too; and whom that one holds something against."""
    swarm, struck = MemorySwarm(), set[peerset.PublicKey | None]()
    async with AsyncExitStack() as stack:
        author = await stack.enter_async_context(member(swarm, AUTHOR))
        await author.files("site").put("a", DATA)
        for number, kind in enumerate(kinds, 10):
            blobs = kind()
            await blobs.add(stream(DATA), size_max=len(DATA))
            one = await stack.enter_async_context(
                member(swarm, SecretKey(bytes(31) + bytes([number])), store=Store(blobs))
            )
            await until_there(one.files("site", author=AUTHOR.public_key), "a")
        reader = await stack.enter_async_context(member(swarm, READER))
        reader.on(lambda event: struck.add(event.key) if isinstance(event, peerset.StrikeCounted) else None)
        await until_there(reader.files("site", author=AUTHOR.public_key), "a")
        await until(lambda: knows(reader, len(kinds) + 1))
        yield author, reader, struck


async def test_of_several_one_lies_one_is_slow_and_one_leaves_and_the_file_comes() -> None:
    async with givers(Lying, Slow, Paced) as (author, reader, struck):
        leaving: list[asyncio.Task[None]] = []

        def came(_: peerset.Entry, size: int) -> None:
            if size and not leaving:
                leaving.append(asyncio.create_task(author.leave()))

        files = reader.files("site", author=AUTHOR.public_key)
        assert await files.download(progress=came) == 1
        await asyncio.gather(*leaving)
        assert leaving
        assert await files.get("a") == DATA
        assert struck == {SecretKey(bytes(31) + bytes([10])).public_key}


@pytest.mark.parametrize("count", [2, 3])
async def test_a_file_of_several_who_are_no_faster_comes_so_many_times_faster(count: int) -> None:
    seconds = []
    for givers_here in (1, count):
        async with givers(*[Paced] * givers_here) as (author, reader, _):
            await author.leave()
            await until(lambda: knows(reader, givers_here))  # noqa: B023 - it is called here
            began = asyncio.get_running_loop().time()
            await reader.files("site", author=AUTHOR.public_key).download()
            seconds.append(asyncio.get_running_loop().time() - began)
    assert seconds[1] < 1.3 * seconds[0] / count
