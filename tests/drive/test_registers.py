"""The records of files name their blobs."""

from peerset.core.blob import read_blob_tag
from peerset.core.limits import BLOB_INLINE_BYTES_MAX
from tests.drive.rooms import content, joined


async def test_a_record_names_the_blob_of_its_value_and_no_other() -> None:
    async with joined(1) as (room,):
        files = room.files("site")
        entry = await files.put("a", content(BLOB_INLINE_BYTES_MAX + 1))
        short = await files.put("b", content(BLOB_INLINE_BYTES_MAX))
        assert entry.record is not None
        assert short.record is not None
        assert read_blob_tag(entry.record.tags) == entry.blob
        assert read_blob_tag(short.record.tags) is None
        assert files.registers.is_ours(None)
        assert files.registers.is_ours(room.key)
        assert files.registers.owner_of(None) == room.key
        assert room.files("wiki", shared=True).registers.owner_of(None) is None
