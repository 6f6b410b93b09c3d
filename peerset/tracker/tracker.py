"""Our own tracker: a websocket server that introduces the members of swarms to each other, and a relay of topics."""

import asyncio
import json
import logging
import random
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Final

from aiohttp import WSCloseCode, web

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.listener import Listener, Patience
from peerset.signaling.json_text import decode_object
from peerset.tracker import relay_wire
from peerset.tracker.connection import TOO_MANY, Connections, TrackerConnection
from peerset.tracker.frames import farewell_of
from peerset.tracker.handshake import agree
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.origin import Origin, Proxies, origin_of
from peerset.tracker.scrape import encode_refusal, encode_sizes, read_query
from peerset.tracker.swarm import Source
from peerset.tracker.swarms import Delivery, Swarms
from peerset.tracker.topics import Topics
from peerset.tracker.wire import Announced, Answered, ClientMessage, Scraped, decode, encode_failure, subject_of

EXPIRE_INTERVAL_SECONDS: Final = 60.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrackerStatistics:
    """What a tracker has done so far and how full it is."""

    uptime_seconds: int
    connections: int
    connections_total: int
    connections_refused: int
    swarms: int
    members: int
    announces: int
    offers: int
    """Offers passed on."""
    offers_limited: int
    """Offers not passed on, because their member or its address made too many."""
    answers: int
    """Answers passed on."""
    scrapes: int
    topics: int
    listeners: int
    """Clients on topics, each counted for each of its topics."""
    published: int
    relayed: int
    """Messages passed on, each counted for each who got it."""
    relayed_limited: int
    """Messages not passed on to somebody, because their sender's address sends too much."""
    failures: int
    """Messages refused."""
    dropped: int
    """Messages not passed on, because the receiver did not read."""


