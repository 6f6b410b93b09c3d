"""Speaking to a running node: a socket of the owner's, a line of JSON each way."""

import asyncio
import json
import stat
import sys
from pathlib import Path

import pytest

from peerset.errors import ConfigError, StoreError
from peerset.node import control
from peerset.node.control import LINE_BYTES_MAX, Order, ask, listening, socket_path

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no sockets in folders"),
]


async def obey(order: Order) -> object:
    if order.get("verb") == "fail":
        raise StoreError("the disk is full")
    return ["done", order]


async def test_an_order_is_done_and_answered(tmp_path: Path) -> None:
    async with listening(tmp_path, obey):
        assert await ask(tmp_path, {"verb": "list"}) == ["done", {"verb": "list"}]
        with pytest.raises(ConfigError, match="the disk is full"):
            await ask(tmp_path, {"verb": "fail"})
        assert stat.S_IMODE(socket_path(tmp_path).stat().st_mode) == 0o600
    assert not socket_path(tmp_path).exists()


async def test_a_folder_has_one_node(tmp_path: Path) -> None:
    async with listening(tmp_path, obey):
        with pytest.raises(ConfigError, match=r"runs with .* already"):
            async with listening(tmp_path, obey):
                raise AssertionError
        assert await ask(tmp_path, {}) == ["done", {}]


async def test_what_a_killed_node_left_is_in_nobody_s_way(tmp_path: Path) -> None:
    server = await asyncio.start_unix_server(lambda *_: None, socket_path(tmp_path))
    server.close()
    await server.wait_closed()
    socket_path(tmp_path).touch()
    async with listening(tmp_path, obey):
        assert await ask(tmp_path, {}) == ["done", {}]


async def test_without_a_node_it_is_said_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="start it by peerset node"):
        await ask(tmp_path, {"verb": "list"})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"\n", "a line of JSON"),
        (b"[]\n", "a line of JSON"),
        (b"\xff\n", "a line of JSON"),
        (b"[" * 100_000 + b"\n", "a line of JSON"),
        (b'"' + b"x" * LINE_BYTES_MAX + b'"\n', "bytes"),
    ],
    ids=["empty", "list", "bytes", "deep", "long"],
)
async def test_nonsense_is_answered_and_harms_nobody(tmp_path: Path, line: bytes, says: str) -> None:
    async with listening(tmp_path, obey):
        reader, writer = await asyncio.open_unix_connection(socket_path(tmp_path))
        writer.write(line)
        assert says in json.loads(await reader.readline())["error"]
        writer.close()
        assert await ask(tmp_path, {}) == ["done", {}]


async def test_who_says_nothing_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "ASKED_SECONDS_MAX", 0.05)
    async with listening(tmp_path, obey):
        reader, writer = await asyncio.open_unix_connection(socket_path(tmp_path))
        assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize("answer", [b"", b"nonsense\n", b"{}\n"], ids=["nothing", "nonsense", "none of ours"])
async def test_what_is_no_node_is_told_from_one(tmp_path: Path, answer: bytes) -> None:
    def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async with await asyncio.start_unix_server(say, socket_path(tmp_path)):
        with pytest.raises(ConfigError, match="no node"):
            await ask(tmp_path, {})


async def test_a_path_that_no_socket_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too long a path"):
        socket_path(tmp_path / ("x" * 100))


async def test_a_system_without_such_sockets_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(asyncio, "open_unix_connection")
    with pytest.raises(ConfigError, match="no sockets in folders"):
        socket_path(tmp_path)
