"""Where the bytes of files come from."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from peerset.drive.sources import READ_BYTES, read_source
from peerset.errors import ConfigError


async def all_of(source: object) -> bytes:
    return b"".join([part async for part in read_source(source)])


async def stream(*parts: object) -> AsyncIterator[object]:
    for part in parts:
        yield part


async def test_bytes_come_from_wherever_they_are(tmp_path: Path) -> None:
    data = bytes(range(256)) * (READ_BYTES // 200)
    (tmp_path / "a").write_bytes(data)
    for source in (
        data,
        bytearray(data),
        memoryview(data),
        tmp_path / "a",
        io.BytesIO(data),
        stream(data[:9], data[9:]),
    ):
        assert await all_of(source) == data
    assert await all_of("Grüße") == "Grüße".encode()
    assert await all_of(b"") == b""


async def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    for source in (7, None, [b"x"], tmp_path, tmp_path / "none", Path("\0"), io.StringIO("x"), stream("x")):
        with pytest.raises(ConfigError):
            await all_of(source)
