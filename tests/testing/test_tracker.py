"""The trackers of the test kit can be reached, and misbehave as told."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from peerset.testing.tracker import local_tracker, scripted_tracker

pytestmark = pytest.mark.real_time
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


async def test_a_local_tracker_is_healthy_until_its_block_ends() -> None:
    async with aiohttp.ClientSession() as session:
        async with local_tracker() as url:
            address = url.replace("ws:", "http:") + "/health"
            async with session.get(address) as response:
                assert response.status == 200
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(address)


async def test_a_scripted_tracker_does_what_it_is_told_and_hangs_up() -> None:
    async def greet(socket: web.WebSocketResponse) -> None:
        await socket.send_str("hello")

    async with scripted_tracker(greet) as url, aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        assert await socket.receive_str() == "hello"
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_a_client_that_hangs_up_ends_the_script() -> None:
    lines: list[int] = []

    async def talk(socket: web.WebSocketResponse) -> None:
        while True:
            lines.append(1)
            await socket.send_str("x" * 10_000)

    async with scripted_tracker(talk) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(HANDSHAKE)
        await reader.readuntil(b"xxx")
        writer.transport.abort()
    assert lines
