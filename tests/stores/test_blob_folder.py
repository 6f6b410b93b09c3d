"""Blobs in a folder: over restarts, crashes, lost and full disks."""

import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from peerset.core.blob import BlobName
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.errors import StoreError
from peerset.ports.blobs import FreshPiece
from peerset.stores.blob_folder import FolderBlobs
from peerset.stores.blob_memory import MemoryBlobs
from tests.stores.blobs import check_blobs, content, fresh, names_in, stream


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lobby.blobs"


async def test_it_does_what_every_place_of_blobs_does(folder: Path) -> None:
    await check_blobs(FolderBlobs(folder))


async def test_what_was_kept_is_there_after_a_restart_and_is_the_file_itself(folder: Path) -> None:
    data = content()
    name = await FolderBlobs(folder).add(stream(data), size_max=len(data))
    assert (folder / name.root.hex()).read_bytes() == data
    other = content(seed=2)
    part = await FolderBlobs(folder).add(stream(other), size_max=len(other))
    again = FolderBlobs(folder)
    assert set(await names_in(again)) == {name, part}
    assert (await again.held())[name.root].is_whole


async def test_nothing_is_made_before_something_is_kept(folder: Path) -> None:
    store = FolderBlobs(folder)
    assert await store.held() == {}
    assert not folder.exists()


async def test_a_part_is_there_after_a_restart(folder: Path) -> None:
    data = content()
    name = await FolderBlobs(folder).add(stream(data), size_max=len(data))
    await FolderBlobs(folder).delete(name.root)
    piece = await fresh(name, data, 2)
    await FolderBlobs(folder).write(name, [piece])
    again = FolderBlobs(folder)
    [found] = await again.read(name, 2)
    assert found is not None
    assert found.data == piece.data
    held = await again.look(name.root)
    assert held is not None
    assert held.bits == 0b100


async def test_what_another_process_kept_is_found(folder: Path) -> None:
    here, data = FolderBlobs(folder), content()
    assert await here.held() == {}
    name = await FolderBlobs(folder).add(stream(data), size_max=len(data))
    assert await here.read(name, 0) != [None]


async def test_a_piece_that_the_disk_lost_is_not_here_any_more(folder: Path) -> None:
    data = content()
    name = await FolderBlobs(folder).add(stream(data), size_max=len(data))
    with (folder / name.root.hex()).open("r+b") as file:
        file.seek(BLOB_PIECE_BYTES + 7)
        file.write(b"lost")
    store = FolderBlobs(folder)
    assert await store.read(name, 0) != [None]
    assert await store.read(name, 1) == [None]
    for each in (store, FolderBlobs(folder)):
        held = await each.look(name.root)
        assert held is not None
        assert held.bits == 0b1101


async def test_who_reads_the_folder_first_takes_nothing_away_that_is_being_added(folder: Path) -> None:
    store, data = FolderBlobs(folder), content()

    async def looked_at() -> AsyncIterator[bytes]:
        yield data[:200_000]
        assert await store.held() == {}
        yield data[200_000:]

    name = await store.add(looked_at(), size_max=len(data))
    assert await store.read(name, 3) != [None]


async def test_files_that_are_gone_or_broken_are_nothing(folder: Path) -> None:
    data = content()
    name = await FolderBlobs(folder).add(stream(data), size_max=len(data))
    (folder / "new-0123").write_bytes(b"half")
    (folder / f"{'zz' * 32}.tree").write_bytes(b"?")
    store = FolderBlobs(folder)
    assert await names_in(store) == [name]
    assert not (folder / "new-0123").exists()
    (folder / name.root.hex()).unlink()
    assert await store.read(name, 0) == [None]
    assert await FolderBlobs(folder).held() == {}


async def test_a_stream_that_fails_leaves_nothing(folder: Path) -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield content()
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await FolderBlobs(folder).add(failing(), size_max=10_000_000)
    assert list(folder.iterdir()) == []


async def test_a_full_disk_is_said_and_nothing_is_lost(folder: Path) -> None:
    store, data = FolderBlobs(folder), content()
    name = await store.add(stream(data), size_max=len(data))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Files of this process can grow to so many bytes, and not by one more: as on a disk that is full.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * BLOB_PIECE_BYTES, limits[1]))
    try:
        with pytest.raises(StoreError, match="cannot be used"):
            await store.add(stream(content(seed=2)), size_max=10_000_000)
        other = content(seed=3)
        with pytest.raises(StoreError, match="cannot be used"):
            await store.write(*await _piece(other))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    whole, begun = sorted((await FolderBlobs(folder).held()).values(), key=lambda each: -each.bits)
    assert (whole.name, whole.is_whole, begun.bits) == (name, True, 0)
    assert await store.read(name, 3) != [None]
    await store.write(*await _piece(other))
    assert await store.read((await _piece(other))[0], 3) != [None]


async def _piece(data: bytes) -> tuple[BlobName, list[FreshPiece]]:
    name = await MemoryBlobs().add(stream(data), size_max=len(data))
    return name, [await fresh(name, data, 3)]
