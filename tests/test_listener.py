"""A port of ours against strangers that are slow, silent, many or rude; the tracker and the page server use it."""

import asyncio
import gzip
import logging
import random
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from peerset import listener
from peerset.errors import ConfigError
from peerset.listener import Listener, Patience, network_of
from peerset.page.files import PageFile
from peerset.page.page import Page
from peerset.page.server import serve_page
from peerset.tracker.tracker import serve_tracker
from tests.patience import PATIENT_SECONDS, until
from tests.tracker.test_tracker import make_certificate

pytestmark = pytest.mark.real_time

IDLE = 600
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
BIG = b"x" * 20_000_000
PAGE = Page({"index.html": PageFile("text/html", b"hello", gzip.compress(b"hello"), '"one"')}, "default-src 'none'")


async def hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


async def much(_: web.Request) -> web.Response:
    return web.Response(body=BIG)


async def broken(_: web.Request) -> web.Response:
    raise RuntimeError("a bug of ours")


class Echo(asyncio.Protocol):
    """Sends back what it gets, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.told.append("made")
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self.transport, asyncio.WriteTransport)
        self.transport.write(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.told.append("lost")
        self.lost.set()


@asynccontextmanager
async def listening(
    patience: Patience | None = None, *, ssl_context: ssl.SSLContext | None = None
) -> AsyncIterator[Listener]:
    app = web.Application()
    app.add_routes([web.get("/", hello), web.get("/much", much), web.get("/broken", broken)])
    port = Listener(app, "127.0.0.1", 0, patience=patience or Patience(), ssl_context=ssl_context)
    await port.open()
    try:
        async with asyncio.timeout(PATIENT_SECONDS):
            yield port
    finally:
        await port.aclose()


@asynccontextmanager
async def silent(port: int, count: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Give *count* connections that say nothing."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    try:
        yield [reader for reader, _ in opened]
    finally:
        for _, writer in opened:
            writer.transport.abort()


async def answer_of(port: int, request: bytes = REQUEST) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read(65_536)
    writer.close()
    return answer


@asynccontextmanager
async def a_page() -> AsyncIterator[str]:
    async with serve_page(PAGE, "127.0.0.1", 0) as server:
        yield server.url


@asynccontextmanager
async def a_tracker() -> AsyncIterator[str]:
    async with serve_tracker("127.0.0.1", 0, rng=random.Random(0)) as tracker:
        yield tracker.url.replace("ws:", "http:") + "/health"


@pytest.mark.parametrize("serve", [a_page, a_tracker], ids=["page", "tracker"])
@pytest.mark.parametrize("said", [b"", b"GET / HT", REQUEST], ids=["nothing", "half", "once"])
async def test_600_idle_connections_shut_nobody_out(
    serve: Callable[[], AbstractAsyncContextManager[str]], said: bytes, descriptors: None
) -> None:
    async with AsyncExitStack() as stack:
        loop, url = asyncio.get_running_loop(), await stack.enter_async_context(serve())
        port = int(url.split(":")[2].split("/")[0])
        for _ in range(IDLE):
            idle = stack.enter_context(socket.socket())
            idle.setblocking(False)
            await loop.sock_connect(idle, ("127.0.0.1", port))
            await loop.sock_sendall(idle, said)
        async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENT_SECONDS):
            for _ in range(3):
                async with session.get(url) as answer:
                    assert answer.status == 200


@pytest.fixture
def descriptors() -> None:
    """Skip where so many connections, both of whose ends are ours, cannot be open at a time."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 4 * IDLE
    if resource.RLIM_INFINITY != hard < needed:
        pytest.skip(f"the system allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


async def test_a_crowd_makes_room_for_itself_and_not_at_the_cost_of_other_networks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = iter(["198.51.100.1", *["203.0.113.1"] * 10])
    monkeypatch.setattr(listener, "network_of", lambda _: next(names))
    async with listening(Patience(strangers=4)) as port, silent(port.port, 11) as readers:
        # The first of the crowd go, one for each that is too much; whoever came before it stays.
        ended = [await asyncio.wait_for(reader.read(), PATIENT_SECONDS) for reader in readers[1:8]]
        assert ended == [b""] * 7
        assert [reader.at_eof() for reader in [readers[0], *readers[8:]]] == [False] * 4


async def test_who_asks_nothing_in_time_is_turned_away() -> None:
    async with listening(Patience(request_seconds=0.1)) as port:
        for said in (b"", b"GET / HTTP/1.1\r\n"):
            assert await answer_of(port.port, said) == b""


async def test_who_does_not_read_what_it_asked_for_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "RESPONSE_SECONDS_MAX", 0.2)
    async with listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port.port, limit=1_000)
        writer.write(REQUEST.replace(b"GET /", b"GET /much"))
        await reader.readexactly(100)
        await until(lambda: port._visitors == {})
        with suppress(ConnectionError):
            assert len(await reader.read()) < len(BIG)
        writer.close()


