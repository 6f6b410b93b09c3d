"""Standard streams as a way to another program."""

import io
import os
import socket
from pathlib import Path

import pytest

from peerset.cli.piping import descriptor_of, is_socket, open_socket, opened
from peerset.cli.streams import ClosedStream
from peerset.errors import ConfigError


def test_a_pipe_and_a_socket_lead_to_a_program_and_nothing_else_does(tmp_path: Path) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as source, os.fdopen(write, "w") as sink:
        assert (descriptor_of(source, "input"), descriptor_of(sink, "output")) == (read, write)
    one, other = socket.socketpair()
    with one, other, one.makefile() as stream:
        assert descriptor_of(stream, "input") == one.fileno()
        assert is_socket(one.fileno())
    (tmp_path / "file").touch()
    with (tmp_path / "file").open() as file, pytest.raises(ConfigError, match="standard input is a file"):
        descriptor_of(file, "input")
    leader, follower = os.openpty()
    with os.fdopen(leader), os.fdopen(follower) as terminal, pytest.raises(ConfigError, match="input is a terminal"):
        descriptor_of(terminal, "input")
    with pytest.raises(ConfigError, match="standard output is closed"):
        descriptor_of(ClosedStream("output"), "output")
    with pytest.raises(ConfigError, match="standard output is closed"):
        descriptor_of(io.StringIO(), "output")


def test_what_is_opened_once_more_is_closed_alone() -> None:
    read, write = os.pipe()
    opened(write, "wb").close()
    os.write(write, b"still open")
    assert os.read(read, 20) == b"still open"
    os.close(read)
    os.close(write)


@pytest.mark.parametrize("family", [socket.AF_UNIX, socket.AF_INET])
async def test_one_socket_serves_both_directions(family: int) -> None:
    one, other = socket.socketpair(family) if family == socket.AF_UNIX else loopback()
    with other:
        reader, writer = await open_socket(one.detach())
        writer.write(b"hello")
        await writer.drain()
        assert other.recv(5) == b"hello"
        other.sendall(b"well")
        assert await reader.read(4) == b"well"
        writer.close()
        await writer.wait_closed()


def loopback() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        return one, server.accept()[0]
