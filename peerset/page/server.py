"""Serves a page over HTTP: a few files, from memory, with strict headers."""

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from peerset.listener import Listener, Patience
from peerset.page.files import PageFile
from peerset.page.page import Page

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
        self._files = page.files
        self._headers = {**HEADERS, "Content-Security-Policy": page.policy}
        app = web.Application(client_max_size=REQUEST_BYTES_MAX)
        app.router.add_get("/{name:.*}", self._serve)
        app.on_response_prepare.append(self._add_headers)
        self._listener = Listener(app, host, port, patience=Patience(), ssl_context=ssl_context)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._listener.port

    @property
    def url(self) -> str:
        """The address for browsers on this machine."""
        return f"{'https' if self._listener.is_secure else 'http'}://{self._listener.address}/"

    async def open(self) -> None:
        """Start listening.

        Raises:
            ConfigError: the address cannot be listened on.

        """
        await self._listener.open()
        logger.info("the page is served at %s", self.url)

    async def aclose(self) -> None:
        """Stop listening and close every connection, within 2 seconds; may be called twice."""
        await self._listener.aclose()

    async def _serve(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"] or "index.html")
        if file is None:
            raise web.HTTPNotFound(text="there is no such file\n")
        return respond(request, file)

    async def _add_headers(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(self._headers)


def respond(request: web.Request, file: PageFile) -> web.Response:
    """Give *file* to who asks for it by *request*, unless it is there already."""
    headers = {"ETag": file.tag, "Content-Type": file.content_type}
    if request.headers.get("If-None-Match") == file.tag:
        return web.Response(status=web.HTTPNotModified.status_code, headers=headers)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=file.body, headers=headers)
    return web.Response(body=file.gzipped, headers={**headers, "Content-Encoding": "gzip"})


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
