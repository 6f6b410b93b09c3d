"""The page's server on loopback, asked politely and otherwise."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest

from peerset.errors import ConfigError
from peerset.page.files import PageFile
from peerset.page.page import Page
from peerset.page.server import PageServer, serve_page

pytestmark = pytest.mark.real_time

POLICY = "default-src 'none'"
BODY = b"<!doctype html>"
FILES = {
    "index.html": PageFile("text/html; charset=utf-8", BODY, gzip.compress(BODY), '"one"'),
    "a.wasm": PageFile("application/wasm", b"\0asm", gzip.compress(b"\0asm"), '"two"'),
}
PAGE = Page(FILES, POLICY)


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[PageServer, aiohttp.ClientSession]]:
    async with (
        serve_page(PAGE, "127.0.0.1", 0) as running,
        aiohttp.ClientSession(auto_decompress=False) as session,
    ):
        yield running, session


async def ask(running: PageServer, request: bytes) -> bytes:
    """Send *request* as it is, and give everything that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    answer = b""
    with suppress(ConnectionError):
        writer.write(request)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    return answer


async def test_the_page_is_given_with_strict_headers() -> None:
    async with serving() as (running, session), session.get(running.url) as answer:
        assert answer.status == 200
        assert await answer.read() == FILES["index.html"].gzipped
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Server"] == "peerset"


async def test_a_client_without_gzip_gets_the_file_as_it_is() -> None:
    identity = {"Accept-Encoding": "identity"}
    async with serving() as (running, session), session.get(running.url + "a.wasm", headers=identity) as answer:
        assert await answer.read() == b"\0asm"
        assert "Content-Encoding" not in answer.headers
        assert answer.headers["Content-Type"] == "application/wasm"


async def test_what_a_client_has_already_is_not_sent_again() -> None:
    async with serving() as (running, session):
        async with session.get(running.url, headers={"If-None-Match": '"one"'}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
        async with session.get(running.url, headers={"If-None-Match": '"two"'}) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static",
        "/static/",
        "/..",
        "/../server.py",
        "/%2e%2e/server.py",
        "/..%2fserver.py",
        "/server.py",
        "//a.wasm",
        "/../../etc/passwd",
    ],
)
async def test_nothing_but_the_page_s_files_exists(path: str) -> None:
    async with serving() as (running, _):
        answer = await ask(running, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert f"Content-Security-Policy: {POLICY}".encode() in head
    assert body == b"there is no such file\n"


async def test_a_page_takes_no_other_requests() -> None:
    async with serving() as (running, session), session.post(running.url, data=b"x") as answer:
        assert answer.status == 405
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_address_in_use_is_refused() -> None:
    async with serving() as (running, _):
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{running.port}"):
            async with serve_page(PAGE, "127.0.0.1", running.port):
                pass


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("page.test", "page.test")])
async def test_the_address_is_one_that_a_browser_here_can_open(host: str, shown: str) -> None:
    assert PageServer(PAGE, host, 8080).url == f"http://{shown}:8080/"


async def test_a_closed_server_may_be_closed_again() -> None:
    async with serve_page(PAGE, "127.0.0.1", 0) as running:
        await running.aclose()
