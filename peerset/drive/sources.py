"""Where the bytes of a file come from: given whole, from a local file, or as they come."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias, cast

from peerset.core.typed import shown
from peerset.errors import ConfigError

READ_BYTES: Final = 1_048_576

Source: TypeAlias = bytes | str | Path | AsyncIterable[bytes] | BinaryIO
"""Bytes, a text (UTF-8), the path of a local file, an open binary file, or what gives bytes as they come."""


async def read_source(source: object) -> AsyncGenerator[bytes, None]:
    """Give the bytes of *source* in parts.

    Raises:
        ConfigError: it is no source, or cannot be read.

    """
    if isinstance(source, str):
        yield source.encode()
    elif isinstance(source, bytes | bytearray | memoryview):
        yield bytes(source)
    elif isinstance(source, Path):
        async with aclosing(_read_path(source)) as parts:
            async for part in parts:
                yield part
    elif hasattr(source, "__aiter__"):
        async for part in cast("AsyncIterable[bytes]", source):
            if not isinstance(part, bytes | bytearray | memoryview):
                raise ConfigError(f"a stream of a file gives bytes, not {shown(part)}")
            yield bytes(part)
    elif hasattr(source, "read"):
        async for part in _read_file(cast("BinaryIO", source)):
            yield part
    else:
        raise ConfigError(f"a file is bytes, a text, a pathlib.Path, an open file or a stream, not {shown(source)}")


async def _read_path(path: Path) -> AsyncGenerator[bytes, None]:
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        async for part in _read_file(file):
            yield part
    finally:
        await asyncio.to_thread(file.close)


async def _read_file(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    while True:
        try:
            part = await asyncio.to_thread(file.read, READ_BYTES)
        except OSError as error:
            raise ConfigError(f"a file cannot be read: {error.strerror or error}") from error
        if not isinstance(part, bytes):
            raise ConfigError("a file is opened as text: open it with 'rb'")
        if not part:
            return
        yield part
