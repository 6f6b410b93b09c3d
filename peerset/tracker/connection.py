"""One client of our tracker: its place, its pace, what it sends and what waits to be sent to it."""

import asyncio
import itertools
import logging
from collections.abc import Iterator
from typing import Final, Protocol, cast

from aiohttp import WSCloseCode

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.census import Census
from peerset.tracker.frames import CLOSE, PING, Control, Fault, FrameReader, Heard, code_of, frame_of
from peerset.tracker.heartbeat import Heartbeat
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.mailbox import Mailbox, Postman
from peerset.tracker.origin import Origin
from peerset.tracker.quotas import Quota, Quotas
from peerset.tracker.swarm import ConnectionId, Source

CLOSE_TIMEOUT_SECONDS: Final = 1.0
FAULTS_PER_SECOND: Final = 0.2
FAULTS_BURST_MAX: Final = 10
"""So many messages that make no sense, and the connection is closed."""
TOO_MANY: Final = "too many messages of your address; try again later"

logger = logging.getLogger(__name__)


class Attendant(Protocol):
    """Who attends to clients."""

    def hear(self, connection: "TrackerConnection", text: str, now: Monotonic) -> None:
        """Take that the client says *text*."""

    def forget(self, connection: "TrackerConnection") -> None:
        """Take that the client is gone."""


