"""One client of our tracker: its place, its pace and what waits to be sent to it."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import web

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.listener import network_of
from peerset.signaling.outbox import Outbox
from peerset.tracker.swarm import ConnectionId, Source

FAULTS_PER_SECOND: Final = 0.2
FAULTS_BURST_MAX: Final = 10
"""So many messages that make no sense, and the connection is closed."""


@dataclass(frozen=True, slots=True)
class TrackerLimits:
    """What one tracker gives to its clients; with these, at most about a gigabyte under the worst attack."""

    connections: int = 4_096
    connections_per_address: int = 256
    """Of one IPv4 address or one IPv6 /64 network."""
    swarms: int = 16_384
    members_per_swarm: int = 4_096
    swarms_per_connection: int = 64
    message_bytes: int = 131_072
    messages_per_second: float = 20.0
    messages_burst: int = 200
    outbox_messages: int = 128
    outbox_bytes: int = 262_144
    strangers: int = 512
    """Connections without a request at a time."""
    handshake_seconds: float = 10.0
    """From the opening of a connection to its request."""
    idle_seconds: float = 300.0
    """Between two messages of a client; Trystero announces every 120 s at the slowest."""
    heartbeat_seconds: float = 30.0


class TrackerConnection:
    """A client's websocket as the tracker sees it."""

    def __init__(self, source: Source, limits: TrackerLimits) -> None:
        self.source = source
        self.outbox = Outbox(limits.outbox_messages, limits.outbox_bytes)
        self.socket = web.WebSocketResponse(
            timeout=0.5, heartbeat=limits.heartbeat_seconds, max_msg_size=limits.message_bytes, compress=False
        )
        self.transport: asyncio.Transport | None = None
        self._idle_seconds = limits.idle_seconds
        self._pace = Allowance(limits.messages_per_second, limits.messages_burst)
        self._faults = Allowance(FAULTS_PER_SECOND, FAULTS_BURST_MAX)

    async def receive(self, clock: asyncio.AbstractEventLoop) -> str | None:
        """Give the next text; None once the client is gone or silent for too long.

        Raises:
            SignalingError: the client sends too fast.

        """
        try:
            message = await self.socket.receive(timeout=self._idle_seconds)
        except TimeoutError:
            return None
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            return None
        if not self._pace.spend(1, Monotonic(clock.time())):
            raise SignalingError("too many messages in a short time")
        data: str | bytes = message.data
        # Some clients send their JSON in binary messages; what is no UTF-8 then fails as JSON.
        return data if isinstance(data, str) else data.decode(errors="replace")

    def turn_away(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self.transport.abort()

    def forgive(self, now: Monotonic) -> bool:
        """Tell whether the client may go on after one more message that made no sense."""
        return self._faults.spend(1, now)


class Connections:
    """Who is connected, within limits."""

    def __init__(self, limits: TrackerLimits) -> None:
        self.total = 0
        self.refused = 0
        self._limits = limits
        self._numbers = itertools.count(1)
        self._connected: dict[ConnectionId, TrackerConnection] = {}
        self._by_network: Counter[str] = Counter()

    def __len__(self) -> int:
        """Give the number of connections."""
        return len(self._connected)

    def __iter__(self) -> Iterator[TrackerConnection]:
        """Iterate the connections, oldest first."""
        return iter(list(self._connected.values()))

    def get(self, connection: ConnectionId) -> TrackerConnection | None:
        """Give *connection* unless it is gone."""
        return self._connected.get(connection)

    def admit(self, address: str) -> TrackerConnection | None:
        """Make a place for a client from *address*; None when there is none.

        When all are taken, the newest client of the most crowded network makes room for one from elsewhere.
        """
        network = network_of(address)
        if self._by_network[network] >= self._limits.connections_per_address or not self._make_room(network):
            self.refused += 1
            return None
        self.total += 1
        self._by_network[network] += 1
        source = Source(ConnectionId(next(self._numbers)), address)
        connection = TrackerConnection(source, self._limits)
        self._connected[source.connection] = connection
        return connection

    def _make_room(self, network: str) -> bool:
        """Say whether there is a place for one more of *network*, after turning somebody away if need be."""
        if len(self._connected) < self._limits.connections:
            return True
        [(crowd, count)] = self._by_network.most_common(1) or [("", 0)]
        if count <= self._by_network[network] + 1:
            return False
        newest = next(each for each in reversed(self._connected.values()) if network_of(each.source.address) == crowd)
        self.remove(newest)
        newest.turn_away()
        return True

    def remove(self, connection: TrackerConnection) -> None:
        """Free the place of *connection*, if it still has one."""
        if self._connected.pop(connection.source.connection, None) is None:
            return
        network = network_of(connection.source.address)
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]


def address_of(peer_address: str | None, headers: Mapping[str, str], *, is_proxied: bool) -> str:
    """Give the client's address; behind a reverse proxy, the one that the proxy appended."""
    forwarded = headers.get("X-Forwarded-For", "") if is_proxied else ""
    return forwarded.rpartition(",")[2].strip() or peer_address or ""
