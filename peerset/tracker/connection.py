"""One client of our tracker: its place, its pace and what waits to be sent to it."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.census import Census
from peerset.tracker.heartbeat import Doings, Heartbeat
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.mailbox import Mailbox, Postman
from peerset.tracker.origin import Origin
from peerset.tracker.quotas import Quota, Quotas
from peerset.tracker.swarm import ConnectionId, Source

CLOSE_TIMEOUT_SECONDS: Final = 1.0
FAULTS_PER_SECOND: Final = 0.2
FAULTS_BURST_MAX: Final = 10
"""So many messages that make no sense, and the connection is closed."""


class TrackerConnection:
    """A client's websocket as the tracker sees it."""

    def __init__(self, source: Source, quota: Quota, postman: Postman, limits: TrackerLimits) -> None:
        self.source = source
        self.mailbox = Mailbox(postman, messages_max=limits.outbox_messages, bytes_max=limits.outbox_bytes)
        self.socket = make_socket(limits)
        doings = Doings(self.mailbox.ping, self._part_later, self.turn_away)
        self._heartbeat = Heartbeat(doings, seconds=limits.heartbeat_seconds, idle_seconds=limits.idle_seconds)
        self._pace = Allowance(limits.messages_per_second, limits.messages_burst)
        self._free = Allowance(limits.messages_free_per_second, limits.messages_free_burst)
        self._quota = quota
        self._faults = Allowance(FAULTS_PER_SECOND, FAULTS_BURST_MAX)
        self._transport: asyncio.Transport | None = None
        self._parting: asyncio.Task[None] | None = None

    @property
    def heard(self) -> Monotonic:
        """When the client last said something."""
        return self._heartbeat.heard

    async def open(self, request: web.Request) -> None:
        """Shake hands by *request*; what is put into the mailbox leaves from now on."""
        self._transport = request.transport
        await self.socket.prepare(request)
        if self._transport is not None:
            protocol = request.protocol
            self.mailbox.open(self._transport, lambda: protocol.writing_paused)
        self._heartbeat.start(_now())

    def take(self, message: WSMessage) -> str | None:
        """Give the text in *message*, or None for a sign of life.

        Raises:
            SignalingError: the client sends too fast.

        """
        now = _now()
        if not self._pace.spend(1, now):
            raise SignalingError("too many messages in a short time")
        if message.type in (WSMsgType.PING, WSMsgType.PONG):
            self._heartbeat.feel(now)
            if message.type is WSMsgType.PING:
                self.mailbox.pong(message.data)
            return None
        self._heartbeat.hear(now)
        data: str | bytes = message.data
        # Some clients send their JSON in binary messages; what is no UTF-8 then fails as JSON.
        return data if isinstance(data, str) else data.decode(errors="replace")

    async def close(self, code: WSCloseCode = WSCloseCode.OK) -> None:
        """Send what waits and say goodbye, within a second; may be called twice."""
        self.mailbox.close()
        self._heartbeat.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                await self.socket.close(code=code)

    def turn_away(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def is_within_pace(self, now: Monotonic) -> bool:
        """Tell whether one more message may be heard: among those of its own, or of what its address has beyond."""
        return self._free.spend(1, now) or self._quota.spend(1, now)

    def forgive(self, now: Monotonic) -> bool:
        """Tell whether the client may go on after one more message that made no sense."""
        return self._faults.spend(1, now)

    def _part_later(self) -> None:
        self._parting = asyncio.get_running_loop().create_task(self._part(), name="tracker idle")

    async def _part(self) -> None:
        await self.close()
        self.turn_away()


class Connections:
    """Who is connected, within limits."""

    def __init__(self, limits: TrackerLimits) -> None:
        self.total = 0
        self.refused = 0
        self._limits = limits
        self._messages = Quotas(limits.messages_per_second_and_address, limits.messages_burst_and_address)
        self._postman = Postman()
        self._numbers = itertools.count(1)
        self._connected: dict[ConnectionId, TrackerConnection] = {}
        self._census: Census[TrackerConnection] = Census(
            "connections", total_max=limits.connections, per_address_max=limits.connections_per_address
        )

    def __len__(self) -> int:
        """Give the number of connections."""
        return len(self._connected)

    def __iter__(self) -> Iterator[TrackerConnection]:
        """Iterate the connections, oldest first."""
        return iter([*self._connected.values()])

    def get(self, connection: ConnectionId) -> TrackerConnection | None:
        """Give *connection* unless it is gone."""
        return self._connected.get(connection)

    def admit(self, origin: Origin) -> TrackerConnection:
        """Make a place for a client from *origin*; somebody of the most crowded network may have to go for it.

        Raises:
            SignalingError: there is none.

        """
        try:
            leaving = self._census.make_room(origin)
        except SignalingError:
            self.refused += 1
            raise
        if leaving is not None:
            self.remove(leaving)
            leaving.turn_away()
        self.total += 1
        source = Source(ConnectionId(next(self._numbers)), origin)
        connection = self._connected[source.connection] = TrackerConnection(
            source, self._messages.of(origin), self._postman, self._limits
        )
        self._census.add(connection, origin)
        return connection

    def remove(self, connection: TrackerConnection) -> None:
        """Free the place of *connection*, if it still has one."""
        self._connected.pop(connection.source.connection, None)
        self._census.remove(connection)


def make_socket(limits: TrackerLimits) -> web.WebSocketResponse:
    """Make the websocket for one client."""
    # Its own heartbeat would set a timer back for every message.
    return web.WebSocketResponse(timeout=0.5, autoping=False, max_msg_size=limits.message_bytes, compress=False)


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
