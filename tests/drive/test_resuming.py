"""Whoever is killed in the middle of a file goes on with what is missing: a kill leaves what lay on the disk."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import peerset
from peerset.core.keys import SecretKey
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.testing.memory import MemorySwarm
from tests.drive.rooms import content, until_there

PIECES = 60
DATA = content(PIECES * BLOB_PIECE_BYTES)
LIMITS = peerset.Limits(blob=2 * len(DATA), room=4 * len(DATA))
AUTHOR, READER = (SecretKey(bytes(31) + bytes([number])) for number in (1, 2))


async def test_giver_and_reader_are_killed_in_the_middle_and_go_on_with_what_is_missing(tmp_path: Path) -> None:
    swarm = MemorySwarm()
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    one = peerset.join("lobby", key=AUTHOR, host=swarm.host(), files=LIMITS, store=before / "one.db")
    two = peerset.join("lobby", key=READER, host=swarm.host(), files=LIMITS, store=before / "two.db")
    came = 0

    def killed(_: peerset.Entry, size: int) -> None:
        nonlocal came
        came += size
        if came > len(DATA) // 3 and not after.exists():
            shutil.copytree(before, after)

    async with one as giver, two as reader:
        await giver.files("site").put("a", DATA)
        files = reader.files("site", author=AUTHOR.public_key)
        await until_there(files, "a")
        await files.download(progress=killed)
    swarm = MemorySwarm()
    one = peerset.join("lobby", key=AUTHOR, host=swarm.host(), files=LIMITS, store=after / "one.db")
    two = peerset.join("lobby", key=READER, host=swarm.host(), files=LIMITS, store=after / "two.db")
    async with one as giver, two as reader:
        [held] = await reader.blobs()
        assert PIECES // 3 <= held.bits.bit_count() < PIECES
        files = reader.files("site", author=AUTHOR.public_key)
        parts: list[str] = []
        reader.watch(lambda each: parts.append(each.message) if each.message == "BlobPart" else None)
        assert await files.download() == 1
        assert len(parts) == PIECES - held.bits.bit_count()
        assert await files.get("a") == DATA


async def test_of_a_file_whose_writer_is_killed_while_it_is_put_nothing_is_there_and_it_is_put_again(
    tmp_path: Path,
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()

    async def killed() -> AsyncIterator[bytes]:
        yield DATA[: len(DATA) // 2]
        await asyncio.to_thread(shutil.copytree, before, after)
        yield DATA[len(DATA) // 2 :]

    async with peerset.join("lobby", key=AUTHOR, files=LIMITS, store=before / "one.db", signaling=()) as room:
        await room.files("site").put("a", killed())
    left = [path.name for path in (after / "one.blobs").iterdir()]
    assert [name.startswith("new-") for name in left] == [True]
    async with peerset.join("lobby", key=AUTHOR, files=LIMITS, store=after / "one.db", signaling=()) as room:
        files = room.files("site")
        assert (await files.list(), await room.blobs()) == ([], [])
        assert list((after / "one.blobs").iterdir()) == []
        await files.put("a", DATA)
        assert await files.get("a") == DATA
