"""Lines between two machines of a local network: one goes there over TCP, and one comes back on the same connection."""

import asyncio
import contextlib
import itertools
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.core.limits import (
    ATTEMPT_TIMEOUT_SECONDS,
    LAN_ADDRESSES_REMEMBERED_MAX,
    LAN_CONNECTIONS_BURST_MAX,
    LAN_CONNECTIONS_MAX,
    LAN_CONNECTIONS_PER_ADDRESS_MAX,
    LAN_CONNECTIONS_PER_SECOND_MAX,
    LAN_LINE_BYTES_MAX,
    LAN_LINE_TIMEOUT_SECONDS,
)
from peerset.core.signal import Via
from peerset.errors import SignalingError

CONNECT_TIMEOUT_SECONDS: Final = 3.0

logger = logging.getLogger(__name__)

Hear = Callable[[bytes, Via], bool]
"""Takes a line, and the way back; says whether anybody here can read it, and may answer it."""


async def exchange(addresses: Sequence[str], port: int, line: bytes) -> bytes:
    """Send *line* to the first of *addresses* that can be reached, and give the line that comes back.

    Raises:
        SignalingError: none can be reached, or no line has come back in time.

    """
    reader, writer = await _connect(addresses, port)
    try:
        writer.write(line)
        async with asyncio.timeout(ATTEMPT_TIMEOUT_SECONDS):
            answer = await reader.readline()
    # ValueError: the line is too long.
    except (OSError, TimeoutError, ValueError) as error:
        raise SignalingError(f"no answer from port {port}: {type(error).__name__}") from error
    finally:
        writer.close()
    if not answer.endswith(b"\n"):
        raise SignalingError(f"no answer from port {port}: it hung up")
    return answer


async def _connect(addresses: Sequence[str], port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for address in addresses:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                return await asyncio.open_connection(address, port, limit=LAN_LINE_BYTES_MAX)
    raise SignalingError(f"none of {len(addresses)} addresses can be reached at port {port}")


class LineServer:
    """Takes one line of each connection, and keeps it until `answer` has one to send back, or for an attempt's time.

    *hear* is asked about each line; *is_near* says of which addresses connections are taken at all.
    """

    def __init__(self, hear: Hear, *, is_near: Callable[[str], bool]) -> None:
        self._hear = hear
        self._is_near = is_near
        self._server: asyncio.Server | None = None
        self._numbers = itertools.count(1)
        self._awaited: dict[Via, asyncio.Future[bytes]] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._open: Counter[str] = Counter()
        """How many connections each address has."""
        self._paces: OrderedDict[str, Allowance] = OrderedDict()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        if self._server is None:
            raise SignalingError("nothing is listened on")
        return int(self._server.sockets[0].getsockname()[1])

    async def open(self) -> None:
        """Listen on a free port.

        Raises:
            SignalingError: none can be listened on.

        """
        try:
            self._server = await asyncio.start_server(self._attend, "0.0.0.0", 0, limit=LAN_LINE_BYTES_MAX)  # noqa: S104 (strangers are turned away)
        except OSError as error:
            raise SignalingError(f"no port can be listened on: {error}") from error

    def answer(self, via: Via, line: bytes) -> None:
        """Send *line* back by *via*, if that connection still waits for one."""
        awaited = self._awaited.get(via)
        if awaited is not None and not awaited.done():
            awaited.set_result(line)

    async def aclose(self) -> None:
        """Close every connection and listen no longer; may be called twice."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for writer in self._writers:
            writer.transport.abort()
        for awaited in self._awaited.values():
            if not awaited.done():
                awaited.set_exception(ConnectionAbortedError("we leave"))

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str(writer.get_extra_info("peername", ("",))[0])
        if not self._admit(address):
            writer.close()
            return
        self._open[address] += 1
        self._writers.add(writer)
        try:
            await self._serve(reader, writer)
        # ValueError: the line is too long.
        except (OSError, TimeoutError, ValueError) as error:
            logger.debug("a connection of %s brought nothing: %s", address, type(error).__name__)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]
            self._writers.discard(writer)
            writer.close()

    def _admit(self, address: str) -> bool:
        if not self._is_near(address) or self._open.total() >= LAN_CONNECTIONS_MAX:
            return False
        if self._open[address] >= LAN_CONNECTIONS_PER_ADDRESS_MAX:
            return False
        pace = self._paces.pop(address, None)
        if pace is None:
            pace = Allowance(LAN_CONNECTIONS_PER_SECOND_MAX, LAN_CONNECTIONS_BURST_MAX)
        self._paces[address] = pace
        if len(self._paces) > LAN_ADDRESSES_REMEMBERED_MAX:
            self._paces.popitem(last=False)
        return pace.spend(1, Monotonic(asyncio.get_running_loop().time()))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(LAN_LINE_TIMEOUT_SECONDS):
            line = await reader.readline()
        via = Via(f"{next(self._numbers)}")
        awaited = self._awaited[via] = asyncio.get_running_loop().create_future()
        try:
            if not line.endswith(b"\n") or not self._hear(line, via):
                return
            async with asyncio.timeout(ATTEMPT_TIMEOUT_SECONDS):
                writer.write(await awaited)
                await writer.drain()
        finally:
            del self._awaited[via]