async def test_who_shakes_hands_and_no_more_is_turned_away_too(tmp_path: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate = make_certificate(tmp_path)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with (
        listening(Patience(strangers=3), ssl_context=context) as port,
        silent(port.port, 6) as readers,
        aiohttp.ClientSession() as session,
    ):
        assert [await asyncio.wait_for(reader.read(), PATIENT_SECONDS) for reader in readers[:3]] == [b""] * 3
        assert await answer_of(port.port, b"no handshake at all") == b""
        async with session.get(f"https://{port.address}/", ssl=trusting) as answer:
            assert await answer.text() == "hello"


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"GE\0T / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    ],
    ids=range(4),
)
async def test_a_request_that_makes_no_sense_prints_nothing(
    request_line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with listening() as port:
        assert (await answer_of(port.port, request_line)).startswith(b"HTTP/1.0 400 ")
        assert b"hello" in await answer_of(port.port)
    assert [record.levelname for record in caplog.records if record.levelno > logging.INFO] == []


async def test_a_bug_of_ours_is_still_told(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as port:
        assert b" 500 " in await answer_of(port.port, REQUEST.replace(b"GET /", b"GET /broken"))
    assert "a bug of ours" in caplog.text


@pytest.mark.parametrize("is_secure", [False, True])
async def test_a_connection_that_is_handed_over_is_its_successor_s_alone(is_secure: bool, tmp_path: Path) -> None:
    context, trusting = None, None
    if is_secure:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate := make_certificate(tmp_path))
        trusting = ssl.create_default_context(cafile=str(certificate))
    echo = Echo()
    app = web.Application()

    async def switch(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=101, headers={"Upgrade": "websocket", "Connection": "Upgrade"})
        await answer.prepare(request)
        port.hand_over(request, echo)
        return answer

    app.router.add_get("/", switch)
    port = Listener(app, "127.0.0.1", 0, patience=Patience(strangers=1), ssl_context=context)
    await port.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", port.port, ssl=trusting)
    async with asyncio.timeout(PATIENT_SECONDS):
        writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nearly"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        assert await reader.readexactly(5) == b"early"
        assert port._visitors == {}
        # Who is handed over is no stranger, whom others would crowd out, and not the port's to close.
        async with silent(port.port, 2) as readers:
            assert await readers[0].read() == b""
        await port.aclose()
        writer.write(b"late")
        assert await reader.readexactly(4) == b"late"
        assert echo.told == ["made"]
        writer.close()
        await echo.lost.wait()
    assert echo.told == ["made", "lost"]


async def test_connections_that_are_gone_are_forgotten_and_a_closed_port_takes_none() -> None:
    async with listening() as port:
        async with silent(port.port, 5):
            await until(lambda: len(port._visitors) == 5)
        await until(lambda: port._visitors == {})
        await port.aclose()
        with pytest.raises(OSError, match="Connect call failed"):
            await answer_of(port.port)


async def test_a_port_that_runs_out_of_descriptors_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as port:
        loop = asyncio.get_running_loop()
        accept: Callable[[socket.socket], Awaitable[tuple[socket.socket, str]]] = loop.sock_accept
        failures = iter([OSError(24, "too many open files")])

        async def scarce(listening: socket.socket) -> tuple[socket.socket, str]:
            accepted = await accept(listening)
            for error in failures:
                accepted[0].close()
                raise error
            return accepted

        loop.sock_accept = scarce  # type: ignore[method-assign, assignment]
        try:
            with suppress(ConnectionError):
                await answer_of(port.port)
            with suppress(ConnectionError):
                await answer_of(port.port)
            assert b"hello" in await answer_of(port.port)
        finally:
            del loop.sock_accept
    assert "too many open files" in caplog.text


async def test_a_port_in_use_is_a_clear_error() -> None:
    async with listening() as port:
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port.port}"):
            await Listener(web.Application(), "127.0.0.1", port.port, patience=Patience()).open()
        with pytest.raises(ConfigError, match="cannot listen on"):
            await Listener(web.Application(), "127.0.0.1", 70_000, patience=Patience()).open()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:7:2::1", "2001:db8:0:7::/64"),
        ("a.test", "a.test"),
    ],
)
def test_strangers_are_told_apart_by_network(address: str, network: str) -> None:
    assert network_of(address) == network
