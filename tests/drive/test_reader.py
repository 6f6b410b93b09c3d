"""Files that are read at any place."""

import pytest

import peerset
from peerset.drive.entry import Entry
from peerset.drive.reader import FileReader
from tests.drive.rooms import content, joined


async def test_a_file_is_read_like_one_on_a_disk() -> None:
    data = content(300_000)
    async with joined(1) as (room,):
        files = room.files("site")
        await files.put("a", data)
        reader = await files.open("a")
        assert reader.size == len(data)
        assert await reader.read(200_000) == data[:200_000]
        assert await reader.read(200_000) == data[200_000:]
        assert await reader.read(1) == b""
        assert reader.seek(131_071) == 131_071
        assert await reader.read(2) == data[131_071:131_073]
        assert reader.seek(400_000) == 400_000
        assert await reader.read() == b""
        for offset in (-1, 1.5, None):
            with pytest.raises(peerset.ConfigError):
                reader.seek(offset)  # type: ignore[arg-type]
        with pytest.raises(peerset.ConfigError, match="there is no file"):
            await files.open("b")


async def test_what_is_short_needs_no_place_and_what_is_nowhere_is_told() -> None:
    reader = FileReader(Entry("a", 5, data=b"hello"), None)
    assert await reader.read(2) == b"he"
    assert [part async for part in reader] == [b"llo"]
    with pytest.raises(peerset.BlobError, match=r"join\(files="):
        await FileReader(Entry("a", 5, link="b"), None).read()
