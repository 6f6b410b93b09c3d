"""Standard streams as a way to another program: a pipe or a socket in, a pipe or a socket out."""

import asyncio
import io
import os
import socket
import stat
import sys
from typing import Final, TextIO, TypeAlias

from peerset.errors import ConfigError

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]

OTHERS: Final = "name another peerset by --with, --listen or --connect, or join two by a pipe"


async def standard_streams() -> Streams:
    """Open standard input and output.

    Raises:
        ConfigError: one is closed, or leads to no program: it is a terminal, or a file.

    """
    source, sink = descriptor_of(sys.stdin, "input"), descriptor_of(sys.stdout, "output")
    if is_socket(source) and os.path.samestat(os.fstat(source), os.fstat(sink)):
        return await open_socket(os.dup(source))
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), opened(source, "rb"))
    # A protocol for streams knows when what it writes to is closed; nothing is read by it.
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), opened(sink, "wb")
    )
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


async def open_socket(descriptor: int) -> Streams:
    """Take the connected socket *descriptor* for both directions, as inetd gives one."""
    connected = socket.socket(fileno=descriptor)
    if connected.family == socket.AF_UNIX:
        return await asyncio.open_unix_connection(sock=connected)
    return await asyncio.open_connection(sock=connected)


def descriptor_of(stream: TextIO, name: str) -> int:
    """Give the number of a standard stream that leads to a program.

    Raises:
        ConfigError: it does not.

    """
    try:
        descriptor = stream.fileno()
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError) as error:
        raise ConfigError(f"standard {name} is closed, and sync speaks over it: {OTHERS}") from error
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        what = "a terminal" if os.isatty(descriptor) else "a file"
        raise ConfigError(f"standard {name} is {what}, and sync speaks over it: {OTHERS}")
    return descriptor


def is_socket(descriptor: int) -> bool:
    """Say whether that is one."""
    return stat.S_ISSOCK(os.fstat(descriptor).st_mode)


def opened(descriptor: int, mode: str) -> io.FileIO:
    """Open *descriptor* once more: what is closed with it is not the standard stream itself."""
    return io.FileIO(os.dup(descriptor), mode)