class TrackerConnection(asyncio.Protocol):
    """A client's websocket as the tracker sees it: no task and no queue of its own, for there are thousands of them."""

    __slots__ = (
        "_attendant",
        "_faults",
        "_frames",
        "_free",
        "_heartbeat",
        "_is_deaf",
        "_pace",
        "_parting",
        "_quota",
        "_transport",
        "is_listener",
        "mailbox",
        "source",
    )

    def __init__(
        self, source: Source, quota: Quota, postman: Postman, limits: TrackerLimits, attendant: Attendant
    ) -> None:
        self.source = source
        self.mailbox = Mailbox(postman, messages_max=limits.outbox_messages, bytes_max=limits.outbox_bytes)
        self._heartbeat = Heartbeat(self, seconds=limits.heartbeat_seconds, idle_seconds=limits.idle_seconds)
        self._frames = FrameReader(bytes_max=limits.message_bytes)
        self._pace = Allowance(limits.messages_per_second, limits.messages_burst)
        self._free = Allowance(limits.messages_free_per_second, limits.messages_free_burst)
        self._quota = quota
        self._faults = Allowance(FAULTS_PER_SECOND, FAULTS_BURST_MAX)
        self._attendant = attendant
        self._transport: asyncio.Transport | None = None
        self._parting: asyncio.TimerHandle | None = None
        """When the client is turned away who was said goodbye to."""
        self._is_deaf = False
        """Whatever comes now means nothing."""
        self.is_listener = False
        """It may listen for as long as it likes, and needs say nothing meanwhile."""

    @property
    def is_open(self) -> bool:
        """Whether the event loop has the connection."""
        return self._transport is not None

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take that the connection is ours from now on."""
        self._transport = cast(asyncio.Transport, transport)
        if self._is_deaf:
            self._transport.abort()
            return
        self.mailbox.open(self._transport)
        self._heartbeat.start(_now())

    def data_received(self, data: bytes) -> None:
        """Read *data*; of what it completes, nothing waits."""
        if self._is_deaf:
            return
        now = _now()
        for heard in self._frames.read(data):
            self._take(heard, now)
            if self._is_deaf:
                return

    def eof_received(self) -> None:
        """Take that the client sends nothing any more: it gets what waits, and the connection ends."""
        self._leave_off()

    def pause_writing(self) -> None:
        """Take that the client is behind with reading."""
        self.mailbox.is_blocked = True

    def resume_writing(self) -> None:
        """Take that the client has caught up."""
        self.mailbox.is_blocked = False
        self.mailbox.flush()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Take that the connection is over."""
        self._is_deaf = True
        self._leave_off()
        if self._parting is not None:
            self._parting.cancel()
        self._transport = None
        self._attendant.forget(self)

    # What the tracker does.

    def ping(self) -> None:
        """Ask whether the client is there."""
        self.mailbox.ping()

    def part(self, code: int = WSCloseCode.OK) -> None:
        """Send what waits and say goodbye; who has not answered it in a second is turned away. May be called twice."""
        if self._parting is None and self._transport is not None:
            self._leave_off()
            if not self._transport.is_closing():
                self._transport.write(frame_of(CLOSE, code.to_bytes(2)))

    def turn_away(self) -> None:
        """End the connection at once, or as soon as it is open."""
        self._is_deaf = True
        if self._transport is not None:
            self._transport.abort()

    def is_within_pace(self, now: Monotonic) -> bool:
        """Tell whether one more message may be heard: among those of its own, or of what its address has beyond."""
        return self._free.spend(1, now) or self._quota.spend(1, now)

    def forgive(self, now: Monotonic) -> None:
        """Let the client go on after one more message that made no sense, but not for ever."""
        if not self._faults.spend(1, now):
            self._refuse(WSCloseCode.POLICY_VIOLATION, "too many messages that make no sense")

    def _take(self, heard: Heard, now: Monotonic) -> None:
        """Take what a frame brings; each counts, also one that is a piece of a message."""
        if not self._pace.spend(1, now):
            self._refuse(WSCloseCode.POLICY_VIOLATION, "too many messages in a short time")
        elif isinstance(heard, str):
            if self._parting is None:
                self._heartbeat.hear(now)
                self._attendant.hear(self, heard, now)
        elif isinstance(heard, Control):
            self._take_control(heard, now)
        elif isinstance(heard, Fault):
            self._refuse(heard.code, heard.reason)

    def _take_control(self, heard: Control, now: Monotonic) -> None:
        if heard.kind == CLOSE:
            self._is_deaf = True
            self.part(code_of(heard.payload))
            if self._transport is not None:
                self._transport.close()
            return
        if self.is_listener:
            self._heartbeat.hear(now)
        else:
            self._heartbeat.feel(now)
        if heard.kind == PING:
            self.mailbox.pong(heard.payload)

    def _refuse(self, code: WSCloseCode, reason: str) -> None:
        logger.debug("client %d is disconnected: %s", self.source.connection, reason)
        self._is_deaf = True
        self.part(code)

    def _leave_off(self) -> None:
        """Send what waits, and nothing more; what does not leave within a second is lost."""
        self.mailbox.close()
        self._heartbeat.stop()
        if self._parting is None:
            self._parting = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_SECONDS, self.turn_away)


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
        self.get: Final = self._connected.get
        """Gives a connection unless it is gone."""
        self._emptied: asyncio.Future[None] | None = None
        self._census: Census[TrackerConnection] = Census(
            "connections", total_max=limits.connections, per_address_max=limits.connections_per_address
        )

    def __len__(self) -> int:
        """Give the number of connections."""
        return len(self._connected)

    def __iter__(self) -> Iterator[TrackerConnection]:
        """Iterate the connections, oldest first."""
        return iter([*self._connected.values()])

    def admit(self, origin: Origin, attendant: Attendant) -> TrackerConnection:
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
            source, self._messages.of(origin), self._postman, self._limits, attendant
        )
        self._census.add(connection, origin)
        return connection

    def check_pace(self, origin: Origin, now: Monotonic) -> None:
        """Count what a client from *origin* asks that has no connection.

        Raises:
            SignalingError: its address asks too much.

        """
        if not self._messages.of(origin).spend(1, now):
            raise SignalingError(TOO_MANY)

    def remove(self, connection: TrackerConnection) -> None:
        """Free the place of *connection*, if it still has one."""
        self._connected.pop(connection.source.connection, None)
        self._census.remove(connection)
        if self._emptied is not None and not self._connected and not self._emptied.done():
            self._emptied.set_result(None)

    async def aclose(self) -> None:
        """Say goodbye to everybody; gives them a second."""
        for connection in self:
            connection.part(WSCloseCode.GOING_AWAY)
        if self._connected:
            self._emptied = asyncio.get_running_loop().create_future()
            # Who does not answer is turned away by then, and gone a moment later.
            await asyncio.wait([self._emptied], timeout=CLOSE_TIMEOUT_SECONDS + 1)


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
