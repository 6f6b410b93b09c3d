"""A port of ours, and what guards it: strangers that are slow or silent take no place from others.

A connection is a *stranger* from its opening to the end of its first request, and again between two requests. There is
room for so many strangers; one more, and the one that has waited longest goes, of the network that has most of them.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from aiohttp.http import HttpProcessingError

from peerset.core.network import network_around, read_address
from peerset.errors import ConfigError

KEEPALIVE_SECONDS: Final = 10.0
CLOSE_TIMEOUT_SECONDS: Final = 1.0
RESPONSE_SECONDS_MAX: Final = 60.0
"""From a request to the next one; so long may a slow reader take for what it asked for."""
BACKLOG: Final = 128
ACCEPT_PAUSE_SECONDS: Final = 0.1
"""After a connection could not be taken, as when there are no more file descriptors."""

logger = logging.getLogger(__name__)
requests_logger = logging.getLogger(f"{__name__}.requests")
"""What aiohttp says of requests."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Patience:
    """What a port gives to strangers."""

    strangers: int = 512
    """So many connections without a request at a time."""
    request_seconds: float = 10.0
    """From the opening of a connection to its request."""


class Listener:
    """Serves *app* on *host*:*port*; port 0 takes a free one, see `port`."""

    def __init__(
        self,
        app: web.Application,
        host: str,
        port: int,
        *,
        patience: Patience,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.is_secure = ssl_context is not None
        self._patience = patience
        self._ssl_context = ssl_context
        self._strangers = _Strangers(patience.strangers)
        self._visitors: dict[asyncio.BaseProtocol, _Visitor] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: list[socket.socket] = []
        self._listening: list[asyncio.Task[None]] = []
        app.middlewares.append(self._attend)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=requests_logger,
            shutdown_timeout=CLOSE_TIMEOUT_SECONDS,
            keepalive_timeout=KEEPALIVE_SECONDS,
        )

    @property
    def address(self) -> str:
        """Host and port as clients on this machine write them in a URL."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104  (compared, not bound)
        return f"{f'[{host}]' if ':' in host else host}:{self.port}"

    async def open(self) -> None:
        """Start listening.

        Raises:
            ConfigError: the address cannot be listened on.

        """
        await self._runner.setup()
        try:
            self._sockets = await _bind(self.host, self.port)
        except (OSError, OverflowError, UnicodeError) as error:  # the last: no name of a host at all
            await self._runner.cleanup()
            raise ConfigError(f"cannot listen on {self.host}:{self.port}: {error}") from error
        self.port = self._sockets[0].getsockname()[1]
        self._listening = [self._spawn(self._accept_all(listening)) for listening in self._sockets]

    def close(self) -> None:
        """Take no more connections."""
        for listening in self._listening:
            listening.cancel()
        self._listening = []

    async def aclose(self) -> None:
        """Stop listening and close every connection, within a few seconds; may be called twice."""
        for task in [*self._tasks]:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for listening in self._sockets:
            listening.close()
        self._sockets = []
        await self._runner.cleanup()

    def hand_over(self, request: web.Request, successor: asyncio.Protocol) -> None:
        """Give the connection of *request*, which has been answered, to *successor*, unless it is lost.

        It is told of the connection as by an event loop, and then of what came after the request. From now on it is
        no connection of ours: whoever has it closes it.
        """
        handler, transport = request.protocol, request.transport
        visitor = self._visitors.pop(handler, None)
        if visitor is None or transport is None:
            return
        self._strangers.remove(visitor)
        transport.set_protocol(successor)
        successor.connection_made(transport)
        handler.set_parser(_Rest(successor))  # type: ignore[arg-type]  # it has what aiohttp asks of a parser
        # Without a transport, which it would close, aiohttp lets go of all that it keeps for a connection.
        handler.transport = None
        handler.connection_lost(None)

    # Connections.

    async def _accept_all(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, address = await loop.sock_accept(listening)
            except OSError as error:
                logger.warning("a connection to port %d could not be taken: %s", self.port, error)
                self._strangers.turn_away_one()
                await asyncio.sleep(ACCEPT_PAUSE_SECONDS)
            else:
                self._admit(accepted, str(address[0]))
                # Connections that come without a pause leave the others their turn.
                await asyncio.sleep(0)

    def _admit(self, accepted: socket.socket, address: str) -> None:
        server = self._runner.server
        if server is None:
            accepted.close()
            return
        visitor = _Visitor(server(), network_of(address), self._forget)
        self._visitors[visitor.handler] = visitor
        visitor.opening = self._spawn(self._connect(accepted, visitor))
        visitor.opening.add_done_callback(lambda _: self._drop_unless_open(accepted, visitor))
        self._strangers.add(visitor, self._patience.request_seconds)

    async def _connect(self, accepted: socket.socket, visitor: "_Visitor") -> None:
        """Let a visitor in; one that is turned away during the handshake of TLS is cancelled here."""
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: visitor,
                accepted,
                ssl=self._ssl_context,
                ssl_handshake_timeout=self._patience.request_seconds if self._ssl_context else None,
            )
        except OSError as error:
            logger.debug("a connection from %s did not come about: %s", visitor.network, error)

    def _drop_unless_open(self, accepted: socket.socket, visitor: "_Visitor") -> None:
        if visitor.transport is None:
            accepted.close()
            self._forget(visitor)

    def _forget(self, visitor: "_Visitor") -> None:
        self._strangers.remove(visitor)
        self._visitors.pop(visitor.handler, None)

    @web.middleware
    async def _attend(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Serve one request; while that takes, its connection is no stranger."""
        visitor = self._visitors.get(request.protocol)
        if visitor is not None:
            self._strangers.remove(visitor)
        try:
            return await handler(request)
        finally:
            # What is left is to read the response, and perhaps to ask again.
            visitor = self._visitors.get(request.protocol)
            if visitor is not None:
                self._strangers.add(visitor, RESPONSE_SECONDS_MAX)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name="peerset-listener")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Visitor(asyncio.Protocol):
    """One connection, on its way to the *handler* of its requests."""

    def __init__(self, handler: web.RequestHandler, network: str, on_lost: Callable[["_Visitor"], None]) -> None:
        self.handler = handler
        self.network = network
        self.opening: asyncio.Task[None] | None = None
        self.transport: asyncio.BaseTransport | None = None
        self._on_lost = on_lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.handler.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.handler.data_received(data)

    def eof_received(self) -> None:
        self.handler.eof_received()

    def pause_writing(self) -> None:
        self.handler.pause_writing()

    def resume_writing(self) -> None:
        self.handler.resume_writing()

    def connection_lost(self, exc: BaseException | None) -> None:
        self.handler.connection_lost(exc)
        self._on_lost(self)

    def turn_away(self) -> None:
        """End the connection; what is on its way to somebody who does not read is dropped."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        elif self.opening is not None:
            self.opening.cancel()


class _Rest:
    """Takes from aiohttp what it has read of a connection that is handed over."""

    def __init__(self, successor: asyncio.Protocol) -> None:
        self._successor = successor

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self._successor.data_received(data)
        return False, b""

    def feed_eof(self) -> None:
        """Aiohttp is done; the connection is not."""


class _Strangers:
    """Visitors that have yet to ask for something, by network; each goes in time, and when there are too many."""

    def __init__(self, count_max: int) -> None:
        self._count_max = count_max
        self._networks: dict[str, dict[_Visitor, asyncio.TimerHandle]] = {}
        self._count = 0

    def add(self, visitor: _Visitor, seconds: float) -> None:
        """Give *visitor* so many *seconds*."""
        timer = asyncio.get_running_loop().call_later(seconds, self._turn_away, visitor)
        self._networks.setdefault(visitor.network, {})[visitor] = timer
        self._count += 1
        if self._count > self._count_max:
            self.turn_away_one()

    def remove(self, visitor: _Visitor) -> None:
        """Let go of *visitor*, if it is here."""
        neighbours = self._networks.get(visitor.network, {})
        timer = neighbours.pop(visitor, None)
        if timer is not None:
            timer.cancel()
            self._count -= 1
            if not neighbours:
                del self._networks[visitor.network]

    def turn_away_one(self) -> None:
        """Turn away who has been here longest, of the network that has most: a flood makes room for itself."""
        if self._networks:
            crowd = max(self._networks.values(), key=lambda neighbours: len(neighbours))
            self._turn_away(next(iter(crowd)))

    def _turn_away(self, visitor: _Visitor) -> None:
        self.remove(visitor)
        visitor.turn_away()


class _Calm(logging.Filter):
    """Makes no noise of what strangers send: a request that makes no sense is no failure of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


requests_logger.addFilter(_Calm())


def host_of(request: web.Request) -> str:
    """Give the name by which *request* asks for us; empty where it makes no sense."""
    try:
        return request.url.host or ""
    except ValueError:
        return ""


def network_of(address: str) -> str:
    """Give what tells strangers apart: an IPv4 address, or the /64 network of an IPv6 one."""
    parsed = read_address(address)
    if parsed is None:
        return address
    return str(parsed if parsed.version == 4 else network_around(parsed, ipv4_bits=32, ipv6_bits=64))


async def _bind(host: str, port: int) -> list[socket.socket]:
    """Give a listening socket for each address of *host*."""
    binding = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, start_serving=False)
    sockets = [bound.dup() for bound in binding.sockets]
    binding.close()
    try:
        for listening in sockets:
            listening.setblocking(False)
            listening.listen(BACKLOG)
    except OSError:
        for listening in sockets:
            listening.close()
        raise
    return sockets
