"""Whoever is killed in the middle of a file goes on with what is missing: a kill leaves what lay on the disk."""

import asyncio
import signal
import socket
import sys
from pathlib import Path

import pytest

import peerset
from peerset.cli.offline import Hermit
from tests.drive.file_peer import AUTHOR, DATA, LIMITS, PIECES
from tests.drive.rooms import until_there
from tests.patience import PATIENT_SECONDS
from tests.room.streams import two_ends

pytestmark = pytest.mark.real_time
PEER = Path(__file__).with_name("file_peer.py")


async def killed(verb: str, store: Path, stream: socket.socket) -> None:
    """Let another process do what *verb* says, over *stream*, until it is killed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(PEER), verb, str(store), stdin=stream.fileno(), stdout=stream.fileno()
    )
    stream.close()
    assert await asyncio.wait_for(child.wait(), PATIENT_SECONDS) == -signal.SIGKILL


async def test_who_is_killed_while_it_fetches_or_mirrors_a_file_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    async with peerset.join("lobby", key=AUTHOR, host=Hermit(), files=LIMITS) as giver:
        await giver.files("site").put("a", DATA)
        ours, theirs = socket.socketpair()
        giving = asyncio.create_task(giver.replicate(*await asyncio.open_connection(sock=ours), live=True))
        await killed("fetch", tmp_path / "two.db", theirs)
        # However the stream ended.
        await asyncio.gather(giving, return_exceptions=True)
        async with peerset.join("lobby", host=Hermit(), files=LIMITS, store=tmp_path / "two.db") as reader:
            [held] = await reader.blobs()
            assert PIECES // 3 <= held.bits.bit_count() < PIECES
            here, there = await two_ends()
            both = [giver.replicate(*here, live=True), reader.replicate(*there, live=True)]
            meeting = [asyncio.create_task(each) for each in both]
            files = reader.files("site", author=AUTHOR.public_key)
            await until_there(files, "a")
            parts: list[str] = []
            reader.watch(lambda each: parts.append(each.message) if each.message == "BlobPart" else None)
            assert await files.download() == 1
            assert len(parts) == PIECES - held.bits.bit_count()
            assert await files.get("a") == DATA
        await asyncio.gather(*meeting, return_exceptions=True)
    await check_mirror(tmp_path)


async def check_mirror(home: Path) -> None:
    """Have a mirror of what came killed: what was in the folder stays, and the next mirror makes it whole."""
    folder = home / "folder"
    folder.mkdir()
    (folder / "a").write_bytes(b"what was there")
    ours, theirs = socket.socketpair()
    ours.close()
    await killed("mirror", home / "two.db", theirs)
    assert (folder / "a").read_bytes() == b"what was there"
    assert len(list(folder.iterdir())) == 2
    async with peerset.join("lobby", host=Hermit(), files=LIMITS, store=home / "two.db") as room:
        done = await room.files("site", author=AUTHOR.public_key).mirror(folder, direction="down")
    assert [(step.deed, step.path) for step in done.steps] == [(peerset.Deed.CHANGE, "a")]
    assert [(path.name, path.read_bytes() == DATA) for path in folder.iterdir()] == [("a", True)]


async def test_of_a_file_whose_writer_is_killed_while_it_is_put_nothing_is_there_and_it_is_put_again(
    tmp_path: Path,
) -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    await killed("put", tmp_path / "one.db", theirs)
    left = [path.name for path in (tmp_path / "one.blobs").iterdir()]
    assert [name.startswith("new-") for name in left] == [True]
    async with peerset.join("lobby", key=AUTHOR, files=LIMITS, store=tmp_path / "one.db", signaling=()) as room:
        files = room.files("site")
        assert (await files.list(), await room.blobs()) == ([], [])
        assert list((tmp_path / "one.blobs").iterdir()) == []
        await files.put("a", DATA)
        assert await files.get("a") == DATA
