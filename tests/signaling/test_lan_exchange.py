"""Lines between two machines: one there and one back, and no harm by those who send others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from peerset.core.limits import (
    LAN_ADDRESSES_REMEMBERED_MAX,
    LAN_CONNECTIONS_BURST_MAX,
    LAN_CONNECTIONS_PER_ADDRESS_MAX,
    LAN_LINE_BYTES_MAX,
)
from peerset.core.signal import Via
from peerset.errors import SignalingError
from peerset.signaling import lan_exchange
from peerset.signaling.lan_exchange import LineServer, exchange
from tests.patience import PATIENT_SECONDS, until

pytestmark = pytest.mark.real_time
HOME = "127.0.0.1"


class Room:
    """Keeps what it hears, and answers none of it."""

    def __init__(self, *, reads: bool = True) -> None:
        self.heard: list[tuple[bytes, Via]] = []
        self._reads = reads

    def __call__(self, line: bytes, via: Via) -> bool:
        self.heard.append((line, via))
        return self._reads


@asynccontextmanager
async def serving(
    hear: Callable[[bytes, Via], bool], *, is_near: Callable[[str], bool] = lambda _: True
) -> AsyncIterator[LineServer]:
    async with asyncio.timeout(PATIENT_SECONDS):
        server = LineServer(hear, is_near=is_near)
        await server.open()
        yield server
        for _ in range(2):
            await server.aclose()


async def hangs_up(server: LineServer, line: bytes) -> bool:
    """Send *line*, and say whether nothing comes back."""
    reader, writer = await asyncio.open_connection(HOME, server.port)
    writer.write(line)
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True
    finally:
        writer.close()


async def test_a_line_goes_there_and_another_comes_back() -> None:
    room = Room()
    async with serving(room) as server:
        asking = asyncio.create_task(exchange(["192.0.2.1", HOME][1:], server.port, b"hello\n"))
        await until(lambda: bool(room.heard))
        ((line, via),) = room.heard
        assert line == b"hello\n"
        server.answer(Via("another"), b"nothing\n")
        server.answer(via, b"welcome\n")
        server.answer(via, b"again\n")
        assert await asking == b"welcome\n"
        server.answer(via, b"too late\n")


async def test_the_first_address_that_can_be_reached_is_asked() -> None:
    room = Room()
    async with serving(room) as server:
        asking = asyncio.create_task(exchange(["127.0.0.256", HOME], server.port, b"hello\n"))
        await until(lambda: bool(room.heard))
        server.answer(room.heard[0][1], b"welcome\n")
        assert await asking == b"welcome\n"


async def test_who_cannot_be_reached_is_a_clear_error() -> None:
    with pytest.raises(SignalingError, match="none of 1 addresses can be reached at port 1"):
        await exchange([HOME], 1, b"hello\n")


async def test_who_does_not_answer_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(Room(reads=False)) as server:
        with pytest.raises(SignalingError, match="it hung up"):
            await exchange([HOME], server.port, b"hello\n")
    monkeypatch.setattr(lan_exchange, "ATTEMPT_TIMEOUT_SECONDS", 0.1)
    async with serving(Room()) as server:
        with pytest.raises(SignalingError, match="no answer from port"):
            await exchange([HOME], server.port, b"hello\n")


async def test_an_answer_that_is_too_long_is_a_clear_error() -> None:
    room = Room()
    async with serving(room) as server:
        asking = asyncio.create_task(exchange([HOME], server.port, b"hello\n"))
        await until(lambda: bool(room.heard))
        server.answer(room.heard[0][1], b"x" * (2 * LAN_LINE_BYTES_MAX + 2) + b"\n")
        with pytest.raises(SignalingError, match="ValueError"):
            await asking


@pytest.mark.parametrize("line", [b"x" * (2 * LAN_LINE_BYTES_MAX + 2) + b"\n", b"no end"], ids=["long", "endless"])
async def test_what_is_no_line_is_not_heard(line: bytes) -> None:
    room = Room()
    async with serving(room) as server:
        reader, writer = await asyncio.open_connection(HOME, server.port)
        writer.write(line)
        writer.write_eof()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(1)
        writer.close()
    assert room.heard == []


async def test_who_says_nothing_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan_exchange, "LAN_LINE_TIMEOUT_SECONDS", 0.1)
    async with serving(Room()) as server:
        assert await hangs_up(server, b"")


async def test_who_is_not_near_is_turned_away() -> None:
    room = Room()
    async with serving(room, is_near=lambda address: address != HOME) as server:
        assert await hangs_up(server, b"hello\n")
    assert room.heard == []


async def test_so_many_connections_of_an_address_wait_at_a_time() -> None:
    room = Room()
    async with serving(room) as server:
        asking = [
            asyncio.create_task(exchange([HOME], server.port, b"hello\n"))
            for _ in range(LAN_CONNECTIONS_PER_ADDRESS_MAX)
        ]
        await until(lambda: len(room.heard) == len(asking))
        assert await hangs_up(server, b"one more\n")
        for _, via in room.heard:
            server.answer(via, b"welcome\n")
        assert set(await asyncio.gather(*asking)) == {b"welcome\n"}
        assert len(room.heard) == len(asking)


async def test_an_address_connects_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan_exchange, "LAN_CONNECTIONS_PER_SECOND_MAX", 0.001)
    room = Room(reads=False)
    async with serving(room) as server:
        for _ in range(LAN_CONNECTIONS_BURST_MAX + 5):
            assert await hangs_up(server, b"hello\n")
    assert len(room.heard) == LAN_CONNECTIONS_BURST_MAX


async def test_so_many_addresses_are_remembered() -> None:
    async with serving(Room()) as server:
        for number in range(LAN_ADDRESSES_REMEMBERED_MAX + 9):
            assert server._admit(f"10.0.{number // 250}.{number % 250}")
        assert len(server._paces) == LAN_ADDRESSES_REMEMBERED_MAX


async def test_who_waits_is_told_by_the_end_of_the_connection() -> None:
    room = Room()
    async with serving(room) as server:
        asking = asyncio.create_task(exchange([HOME], server.port, b"hello\n"))
        await until(lambda: bool(room.heard))
        await server.aclose()
        with pytest.raises(SignalingError):
            await asking
        with pytest.raises(SignalingError, match="nothing is listened on"):
            _ = server.port
