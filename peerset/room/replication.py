"""One stream that carries a room to one peer, from its opening to its end, and what came of it."""

import asyncio
import ipaddress
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from peerset.core.keys import PublicKey
from peerset.core.limits import STREAM_HELLO_TIMEOUT_SECONDS, STREAM_LINGER_SECONDS, STREAM_SETTLED_SECONDS
from peerset.core.signal import make_peer_id
from peerset.core.typed import shown
from peerset.errors import ConfigError, TransportError
from peerset.protocol.events import Event, ForeignPeerJoined, PeerJoined, PeerSynced, RecordAdded
from peerset.protocol.neighbour import Accord
from peerset.room.audience import Audience
from peerset.room.driver import Driver
from peerset.room.standing import Standing
from peerset.transports.stream import ENDED, LEFT, Sink, Source, StreamTransport

COMPARED: Final = "the sets were compared"
SILENT: Final = f"it said no word of peerset within {STREAM_HELLO_TIMEOUT_SECONDS:.0f} s"
PARTINGS: Final = (COMPARED, ENDED, LEFT, "leaving", "goodbye: leaving", "goodbye: expired", "the session is a day old")
"""How ends begin that are no complaint: ours, the stream's own, and goodbyes of either side."""


@dataclass(frozen=True, slots=True)
class Replicated:
    """What a stream did."""

    key: PublicKey
    """Who was at its other end; proven."""
    received: int
    """Records that were new here."""
    sent: int
    """Records that were given to the other."""
    is_equal: bool
    """Both had equal roots at the last comparison, over the days that both keep."""
    has_other_rules: bool
    """The other's rules are not ours: each may refuse what the other keeps."""


class Replication:
    """Carries the room of *driver* over one stream; *changed* is set at each step of its node."""

    def __init__(self, driver: Driver, audience: Audience, changed: asyncio.Event, standing: Standing) -> None:
        self.peer = make_peer_id(random.SystemRandom())
        self._driver = driver
        self._audience = audience
        self._changed = changed
        self._standing = standing
        self._key: PublicKey | None = None
        self._received = 0
        self._is_foreign = self._is_equal = self._has_other_rules = False
        self._patience = asyncio.get_running_loop().time() + STREAM_HELLO_TIMEOUT_SECONDS
        """Until then the other has to say who it is: a shell on its way there may ask for a password first."""

    async def run(self, reader: Source, writer: Sink, *, live: bool) -> Replicated:
        """Carry the room until the sets are equal or stay apart, or for as long as it goes if *live*.

        Raises:
            ConfigError: *reader* or *writer* is none.
            TransportError: the stream broke, or whoever is at its other end does not speak our protocol.
            RoomClosedError: the room failed meanwhile.

        """
        check_stream(reader, writer)
        stream = StreamTransport(self.peer, reader, writer, address=address_of(writer), linger=self._hear_out)
        try:
            with self._listening():
                self._driver.carry(self.peer, stream)
                await self._carry_on(stream, live=live)
                stream.disconnect(self.peer, COMPARED)
                await self._until(lambda: self._accord is None and not self._driver.node.is_taking_in)
        finally:
            await stream.aclose()
            sent = self._driver.byways.forget(self.peer)
        return self._result(stream, sent)

    def _result(self, stream: StreamTransport, sent: int) -> Replicated:
        if stream.fault is not None:
            raise stream.fault
        if self._key is None:
            raise TransportError(f"the other end did not prove who it is: {stream.reason}")
        if not stream.reason.startswith(PARTINGS):
            raise TransportError(f"the stream was given up: {stream.reason}")
        return Replicated(self._key, self._received, sent, self._is_equal, self._has_other_rules)

    # Waiting.

    @property
    def _accord(self) -> Accord | None:
        return self._driver.node.accord_with(self.peer)

    async def _carry_on(self, stream: StreamTransport, *, live: bool) -> None:
        """Wait for the end of the stream, or until both sets have been equal, or apart, for a while."""
        loop = asyncio.get_running_loop()
        due: float | None = None
        while not stream.is_ended:
            self._standing.check()
            accord = self._accord
            self._is_equal = accord is Accord.EQUAL or (self._is_equal and accord is not Accord.APART)
            if self._is_foreign and loop.time() >= self._patience:
                stream.disconnect(self.peer, SILENT)
                return
            if self._is_foreign:
                due = self._patience
            elif live or accord in (None, Accord.OPEN):
                due = None
            elif due is None:
                due = loop.time() + STREAM_SETTLED_SECONDS
            elif loop.time() >= due:
                return
            await self._step(due)

    async def _hear_out(self) -> None:
        """Deal with what the other said before it ended the stream."""
        await self._until(lambda: self._accord is not Accord.OPEN and not self._driver.node.is_taking_in)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        """Wait until *is_so*, but not for long, and not in a room that is closed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STREAM_LINGER_SECONDS):
                while self._standing.is_open and not is_so():
                    await self._step(None)

    async def _step(self, due: float | None) -> None:
        """Wait for the next step of the node, no longer than until *due*."""
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await self._changed.wait()

    # Listening.

    @contextmanager
    def _listening(self) -> Iterator[None]:
        stop = self._audience.on(self._take)
        try:
            yield
        finally:
            stop()

    def _take(self, event: Event) -> None:
        match event:
            case RecordAdded(_, self.peer):
                self._received += 1
            case PeerJoined(self.peer, key):
                self._key = key
                self._is_foreign = False
                self._has_other_rules = any(
                    status.has_other_rules for status in self._driver.node.peers if status.id == self.peer
                )
            case PeerSynced(self.peer):
                self._is_equal = True
            case ForeignPeerJoined(self.peer):
                self._is_foreign = True
            case _:
                pass


def check_stream(reader: object, writer: object) -> None:
    """Make sure that *reader* and *writer* have the methods of asyncio's streams that are used.

    Raises:
        ConfigError: one has not.

    """
    if not callable(getattr(reader, "read", None)):
        raise ConfigError(f"a reader has the method read, as an asyncio.StreamReader does, and {shown(reader)} has not")
    for name in ("write", "drain", "close", "wait_closed"):
        if not callable(getattr(writer, name, None)):
            raise ConfigError(
                f"a writer has the method {name}, as an asyncio.StreamWriter does, and {shown(writer)} has not"
            )


def address_of(writer: object) -> str:
    """Give the network address at the other end of *writer*; empty when it is on this machine, or not known.

    Whoever comes through a tunnel comes from this machine, and strangers do not share a ban.
    """
    ask = getattr(writer, "get_extra_info", None)
    try:
        name = ask("peername") if callable(ask) else None
        address = ipaddress.ip_address(name[0]) if isinstance(name, tuple) else None
    except (ValueError, OSError, AttributeError):
        # Not an address; or the stream has ended already, and uvloop asks a socket that is gone.
        return ""
    return "" if address is None or address.is_loopback else str(address)
