"""Clients that speak something near to websockets, over real sockets: each costs the tracker itself and nobody else."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from peerset.tracker.frames import CLOSE, PING, PONG, TEXT, frame_of
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.tracker import Tracker
from tests.tracker.test_frames import BROKEN, frame
from tests.tracker.test_tracker import HANDSHAKE, announce, ask, make_certificate, running

pytestmark = pytest.mark.real_time

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
HELLO: Final = frame(TEXT, announce("a").encode())
ENDS: Final = {
    "no mask": (frame(TEXT, b"{}", mask=b""), 1002),
    "compressed": (frame(TEXT | 0x40, b"{}"), 1002),
    "a kind that is none": (frame(0x83), 1002),
    "a long ping": (frame(PING, b"x" * 126), 1002),
    "a ping in pieces": (frame(0x09), 1002),
    "a piece of nothing": (frame(0x80, b"{}"), 1002),
    "a message in another": (frame(0x01, b"{") + frame(TEXT, b"{}"), 1002),
    "no code": (frame(CLOSE, (1005).to_bytes(2)), 1002),
    "no UTF-8": (frame(TEXT, BROKEN), 1007),
    "a length of 2 ** 63": (b"\x81\xff" + b"\x80" + bytes(11), 1009),
    "too large": (frame(TEXT, b"x" * 70_000)[:14], 1009),
    "too large in pieces": (frame(0x01, b"x" * 40_000) + frame(0x00, b"x" * 40_000), 1009),
}


@asynccontextmanager
async def shaken(tracker: Tracker, more: bytes = b"", context: ssl.SSLContext | None = None) -> AsyncIterator[Stream]:
    """Be a client that has shaken hands, and sent *more* in the same breath."""
    reader, writer = await asyncio.open_connection("127.0.0.1", tracker.port, ssl=context)
    writer.write(HANDSHAKE + more)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def next_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind, size = await reader.readexactly(2)
    if size > 125:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8))
    return kind, await reader.readexactly(size)


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """Read to the end; a connection that ends while we send is reset."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize(("said", "code"), ENDS.values(), ids=ENDS)
async def test_what_is_no_websocket_ends_with_a_code_and_costs_nobody_else(said: bytes, code: int) -> None:
    async with (
        running(limits=TrackerLimits(message_bytes=65_536)) as (tracker, session),
        session.ws_connect(tracker.url) as other,
        shaken(tracker, HELLO) as (reader, writer),
    ):
        assert b'"incomplete":1' in (await next_frame(reader))[1]
        writer.write(said)
        assert await next_frame(reader) == (CLOSE, code.to_bytes(2))
        writer.write(HELLO)
        writer.close()
        while (await ask(other, announce("b")))["incomplete"] > 1:
            pass


@pytest.mark.parametrize("is_secure", [False, True])
async def test_what_comes_with_the_request_in_one_breath_is_heard(is_secure: bool, tmp_path: Path) -> None:
    context, trusting = None, None
    if is_secure:
        certificate = make_certificate(tmp_path)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        trusting = ssl.create_default_context(cafile=str(certificate))
    async with (
        running(ssl_context=context) as (tracker, _),
        shaken(tracker, frame(PING, b"first") + HELLO[:30], trusting) as (reader, writer),
    ):
        assert await next_frame(reader) == (PONG, b"first")
        writer.write(HELLO[30:])
        assert b'"incomplete":1' in (await next_frame(reader))[1]
        writer.write(frame(CLOSE))
        assert await next_frame(reader) == (CLOSE, (1000).to_bytes(2))
        assert await rest_of(reader) == b""


async def test_an_announcement_may_come_in_pieces_with_a_ping_between_them() -> None:
    async with running() as (tracker, _), shaken(tracker) as (reader, writer):
        text = announce("a").encode()
        for piece in (frame(0x01, text[:9]), frame(PING, b"?"), frame(0x00, text[9:20]), frame(0x80, text[20:])):
            for byte in piece:
                writer.write(bytes([byte]))
                await writer.drain()
        assert await next_frame(reader) == (PONG, b"?")
        assert b'"incomplete":1' in (await next_frame(reader))[1]


@pytest.mark.parametrize(
    "request_head",
    [
        HANDSHAKE.replace(b"GET", b"HEAD"),
        HANDSHAKE.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\nabc"),
        HANDSHAKE.replace(b"Version: 13", b"Version: 12"),
        HANDSHAKE.replace(b"AAAAAA", b"AAAA"),
    ],
    ids=["HEAD", "a body", "a version", "a key"],
)
async def test_a_handshake_of_another_kind_makes_no_client(request_head: bytes) -> None:
    async with running() as (tracker, session):
        reader, writer = await asyncio.open_connection("127.0.0.1", tracker.port)
        writer.write(request_head + HELLO)
        assert (await reader.readuntil(b"\r\n")).split()[1] in (b"400", b"426")
        writer.transport.abort()
        assert (tracker.statistics.connections_total, tracker.statistics.announces) == (0, 0)
        async with session.ws_connect(tracker.url) as other:
            assert (await ask(other, announce("b")))["incomplete"] == 1


async def test_a_handshake_that_comes_byte_by_byte_has_so_long_and_no_longer() -> None:
    async with running(limits=TrackerLimits(handshake_seconds=0.2)) as (tracker, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", tracker.port)
        gone = asyncio.create_task(rest_of(reader))
        for byte in HANDSHAKE[:-1]:
            if gone.done():
                break
            writer.write(bytes([byte]))
            await asyncio.wait([gone], timeout=0.01)
        assert await gone == b""
        writer.transport.abort()


@pytest.mark.parametrize("places", [256, 1])
async def test_clients_that_are_gone_before_they_are_answered_print_nothing(
    places: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        running(limits=TrackerLimits(connections_per_address=places, messages_burst=100_000)) as (tracker, session),
        session.ws_connect(tracker.url) as other,
    ):
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", tracker.port)
            writer.write(HANDSHAKE + HELLO)
            writer.transport.abort()
        while tracker._listener._visitors or tracker.statistics.connections > 1:
            await ask(other, announce("b"))
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_client_that_closes_its_half_gets_what_waits_and_is_forgotten() -> None:
    async with running() as (tracker, session), shaken(tracker, HELLO) as (reader, writer):
        writer.write_eof()
        assert b'"incomplete":1' in (await next_frame(reader))[1]
        assert await rest_of(reader) == b""
        async with session.ws_connect(tracker.url) as other:
            assert (await ask(other, announce("b")))["incomplete"] == 1
        assert tracker.statistics.connections_total == 2


async def test_clients_that_never_answer_a_goodbye_do_not_keep_the_tracker_from_closing() -> None:
    async with AsyncExitStack() as stack:
        async with running() as (tracker, _):
            readers = [(await stack.enter_async_context(shaken(tracker)))[0] for _ in range(20)]
        for reader in readers:
            assert await reader.read() == frame_of(CLOSE, (1001).to_bytes(2))


async def test_a_client_of_another_library_says_goodbye_as_it_should() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as other:
        async with session.ws_connect(tracker.url) as socket:
            await ask(socket, announce("a"))
            await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)
            assert socket.close_code == aiohttp.WSCloseCode.GOING_AWAY
        while (await ask(other, announce("b")))["incomplete"] > 1:
            pass
        assert tracker.statistics.connections == 1
