"""One WebRTC connection with one data channel: its deadlines, its bounded queue, and its end (aiortc)."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from enum import Enum
from typing import Any, Final, Protocol

from aiortc import (
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidStateError

from peerset.core.limits import (
    BUFFERED_HIGH_BYTES,
    BUFFERED_LOW_BYTES,
    CHANNELS_PER_PEER_MAX,
    GATHER_TIMEOUT_SECONDS,
    SEND_QUEUE_BYTES_PER_PEER_MAX,
)
from peerset.core.signal import ChannelBinding
from peerset.errors import RemoteProtocolError, TransportError
from peerset.transports import tuning
from peerset.transports.caution import Caution
from peerset.transports.gate import Gate
from peerset.transports.lanes import Lane, SendQueue
from peerset.transports.options import ConnectionOptions, configure
from peerset.transports.remote_candidates import RemoteCandidates
from peerset.transports.sdp import Description, finish_description
from peerset.transports.shared_socket import SharedSockets

CHANNEL_LABEL: Final = "data"
CONNECTING_END_SECONDS: Final = 1.0
"""aiortc's connecting task sees within 20 ms that its connection was closed."""
SETUP_TIMEOUT_SECONDS: Final = GATHER_TIMEOUT_SECONDS + 2.0

logger = logging.getLogger(__name__)


class Phase(Enum):
    """How far a connection has come."""

    NEW = "new"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


class Owner(Protocol):
    """Who is told what happens to a connection; `on_open` and `on_closed` are called at most once."""

    def on_open(self) -> None:
        """Learn that the channel can carry data."""
        ...

    def on_data(self, data: bytes) -> None:
        """Take one message of the channel."""
        ...

    def on_clogged(self, *, is_clogged: bool) -> None:
        """Learn that too much waits to be sent, or that most of it has left."""
        ...

    def on_closed(self, reason: str) -> None:
        """Learn that the connection is gone."""
        ...


