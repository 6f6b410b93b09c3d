"""Serves a page over HTTP: a few files, from memory, with strict headers."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from peerset.errors import ConfigError
from peerset.page.page import Page

CONNECTIONS_MAX: Final = 512
REQUEST_TIMEOUT_SECONDS: Final = 10.0
KEEPALIVE_SECONDS: Final = 10.0
CLOSE_TIMEOUT_SECONDS: Final = 1.0
REQUEST_BYTES_MAX: Final = 1_024

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Server": "peerset",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}

logger = logging.getLogger(__name__)


class PageServer:
    """Serves *page* on *host*:*port*, its ``index.html`` as ``/``; port 0 takes a free one.

    What is not among the files does not exist: no path of a request is ever looked up on the disk.
    """

    def __init__(self, page: Page, host: str, port: int, *, ssl_context: ssl.SSLContext | None = None) -> None:
        self.host = host
        self.port = port
        self._files = page.files
        self._headers = {**HEADERS, "Content-Security-Policy": page.policy}
        self._ssl_context = ssl_context
        self._strangers: set[asyncio.BaseProtocol] = set()
        """Connections that have not made a request yet."""
        self._runner = self._make_runner()
        self._listening: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The address for browsers on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104  (compared, not bound)
        return f"{'https' if self._ssl_context else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}/"

    async def open(self) -> None:
        """Start listening.

        Raises:
            ConfigError: the address cannot be listened on.

        """
        await self._runner.setup()
        try:
            self._listening = await asyncio.get_running_loop().create_server(
                self._accept, self.host, self.port, ssl=self._ssl_context
            )
        except (OSError, OverflowError) as error:
            await self._runner.cleanup()
            raise ConfigError(f"cannot listen on {self.host}:{self.port}: {error}") from error
        self.port = self._listening.sockets[0].getsockname()[1]
        logger.info("the page is served at %s", self.url)

    async def aclose(self) -> None:
        """Stop listening and close every connection, within 2 seconds; may be called twice."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
            await self._runner.cleanup()

    def _make_runner(self) -> web.AppRunner:
        app = web.Application(client_max_size=REQUEST_BYTES_MAX)
        app.router.add_get("/{name:.*}", self._serve)
        app.on_response_prepare.append(self._add_headers)
        return web.AppRunner(
            app, access_log=None, shutdown_timeout=CLOSE_TIMEOUT_SECONDS, keepalive_timeout=KEEPALIVE_SECONDS
        )

    def _accept(self) -> asyncio.Protocol:
        """Make the protocol of one connection, which must make its request in time."""
        server = self._runner.server
        if server is None:
            raise ConfigError("the page's server is closed")
        protocol = server()
        self._strangers.add(protocol)
        is_crowded = len(server.connections) >= CONNECTIONS_MAX or len(self._strangers) > CONNECTIONS_MAX
        patience_seconds = 0.0 if is_crowded else REQUEST_TIMEOUT_SECONDS
        asyncio.get_running_loop().call_later(patience_seconds, self._turn_away, protocol)
        return protocol

    def _turn_away(self, protocol: web.RequestHandler) -> None:
        if protocol in self._strangers:
            self._strangers.discard(protocol)
            protocol.force_close()

    async def _serve(self, request: web.Request) -> web.Response:
        self._strangers.discard(request.protocol)
        file = self._files.get(request.match_info["name"] or "index.html")
        if file is None:
            raise web.HTTPNotFound(text="there is no such file\n")
        headers = {"ETag": file.tag, "Content-Type": file.content_type}
        if request.headers.get("If-None-Match") == file.tag:
            return web.Response(status=web.HTTPNotModified.status_code, headers=headers)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=file.body, headers=headers)
        return web.Response(body=file.gzipped, headers={**headers, "Content-Encoding": "gzip"})

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        self._strangers.discard(request.protocol)
        response.headers.update(self._headers)


@asynccontextmanager
async def serve_page(
    page: Page, host: str, port: int, *, ssl_context: ssl.SSLContext | None = None
) -> AsyncIterator[PageServer]:
    """Run a `PageServer` for the length of the block.

    Raises:
        ConfigError: the address cannot be listened on.

    """
    server = PageServer(page, host, port, ssl_context=ssl_context)
    await server.open()
    try:
        yield server
    finally:
        await server.aclose()
