"""The container of backups: what any tar reads, and of which nothing changes unseen."""

import io
import tarfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.backup.container import BLOCK_BYTES, CHUNK_BYTES, Packer, Unpacker, pack_header, read_header
from peerset.errors import ArchiveError, ConfigError

LONG = f"rooms/{'l' * 57}.blobs/{'a' * 64}.tree"
FILES = {"a.json": b"{}", LONG: b"x" * 700, "empty": b"", "large": bytes(CHUNK_BYTES) + b"y"}


def packed(files: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    packer = Packer(sink)
    for name, data in files.items():
        packer.add(name, len(data), [data])
    packer.end()
    return sink.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    unpacker = Unpacker(io.BytesIO(data))
    return {name: b"".join(unpacker.chunks()) for name, _ in unpacker.files()}


def test_what_was_packed_is_unpacked_and_any_tar_reads_it() -> None:
    data = packed(FILES)
    assert unpacked(data) == FILES
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert {each.name: tar.extractfile(each).read() for each in tar} == FILES  # type: ignore[union-attr] # all files


def test_a_size_beyond_its_digits_is_written_as_other_tars_read_it() -> None:
    size = 3 << 40
    assert read_header(pack_header("room.db", size)) == ("room.db", size)
    assert tarfile.TarInfo.frombuf(pack_header("room.db", size), "utf-8", "strict").size == size


@given(st.integers(0), st.integers(0, 7))
def test_no_bit_changes_unseen(at: int, bit: int) -> None:
    files = {"a": b"x" * 5, "b/c": b"y" * 600}
    data = bytearray(packed(files))
    data[at % len(data)] ^= 1 << bit
    with suppress(ArchiveError):
        assert unpacked(bytes(data)) != files


def test_a_file_that_shrank_is_filled_up_and_one_that_grew_is_cut() -> None:
    sink = io.BytesIO()
    packer = Packer(sink)
    packer.add("shrank", 5, [b"ab"])
    packer.add("grew", 3, [b"ab", b"cd"])
    packer.end()
    assert unpacked(sink.getvalue()) == {"shrank": b"ab\0\0\0", "grew": b"abc"}


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../up", "a/../b", "a//b", "./a", "a\\b", "C:a", "a\0b", "a\nb", "a./b", "x" * 101]
)
def test_no_path_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(ConfigError):
        pack_header(name, 0)


def test_links_devices_and_other_writings_of_a_tar_are_refused() -> None:
    hostile = tarfile.TarInfo("a")
    hostile.type, hostile.linkname = tarfile.SYMTYPE, "/etc"
    for block in (hostile.tobuf(tarfile.USTAR_FORMAT), tarfile.TarInfo("a").tobuf(tarfile.GNU_FORMAT), b"\xff" * 512):
        with pytest.raises(ArchiveError):
            read_header(block)


def test_a_container_ends_where_it_says() -> None:
    data = packed(FILES)
    for cut in (0, 100, BLOCK_BYTES, BLOCK_BYTES + 1, len(data) - 1, len(data) - BLOCK_BYTES):
        with pytest.raises(ArchiveError, match="cut off"):
            unpacked(data[:cut])
    with pytest.raises(ArchiveError, match="after its end"):
        unpacked(data + b"\0")