class Connection:
    """A connection that is made by `offer` and `accept`, or by `answer`."""

    def __init__(self, options: ConnectionOptions, owner: Owner) -> None:
        self.phase = Phase.NEW
        self.gate = Gate()
        self._caution = Caution(options.probed)
        self._options = options
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self.queue = SendQueue(lambda is_clogged: owner.on_clogged(is_clogged=is_clogged))
        self._channel: RTCDataChannel | None = None
        self._channels = 0
        self._remote: Description | None = None
        self._local_sha256 = b""
        self._opened = asyncio.Event()
        self._drained = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connecting: set[asyncio.Task[object]] = set()
        self.closing: asyncio.Task[None] | None = None
        self._setting_up: asyncio.Task[None] | None = None
        self._pc = RTCPeerConnection(configure(options))
        self._candidates = RemoteCandidates(self._pc, self._caution, options)
        self._pc.on("connectionstatechange", self._on_state)
        self._pc.on("datachannel", self._on_channel)

    @property
    def is_open(self) -> bool:
        """The channel can carry data."""
        return self.phase is Phase.OPEN

    @property
    def path(self) -> tuning.Path:
        """How bytes travel; only known once open."""
        return tuning.read_path(self._pc)

    @property
    def binding(self) -> ChannelBinding:
        """The fingerprints of the two certificates, as DTLS verified them."""
        return ChannelBinding(self._local_sha256, self._remote.sha256 if self._remote else b"")

    async def offer(self) -> str:
        """Gather candidates and give the description that invites an answer.

        Raises:
            TransportError: no description could be made.

        """
        self._attach(self._pc.createDataChannel(CHANNEL_LABEL))
        self._tune(self._options.sockets)
        await self._set_up(self._pc.setLocalDescription())
        return self._local_text()

    async def answer(self, offer: Description) -> str:
        """Gather candidates and give the description that answers *offer*; the channel must open within 20 s.

        Raises:
            RemoteProtocolError: the offer contradicts itself.
            TransportError: no description could be made.

        """
        self._know(offer)
        await self._set_up(self._take_offer(offer))
        self._begin_opening()
        return self._local_text()

    async def accept(self, answer: Description) -> None:
        """Complete our offer with *answer*; the channel must open within 20 s.

        Raises:
            RemoteProtocolError: the answer does not fit the offer.
            TransportError: the offer is gone or was answered before.

        """
        if self.phase is not Phase.NEW or self._remote is not None:
            raise TransportError("the offer is gone or was answered before")
        self._know(answer)
        await self._set_up(self._pc.setRemoteDescription(RTCSessionDescription(answer.text(), "answer")))
        self._begin_opening()

    @property
    def is_opening(self) -> bool:
        """Both descriptions are there, and the channel is not."""
        return self.phase is Phase.OPENING

    def trickle(self, candidates: Sequence[str]) -> None:
        """Try to reach the peer where it says so after its description, while the channel is opening."""
        if self.is_opening and candidates:
            self._start(self._candidates.add_late(candidates), "late candidates")

    def send(self, lane: Lane, frames: Sequence[bytes]) -> None:
        """Queue *frames*; past 4 MiB, which a room that heeds `on_clogged` does not reach, the connection is closed."""
        if self.phase is Phase.CLOSED:
            return
        if len(frames) == 1 and self.queue.is_empty and (channel := self._free_channel()) is not None:
            channel.send(frames[0])
            return
        self.queue.put(lane, frames)
        self._pump()
        if self.queue.is_full:
            self.close(f"more than {SEND_QUEUE_BYTES_PER_PEER_MAX} bytes wait to be sent")

    def forget(self, token: str) -> None:
        """Drop what still waits to be sent for a room."""
        self.queue.drop(token)

    async def flush(self, timeout_seconds: float) -> None:
        """Wait until the peer has acknowledged what was sent, for *timeout_seconds* at most."""
        self._drained.clear()
        self.on_acknowledged()
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._drained.wait()
        except TimeoutError:
            logger.debug("gave up flushing %s bytes", self.queue.size_bytes)

    def close(self, reason: str) -> None:
        """End the connection now, and tell the owner; later calls do nothing."""
        if self.phase is Phase.CLOSED:
            return
        self.phase = Phase.CLOSED
        self._drained.set()
        self.closing = self._loop.create_task(self._shut(), name="peerset connection closing")
        self._owner.on_closed(reason)

    async def wait_closed(self) -> None:
        """Wait until sockets and tasks of a closed connection are gone."""
        if self.closing is not None:
            await asyncio.wait([self.closing])

    def on_violation(self, reason: str) -> None:
        """Close for what `tuning` found."""
        self.close(reason)

    def on_started(self, task: asyncio.Task[object]) -> None:
        """Remember the task in which aiortc connects, to see its end."""
        self._connecting.add(task)

    def on_acknowledged(self) -> None:
        """Wake `flush` when nothing waits and the peer has acknowledged everything."""
        is_empty = not self.queue.size_bytes and not (self._channel and self._channel.bufferedAmount)
        if not self._drained.is_set() and is_empty and tuning.is_drained(self._pc):
            self._drained.set()

    def _tune(self, sockets: SharedSockets | None) -> None:
        options = self._options
        tuning.tune(
            self._pc,
            self,
            self.gate,
            self._caution,
            allow_loopback=options.allow_loopback,
            is_quick=not options.plain_channels,
            sockets=sockets,
        )

    def _know(self, remote: Description) -> None:
        self._remote = remote
        self._candidates.know(remote)

    async def _take_offer(self, offer: Description) -> None:
        await self._pc.setRemoteDescription(RTCSessionDescription(offer.text(), "offer"))
        # From sockets of its own: those of offers tell connections apart by where their peers are.
        self._tune(None)
        await self._pc.setLocalDescription()

    async def _set_up(self, step: Coroutine[Any, Any, None]) -> None:
        """Do one step of the negotiation in a task of its own: aiortc leaks sockets when a step is cancelled midway."""
        task = self._loop.create_task(step, name="peerset connection set-up")
        self._setting_up = task
        try:
            async with asyncio.timeout(SETUP_TIMEOUT_SECONDS):
                await asyncio.shield(task)
        except TimeoutError as error:
            self.close("no description in time")
            raise TransportError(f"no session description within {SETUP_TIMEOUT_SECONDS:g} s") from error
        except ValueError as error:
            self.close("the descriptions do not fit")
            raise RemoteProtocolError(f"session description refused: {error}") from error
        except (InvalidStateError, OSError) as error:
            self.close("the connection could not be set up")
            raise TransportError(f"the connection could not be set up: {error!r}") from error
        except asyncio.CancelledError:
            self.close("cancelled")
            raise
        if self.phase is Phase.CLOSED:
            raise TransportError("the connection was closed meanwhile")

    def _local_text(self) -> str:
        """Give our own description, and remember the fingerprint in it."""
        text = finish_description(self._pc.localDescription.sdp)
        sctp = self._pc.sctp
        if sctp is None or "a=candidate:" not in text:
            self.close("no network address")
            raise TransportError("there is no network address to be reached at")
        fingerprints = sctp.transport.getLocalParameters().fingerprints
        shown = next(item.value for item in fingerprints if item.algorithm == "sha-256")
        self._local_sha256 = bytes.fromhex(shown.replace(":", ""))
        return text

    def _begin_opening(self) -> None:
        if self.phase is Phase.NEW:
            self.phase = Phase.OPENING
            self._start(self._open_in_time(), "opening")
            self._start(self._candidates.finish(self._opened), "candidates")

    async def _open_in_time(self) -> None:
        """Close what has not opened: aiortc gives up neither on DTLS nor on SCTP, and on ICE only after a minute."""
        try:
            async with asyncio.timeout(self._options.open_timeout_seconds):
                await self._opened.wait()
        except TimeoutError:
            self.close(f"no open channel within {self._options.open_timeout_seconds:g} s")

    def _on_channel(self, channel: RTCDataChannel) -> None:
        """Take the first channel the peer opens; it is open already, so its messages may come at once."""
        self._channels += 1
        if self._channels > CHANNELS_PER_PEER_MAX:
            self.close(f"more than {CHANNELS_PER_PEER_MAX} channels")
        if self._channel is not None:
            return
        if not channel.ordered or channel.maxRetransmits is not None or channel.maxPacketLifeTime is not None:
            self.close("the channel is not ordered and reliable")
            return
        self._attach(channel)
        self._on_open()

    def _attach(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        channel.bufferedAmountLowThreshold = BUFFERED_LOW_BYTES
        channel.on("open", self._on_open)
        channel.on("message", self._on_message)
        channel.on("bufferedamountlow", self._pump)
        channel.on("close", self._on_channel_closed)

    def _on_open(self) -> None:
        if self.phase not in (Phase.NEW, Phase.OPENING):
            return
        shown = tuning.read_peer_fingerprint(self._pc)
        if shown is not None and shown != self.binding.remote:
            self.close("the peer's certificate is not the one it announced")
            return
        self.phase = Phase.OPEN
        self._opened.set()
        self._owner.on_open()

    def _on_message(self, data: bytes | str) -> None:
        # Trystero sends bytes only, and so do we.
        if isinstance(data, bytes) and self.phase is Phase.OPEN:
            self._owner.on_data(data)

    def _on_state(self) -> None:
        if self._pc.connectionState in ("failed", "closed"):
            self.close("the connection was lost" if self._opened.is_set() else "no route to the peer")

    def _on_channel_closed(self) -> None:
        self.close("the channel was closed")

    def _pump(self) -> None:
        """Hand frames to the channel while its buffer has room."""
        while (channel := self._free_channel()) is not None:
            frame = self.queue.pop()
            if frame is None:
                return
            channel.send(frame)

    def _free_channel(self) -> RTCDataChannel | None:
        """Give the channel if it can take a frame."""
        channel = self._channel
        if channel is None or self.phase is not Phase.OPEN or channel.readyState != "open":
            return None
        return channel if channel.bufferedAmount < BUFFERED_HIGH_BYTES else None

    def _start(self, step: Coroutine[Any, Any, None], name: str) -> None:
        task = self._loop.create_task(step, name=f"peerset connection {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _shut(self) -> None:
        for task in self._tasks:
            task.cancel()
        pending = [task for task in (self._setting_up, *self._tasks) if task is not None]
        if pending:
            await asyncio.wait(pending)
        failed = [task.exception() for task in pending if not task.cancelled()]
        logger.debug("connection closed, set-up ended with %s", failed)
        await self._pc.close()
        if self._connecting:
            await asyncio.wait(self._connecting, timeout=CONNECTING_END_SECONDS)
