import asyncio
from pathlib import Path

from peerset.core.clock import UnixTime
from peerset.testing.filed import FiledDisk, bytes_of, least_bytes, open_filed
from tests.testing.records import make_record

OLD, NEW, NEXT = (make_record(name, created_at=at) for name, at in (("old", 100), ("new", 200), ("next", 300)))


def test_a_file_comes_to_what_its_disk_does(tmp_path: Path) -> None:
    async def play() -> None:
        disk = FiledDisk()
        store = await open_filed(tmp_path / "room.db")
        disk.write([OLD, NEW, NEXT], [])
        disk.is_full = True
        disk.write([], [NEXT.id])
        disk.is_full = False
        disk.expire(UnixTime(150))
        disk.purge([NEW.id])
        await disk.settle(store)
        assert await store.entries() == disk.entries() == [(200, NEW.id), (300, NEXT.id)]
        assert await store.wires([NEW.id, NEXT.id]) == [b"", NEXT.wire]
        await store.aclose()

    asyncio.run(play())


def test_the_least_file_is_smaller_than_one_in_which_much_came_and_went(tmp_path: Path) -> None:
    records = [make_record("x" * 5_000, created_at=at) for at in range(100, 200)]

    async def play() -> None:
        disk = FiledDisk()
        store = await open_filed(tmp_path / "room.db")
        disk.write(records, [])
        await disk.settle(store)
        disk.write([], [record.id for record in records[:90]])
        await disk.settle(store)
        await store.aclose()
        assert await least_bytes(disk, tmp_path / "least.db") < bytes_of(tmp_path / "room.db") / 2

    asyncio.run(play())