class Tracker:
    """Serves websockets on every path of *host*:*port*, and ``/scrape``, ``/stats`` and ``/health`` over HTTP.

    Without *interval_seconds*, the members of small swarms announce themselves more often than those of large ones.
    Port 0 takes a free one; see `port`. Where clients of the reverse proxies *proxies* are, ``X-Forwarded-For`` tells.

    Raises:
        ConfigError: one of *proxies* is neither an address nor a network.

    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        ssl_context: ssl.SSLContext | None = None,
        interval_seconds: int | None = None,
        limits: TrackerLimits | None = None,
        proxies: Sequence[str] = (),
        rng: random.Random,
    ) -> None:
        self._limits = limits = limits or TrackerLimits()
        self._proxies = Proxies(proxies)
        self._has_warned = False
        self._swarms = Swarms(limits, interval_seconds=interval_seconds, rng=rng)
        self._topics = Topics(limits, rng=rng)
        self._connections = Connections(self._limits)
        patience = Patience(self._limits.strangers, self._limits.handshake_seconds)
        self._listener = Listener(self._make_app(), host, port, patience=patience, ssl_context=ssl_context)
        self._expiry: asyncio.TimerHandle | None = None
        self._opened_at = Monotonic(0.0)
        self._failures = 0
        self._dropped = 0

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._listener.port

    @property
    def url(self) -> str:
        """The address for clients on this machine."""
        return f"{'wss' if self._listener.is_secure else 'ws'}://{self._listener.address}"

    @property
    def statistics(self) -> TrackerStatistics:
        """What the tracker has done so far."""
        return TrackerStatistics(
            uptime_seconds=int(_now() - self._opened_at),
            connections=len(self._connections),
            connections_total=self._connections.total,
            connections_refused=self._connections.refused,
            swarms=len(self._swarms),
            members=self._swarms.members,
            **asdict(self._swarms.counts),
            topics=len(self._topics),
            listeners=self._topics.listeners,
            **asdict(self._topics.counts),
            failures=self._failures,
            dropped=self._dropped,
        )

    async def open(self) -> None:
        """Start listening.

        Raises:
            ConfigError: the address cannot be listened on.

        """
        await self._listener.open()
        self._opened_at = _now()
        self._expire()
        logger.info("tracker listens on %s", self.url)

    async def aclose(self) -> None:
        """Close every connection and stop listening, within 3 seconds; may be called twice."""
        if self._expiry is None:
            return
        self._expiry.cancel()
        self._expiry = None
        self._listener.close()
        await self._connections.aclose()
        await self._listener.aclose()
        logger.info("tracker on %s is closed", self.url)

    def _make_app(self) -> web.Application:
        app = web.Application(client_max_size=self._limits.message_bytes)
        app.add_routes(
            [
                web.get("/stats", self._tell_statistics),
                web.get("/health", self._tell_health),
                web.get("/scrape", self._scrape),
                web.get("/{path:.*}", self._serve),
            ]
        )
        return app

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        response = agree(request)
        self._warn_of_proxy(request)
        try:
            connection = self._connections.admit(self._origin_of(request), self)
        except SignalingError as error:
            return await self._turn_away(request, response, str(error))
        try:
            await response.prepare(request)
            self._listener.hand_over(request, connection)
        except ConnectionError:
            logger.debug("client %d was gone before it was answered", connection.source.connection)
        finally:
            if not connection.is_open:
                self.forget(connection)
        return response

    async def _turn_away(self, request: web.Request, response: web.StreamResponse, reason: str) -> web.StreamResponse:
        """Tell a client why there is no place for it: what HTTP would say, a page could not read."""
        with suppress(ConnectionError):
            await response.prepare(request)
        if request.transport is not None:
            request.transport.write(farewell_of(encode_failure(reason), WSCloseCode.TRY_AGAIN_LATER))
            request.transport.close()
        return response

    def _origin_of(self, request: web.Request) -> Origin:
        return origin_of(self._proxies.address_of(request.remote, request.headers))

    def _warn_of_proxy(self, request: web.Request) -> None:
        if not self._has_warned and self._proxies.overlooks(request.remote, request.headers):
            self._has_warned = True
            logger.warning(
                "%s speaks for clients elsewhere, as proxies do: name it by --proxy, or all count as one address",
                request.remote,
            )

    def hear(self, connection: TrackerConnection, text: str, now: Monotonic) -> None:
        """Take that the client of *connection* says *text*."""
        if not connection.is_within_pace(now):
            self._failures += 1
            connection.mailbox.put(encode_failure(TOO_MANY, subject_of(text)))
            return
        fields: dict[str, object] = {}
        try:
            fields = decode_object(text)
            self._deliver(self._act(connection, fields, text, now))
        except SignalingError as error:
            self._failures += 1
            connection.mailbox.put(encode_failure(str(error), fields))
            connection.forgive(now)

    def forget(self, connection: TrackerConnection) -> None:
        """Take that the client of *connection* is gone."""
        self._swarms.leave(connection.source.connection)
        self._topics.leave(connection.source.connection)
        self._connections.remove(connection)
        self._dropped += connection.mailbox.dropped

    def _act(
        self, connection: TrackerConnection, fields: dict[str, object], text: str, now: Monotonic
    ) -> list[Delivery]:
        """Do what a client says; it uses us as a tracker or as a relay, and may do both."""
        if "type" in fields and "action" not in fields:
            deliveries = self._topics.take(connection.source, relay_wire.decode(fields), now)
            connection.is_listener = self._topics.has(connection.source.connection)
            return deliveries
        return self._track(connection.source, decode(fields, text), now)

    def _track(self, source: Source, said: ClientMessage, now: Monotonic) -> list[Delivery]:
        match said:
            case Announced():
                return self._swarms.announce(source, said, now)
            case Answered():
                return self._swarms.answer(source, said, now)
            case Scraped():
                return self._swarms.scrape(source, said)

    def _deliver(self, deliveries: Iterable[Delivery]) -> None:
        connected = self._connections.get
        for receiver, text in deliveries:
            connection = connected(receiver)
            if connection is not None:
                connection.mailbox.put(text)

    async def _scrape(self, request: web.Request) -> web.StreamResponse:
        """Tell how large swarms are over HTTP; websockets are welcome on this path as on any."""
        if "Upgrade" in request.headers:
            return await self._serve(request)
        try:
            self._connections.check_pace(self._origin_of(request), _now())
            sizes = self._swarms.sizes(read_query(request.raw_path.partition("?")[2]))
        except SignalingError as error:
            self._failures += 1
            return web.Response(body=encode_refusal(str(error)), content_type="text/plain")
        body = encode_sizes(sizes, interval_seconds=self._swarms.scrape_interval_seconds)
        return web.Response(body=body, content_type="text/plain")

    async def _tell_health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _tell_statistics(self, _request: web.Request) -> web.Response:
        return web.json_response(asdict(self.statistics), dumps=lambda value: json.dumps(value, indent=1) + "\n")

    def _expire(self) -> None:
        self._swarms.expire(_now())
        self._expiry = asyncio.get_running_loop().call_later(EXPIRE_INTERVAL_SECONDS, self._expire)


@asynccontextmanager
async def serve_tracker(
    host: str,
    port: int,
    *,
    ssl_context: ssl.SSLContext | None = None,
    interval_seconds: int | None = None,
    limits: TrackerLimits | None = None,
    proxies: Sequence[str] = (),
    rng: random.Random,
) -> AsyncIterator[Tracker]:
    """Run a `Tracker` for the length of the block.

    Raises:
        ConfigError: the address cannot be listened on, or one of *proxies* is none.

    """
    tracker = Tracker(
        host,
        port,
        ssl_context=ssl_context,
        interval_seconds=interval_seconds,
        limits=limits,
        proxies=proxies,
        rng=rng,
    )
    await tracker.open()
    try:
        yield tracker
    finally:
        await tracker.aclose()


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
