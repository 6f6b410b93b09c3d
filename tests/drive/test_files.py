"""Files of a room: put, read, listed, linked, followed and deleted."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

import peerset
from peerset.core.keys import SecretKey
from peerset.core.limits import BLOB_INLINE_BYTES_MAX
from peerset.testing.memory import MemorySwarm
from tests.drive.rooms import LIMITS, content, joined, until, until_there


@pytest.mark.parametrize("size", [0, 1, BLOB_INLINE_BYTES_MAX, BLOB_INLINE_BYTES_MAX + 1, 131_072, 700_001])
async def test_a_file_of_one_peer_is_read_by_another(size: int) -> None:
    data = content(size)
    async with joined(2) as (one, two):
        ours, theirs = one.files("site"), two.files("site", author=one.key)
        entry = await ours.put("docs/a.bin", data, meta={"by": "test"})
        assert (entry.blob is None) == (size <= BLOB_INLINE_BYTES_MAX)
        found = await until_there(theirs, "docs/a.bin")
        assert (found.size, found.meta, found.author) == (size, {"by": "test"}, one.key)
        assert await theirs.get("docs/a.bin") == data
        assert await theirs.read("docs/a.bin", size // 2, size // 2 + 10) == data[size // 2 : size // 2 + 10]
        assert await two.files("mine").get("docs/a.bin") is None


async def test_sources_of_all_kinds_give_the_same_file(tmp_path: Path) -> None:
    data = content(50_000)
    (tmp_path / "a").write_bytes(data)

    async def stream() -> AsyncIterator[bytes]:
        for at in range(0, len(data), 7_001):
            yield data[at : at + 7_001]

    async with joined(1) as (room,):
        files = room.files("site")
        entries = [
            await files.put("bytes.bin", data),
            await files.put("path.bin", tmp_path / "a"),
            await files.put("stream.bin", stream()),
            await files.put("file.bin", io.BytesIO(data)),
        ]
        entries.append(await files.put("copy.bin", entries[0]))
        assert len({entry.blob for entry in entries}) == 1
        assert (await files.put("text.txt", "Grüße")).data == "Grüße".encode()
        assert [entry.type for entry in await files.list(ignore="*.bin")] == ["text/plain"]
        for nonsense in (7, None, tmp_path / "none", io.StringIO("x")):
            with pytest.raises(peerset.ConfigError):
                await files.put("x", nonsense)  # type: ignore[arg-type]


async def test_a_range_is_read_without_the_rest() -> None:
    data = content(2_000_000)
    async with joined(2) as (one, two):
        await one.files("site").put("a", data)
        files = two.files("site", author=one.key)
        entry = await until_there(files, "a")
        reader = await files.open("a")
        reader.seek(1_000_000)
        assert await reader.read(10) == data[1_000_000:1_000_010]
        assert reader.tell() == 1_000_010
        [held] = await two.blobs()
        assert (held.name, held.bits.bit_count(), held.is_whole) == (entry.blob, 1, False)
        assert b"".join([part async for part in reader]) == data[1_000_010:]
        assert await reader.read() == b""


async def test_what_is_written_again_and_deleted_is_seen_so() -> None:
    async with joined(1) as (room,):
        files = room.files("site")
        await files.put("a", "one")
        before = (await files.put("b/c", "two")).record
        await files.put("a", "three")
        assert await files.get("a") == b"three"
        assert before is not None
        assert await files.get("a", at=before) == b"one"
        assert [path async for path, _, _ in files.diff(before, room_time(await files.entry("a")))] == ["a"]
        assert await files.delete("a")
        assert not await files.delete("a")
        assert not await files.exists("a")
        assert [entry.path for entry in await files.list()] == ["b/c"]
        assert await files.list(recursive=False) == []
        assert await files.folders() == ["b/"]
        assert [entry.path for entry in await files.list("b")] == ["b/c"]


def room_time(entry: peerset.Entry | None) -> peerset.Record:
    assert entry is not None
    assert entry.record is not None
    return entry.record


async def test_links_are_followed_and_circles_are_told() -> None:
    async with joined(1) as (room,):
        files = room.files("site")
        await files.put("a", "x")
        await files.link("b", "a")
        await files.link("c", "b")
        assert await files.get("c") == b"x"
        entry = await files.entry("c")
        assert entry is not None
        assert entry.link == "b"
        await files.link("a", "c")
        with pytest.raises(peerset.ConfigError, match="more than 16 links"):
            await files.get("b")


async def test_an_entry_says_what_a_file_is_besides_its_bytes() -> None:
    async with joined(1) as (room,):
        files = room.files("site")
        await files.put("run", "#!/bin/sh\n", type="text/x-sh", executable=True, meta={"by": ["Ann", "Ben"]})
        await files.link("start", "run")
        run, start = await files.entry("run"), await files.entry("start")
        assert run is not None
        assert (run.size, run.type, run.is_executable, run.meta) == (10, "text/x-sh", True, {"by": ["Ann", "Ben"]})
        assert start is not None
        assert (start.link, start.is_executable) == ("run", False)
        assert await files.get("start") == b"#!/bin/sh\n"


async def test_files_are_shared_by_those_who_may_write_and_by_nobody_else() -> None:
    owner, writer, stranger = (SecretKey(bytes(31) + bytes([number])) for number in (1, 2, 3))
    swarm, owned = MemorySwarm(), f"writers:owners={peerset.npub(owner.public_key)}"

    def enter(key: SecretKey, *grants: str) -> AbstractAsyncContextManager[peerset.Room]:
        return peerset.join("lobby", key=key, policies=[owned], grants=grants, files=LIMITS, host=swarm.host())

    async with enter(owner) as one, enter(writer, one.grant(writer.public_key)) as two, enter(stranger) as three:
        ours, theirs, looked_at = (room.files("wiki", shared=True) for room in (one, two, three))
        await theirs.put("a", content(30_000))
        await until_there(ours, "a")
        assert await ours.get("a") == content(30_000)
        await ours.put("a", "two")

        async def is_two() -> bool:
            return await looked_at.get("a") == b"two"

        await until(is_two)
        with pytest.raises(peerset.RejectedError, match="it carries no grant"):
            await looked_at.put("a", "three")


@dataclass(frozen=True)
class Task:
    done: int
    file: str


async def test_an_app_has_its_documents_its_state_and_its_files_in_one_room_and_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    async with joined(2) as (one, two):
        watching = asyncio.create_task(first_change(two.files("attachments", shared=True)))
        await one.files("attachments", shared=True).put("plan.pdf", content(30_000))
        tasks = one.collection("tasks", Task, shared=True)
        await tasks.put("paint", Task(1, "plan.pdf"))
        theirs = two.collection("tasks", Task, shared=True)
        done = two.fold(theirs, 0, lambda _, doc: doc.value.done, name="done")

        async def is_counted() -> bool:
            return done.state == 1

        await until(is_counted)
        doc = await theirs.get("paint")
        assert doc is not None
        files = two.files("attachments", shared=True)
        await until_there(files, doc.value.file)
        assert await files.get(doc.value.file) == content(30_000)
        assert (await watching).path == "plan.pdf"
        await theirs.live()
    # Folds, live queries and bytes on their way end with their room, whether they were closed or not.
    assert asyncio.all_tasks() == before


async def first_change(files: peerset.Files) -> peerset.FileChange:
    """Wait for the first change from now on."""
    return await anext(aiter(files.watch()))


async def test_files_of_several_are_shared_and_of_another_are_not_written() -> None:
    async with joined(2) as (one, two):
        ours, theirs = one.files("wiki", shared=True), two.files("wiki", shared=True)
        await ours.put("a", "one")
        await until_there(theirs, "a")
        await theirs.put("a", "two")

        async def is_two() -> bool:
            return await ours.get("a") == b"two"

        await until(is_two)
        foreign = two.files("site", author=one.key)
        for write in (foreign.put("a", "x"), foreign.link("a", "b"), foreign.delete("a")):
            with pytest.raises(peerset.ConfigError, match="another author's"):
                await write


async def test_a_batch_takes_files() -> None:
    async with joined(1) as (room,):
        files = room.files("site")
        batch = room.batch()
        await files.put("a", "small", batch=batch)
        await files.put("b", content(100_000), batch=batch)
        assert await files.list() == []
        await batch.commit()
        assert [entry.path for entry in await files.list()] == ["a", "b"]
        assert await files.get("b") == content(100_000)


async def test_a_folder_is_watched() -> None:
    async with joined(1) as (room,):
        files = room.files("site")
        changes = files.watch("docs")
        first = asyncio.create_task(_next(changes))
        await asyncio.sleep(0.1)
        await files.put("other/a", "x")
        await files.put("docs/a", "x")
        change = await first
        assert (change.path, change.entry is not None) == ("docs/a", True)
        await files.delete("docs/a")
        while (change := await anext(changes)).entry is not None:
            pass
        assert change == peerset.FileChange("docs/a", None)


async def test_without_files_only_what_is_short_is_written() -> None:
    async with joined(1, files=None) as (room,):
        files = room.files("site")
        await files.put("a", b"x")
        with pytest.raises(peerset.BlobError, match=r"join\(files="):
            await files.put("b", content(30_000))
        assert [entry.path for entry in await files.list()] == ["a"]


async def test_a_file_that_is_too_long_is_refused_and_nothing_is_left() -> None:
    small = peerset.Limits(blob="1 MiB", room="2 MiB")
    async with joined(1, files=small) as (room,):
        files = room.files("site")
        with pytest.raises(peerset.BlobError, match="1048576 bytes"):
            await files.put("a", content(1_048_577))
        await files.put("b", content(1_000_000, 2))
        await files.put("c", content(1_000_000, 3))
        with pytest.raises(peerset.BlobError, match="none of them may go"):
            await files.put("d", content(1_000_000, 4))
        assert [entry.path for entry in await files.list()] == ["b", "c"]
        assert len(await room.blobs()) == 2


async def test_what_is_cleared_is_fetched_again() -> None:
    data = content(300_000)
    async with joined(2) as (one, two):
        await one.files("site").put("docs/a", data)
        files = two.files("site", author=one.key)
        await until_there(files, "docs/a")
        told: list[int] = []
        assert await files.download("docs", progress=lambda _, size: told.append(size)) == 1
        assert sum(told) == len(data)
        assert await files.clear("docs") == 1
        assert await files.clear("docs") == 0
        assert await two.blobs() == []
        assert await files.get("docs/a") == data


@pytest.mark.parametrize("path", ["", "/etc/passwd", "a//b", "a/../b", ".", "a\0b", "a\nb", "x" * 513, 7, "\ud800"])
async def test_what_is_no_path_is_refused(path: str) -> None:
    async with joined(1) as (room,):
        with pytest.raises(peerset.ConfigError, match="no path of a file"):
            await room.files("site").put(path, b"x")


async def test_files_are_there_after_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'lobby.db'}"
    data = content(600_000)
    async with joined(1, store=store) as (room,):
        await room.files("site").put("a", data)
    assert (tmp_path / "lobby.blobs").is_dir()
    async with joined(1, store=store) as (room,):
        assert await room.files("site").get("a") == data
        assert LIMITS.blob_bytes > len(data)


async def _next(changes: AsyncIterator[peerset.FileChange]) -> peerset.FileChange:
    return await anext(changes)
