"""A store's file that is moved, deleted or replaced while it is open."""

import stat
from pathlib import Path

import pytest

from peerset.core.filter import Filter
from peerset.errors import StoreError
from peerset.stores.sqlite import open_sqlite
from tests.stores.files import make_records, opened

pytestmark = pytest.mark.real_time


async def count_in(path: Path) -> int:
    async with opened(path) as store:
        return len(await store.query(Filter()))


async def test_a_file_that_was_moved_is_put_back_with_all_it_held(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    records = make_records(40)
    async with opened(path) as store:
        await store.add(records[:20])
        path.rename(path.with_name("moved.db"))
        await store.add(records[20:])
        assert len(await store.entries()) == 40
    assert "was moved or deleted while it was open" in caplog.text
    assert await count_in(path) == 40


async def test_a_file_that_was_deleted_is_put_back_with_its_mode(path: Path) -> None:
    records = make_records(40)
    async with opened(path) as store:
        await store.add(records[:20])
        path.chmod(0o600)
        await store.add(records[20:30])
        for file in list(path.parent.glob(f"{path.name}*")):
            file.unlink()
        assert len(await store.query(Filter())) == 30
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        await store.add(records[30:])
    assert await count_in(path) == 40
    assert not list(path.parent.glob("*.part"))


async def test_another_file_in_its_place_is_left_alone_and_told(path: Path) -> None:
    records = make_records(10)
    async with opened(path) as store:
        await store.add(records[:5])
        path.rename(path.with_name("moved.db"))
        path.write_bytes(b"another")
        with pytest.raises(StoreError, match="was replaced by another file while it was open: move that one away"):
            await store.add(records[5:])
        assert path.read_bytes() == b"another"

        path.unlink()
        await store.add(records[5:])
    assert await count_in(path) == 10


async def test_a_folder_that_is_gone_is_told_until_it_is_back(path: Path) -> None:
    records = make_records(10)
    folder = path.parent / "folder"
    folder.mkdir()
    store = await open_sqlite(str(folder / "room.db"))
    await store.add(records[:5])
    folder.rename(path.parent / "elsewhere")
    with pytest.raises(StoreError):
        await store.add(records[5:])
    folder.mkdir()
    await store.add(records[5:])
    await store.aclose()
    assert await count_in(folder / "room.db") == 10
