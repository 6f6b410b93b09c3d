"""The transport of one process: channels between rooms in memory, whose links can be slowed and cut.

It keeps the contract of the WebRTC transport, which the same acceptance suite checks, without sockets: tests of what
stands above a transport run on a clock that jumps.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import Final

from peerset.core.action import PROTOCOL_ACTION, Action
from peerset.core.limits import (
    MESSAGE_BYTES_MAX,
    SEND_QUEUE_BYTES_PER_PEER_MAX,
)
from peerset.core.signal import Answer, ChannelBinding, Offer, OfferId, PeerId, RoomName
from peerset.errors import ConfigError, LocalProtocolError, RemoteProtocolError, TransportError
from peerset.protocol.events import ActionReceived
from peerset.protocol.inputs import Clogged, Closed, Drained, Opened, Received, TransportInput
from peerset.transports.awareness import Awareness
from peerset.transports.backlog import Backlog
from peerset.transports.frames import Encoder, check_application_action, room_token
from peerset.transports.inbox import Inbox

OFFERS_AT_ONCE_MAX: Final = 16
SDP_PREFIX: Final = "peerset-memory"


class MemoryNetwork:
    """Where the transports of one process find each other.

    Every message takes *delay_seconds*, which may be changed at any time; order is kept within a channel.
    """

    def __init__(self, *, delay_seconds: float = 0.0) -> None:
        self.delay_seconds = delay_seconds
        self._transports: dict[tuple[str, PeerId], MemoryTransport] = {}
        self._held: set[frozenset[PeerId]] = set()

    def join(self, peer_id: PeerId, room: RoomName) -> "MemoryTransport":
        """Join *room* as *peer_id* and give its transport.

        Raises:
            ConfigError: this id joined the room before.

        """
        key = (room_token(room), peer_id)
        if key in self._transports:
            raise ConfigError(f"{peer_id} joined the room {room.room!r} before")
        self._transports[key] = transport = MemoryTransport(self, peer_id, key[0])
        return transport

    def cut(self, one: PeerId, other: PeerId, *, reason: str = "the connection was lost") -> None:
        """Break every channel between two peers, and lose what was under way; both ends learn of it."""
        for transport in list(self._transports.values()):
            peer = {one: other, other: one}.get(transport.peer_id)
            if peer is not None:
                transport.lose(peer, reason)

    def hold(self, one: PeerId, other: PeerId) -> None:
        """Let nothing through between two peers, without either learning of it, until `release`."""
        self._held.add(frozenset((one, other)))

    def release(self, one: PeerId, other: PeerId) -> None:
        """Let what was held through, in order."""
        self._held.discard(frozenset((one, other)))
        for (_, peer_id), transport in list(self._transports.items()):
            peer = {one: other, other: one}.get(peer_id)
            if peer is not None:
                transport.resume(peer)

    def crash(self, peer_id: PeerId, *, reason: str = "the connection was lost") -> None:
        """End every transport of *peer_id* as a killed process would: its peers learn of it, nobody says goodbye."""
        for transport in [item for (_, known), item in list(self._transports.items()) if known == peer_id]:
            transport.crash(reason)

    def is_held(self, one: PeerId, other: PeerId) -> bool:
        """Tell whether nothing gets through between two peers."""
        return frozenset((one, other)) in self._held

    def find(self, token: str, peer_id: PeerId) -> "MemoryTransport | None":
        """Give the transport of *peer_id* in a room."""
        return self._transports.get((token, peer_id))

    def remove(self, transport: "MemoryTransport") -> None:
        """Forget a transport that left."""
        self._transports.pop((transport.token, transport.peer_id), None)


class _Pipe:
    """One direction of a channel: a queue that is delivered in order after the network's delay."""

    def __init__(self, network: MemoryNetwork, source: "MemoryTransport", target: "MemoryTransport") -> None:
        self.target = target
        self.backlog = Backlog(self._tell)
        self._network = network
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[float, Action | None, int]] = []
        self._timer: asyncio.TimerHandle | None = None

    def put(self, action: Action | None, size_bytes: int) -> None:
        """Send an action, or with None the word that the channel ends."""
        self.backlog.add(size_bytes)
        self._waiting.append((self._loop.time() + self._network.delay_seconds, action, size_bytes))
        self.schedule()

    def schedule(self) -> None:
        """Deliver the oldest when it is due, unless the link is held or the other end has too much unread."""
        if self._waiting and self._timer is None and not self._is_held:
            self._timer = self._loop.call_at(self._waiting[0][0], self._deliver)

    def drop(self) -> None:
        """Lose what is under way."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def _is_held(self) -> bool:
        ends = self._source.peer_id, self.target.peer_id
        return self._network.is_held(*ends) or self.target.keeps_waiting(self._source.peer_id, self)

    def _deliver(self) -> None:
        self._timer = None
        if self._is_held:
            return
        _, action, size_bytes = self._waiting.pop(0)
        self.backlog.add(-size_bytes)
        self.target.take(self._source.peer_id, action, size_bytes)
        self.schedule()

    def _tell(self, is_clogged: bool) -> None:
        peer = self.target.peer_id
        self._source.told(Clogged(peer) if is_clogged else Drained(peer))


class MemoryTransport:
    """The `Transport` of one room in memory; made by `MemoryNetwork.join`."""

    def __init__(self, network: MemoryNetwork, peer_id: PeerId, token: str) -> None:
        self.peer_id = peer_id
        self.token = token
        self._network = network
        self._inbox = Inbox(self._caught_up)
        self._offers: dict[OfferId, None] = {}
        self._answered: dict[OfferId, PeerId] = {}
        self._pipes: dict[PeerId, _Pipe] = {}
        self._awareness = Awareness[_Pipe]()
        self._kept_waiting: dict[PeerId, _Pipe] = {}
        """Pipes towards us of peers with too much unread."""
        self._offers_made = 0
        self._is_closed = False

    async def make_offers(self, count: int) -> list[Offer]:
        """Prepare up to *count* offers, each ready to be answered."""
        return [self._make_offer() for _ in range(0 if self._is_closed else min(count, OFFERS_AT_ONCE_MAX))]

    async def make_answer(self, peer: PeerId, offer: Offer) -> Answer | None:
        """Answer *offer*; None when a channel to *peer* exists.

        Raises:
            RemoteProtocolError: the offer was not made by a memory transport.
            TransportError: the room was left.

        """
        self._check(offer.sdp, "offer")
        if self._is_closed:
            raise TransportError("the room was left")
        if peer in self._pipes:
            return None
        self._answered[offer.id] = peer
        return Answer(offer.id, f"{SDP_PREFIX} answer {offer.id}")

    async def accept_answer(self, peer: PeerId, answer: Answer) -> None:
        """Complete the offer that *answer* names: both ends open at once, or this one learns that the other is gone.

        Raises:
            RemoteProtocolError: the answer was not made by a memory transport.
            TransportError: the offer is gone.

        """
        self._check(answer.sdp, "answer")
        other = self._network.find(self.token, peer)
        if answer.offer_id not in self._offers:
            raise TransportError(f"the offer {answer.offer_id:.8} is gone")
        del self._offers[answer.offer_id]
        if other is None or other._answered.pop(answer.offer_id, None) != self.peer_id:
            self._inbox.post(Closed(peer, "no route to the peer"))
            return
        self.lose(peer, "another connection serves the room")
        other.lose(self.peer_id, "another connection serves the room")
        self._open(other, answer.offer_id)
        other._open(self, answer.offer_id)

    def add_candidate(self, peer: PeerId, offer_id: OfferId, candidate: str) -> None:
        """Do nothing: within one process everyone is reached."""

    def drop_offers(self, offer_ids: Sequence[OfferId]) -> None:
        """Forget these offers."""
        for offer_id in offer_ids:
            self._offers.pop(offer_id, None)

    def heed(self, event: Opened | Closed) -> None:
        """Mean the channel that *event* tells of by `send` and `disconnect`, from here on."""
        self._awareness.heed(event)

    def send(self, peer: PeerId, data: bytes) -> None:
        """Queue one message for *peer*; `Clogged` tells when too much waits. Unknown peers are ignored.

        Raises:
            LocalProtocolError: the message is longer than 256 KiB.

        """
        if len(data) > MESSAGE_BYTES_MAX:
            raise LocalProtocolError(f"a message of {len(data)} bytes, at most {MESSAGE_BYTES_MAX} are sent")
        self._send(peer, Action(PROTOCOL_ACTION, data), len(data))

    def send_action(self, peer: PeerId, action: Action) -> bool:
        """Queue an application action for *peer*; False while too much waits to be sent, until `Drained`.

        Raises:
            ConfigError: its name is taken or too long, or its payload cannot be sent.

        """
        check_application_action(action)
        size_bytes = sum(map(len, Encoder(self.token).encode(action)))
        pipe = self._pipes.get(peer)
        is_clogged = pipe is not None and pipe.backlog.is_clogged and not self._is_stale(peer)
        if not is_clogged:
            self._send(peer, action, size_bytes)
        return not is_clogged

    def disconnect(self, peer: PeerId, reason: str) -> None:
        """Close the channel once what is queued has arrived, or give up the attempt."""
        self._answered = {offer_id: known for offer_id, known in self._answered.items() if known != peer}
        pipe = None if self._is_stale(peer) else self._pipes.pop(peer, None)
        if pipe is not None:
            pipe.put(None, 0)
            self._inbox.post(Closed(peer, reason))

    def inputs(self) -> AsyncIterator[TransportInput]:
        """Iterate what happens; ends after `aclose`. Called once."""
        return self._inbox.read()

    async def aclose(self) -> None:
        """Leave the room; may be called twice."""
        self._is_closed = True
        self._inbox.close()
        for peer in sorted(self._pipes):
            self.disconnect(peer, "we left the room")
        self._offers.clear()
        self._network.remove(self)

    def take(self, peer: PeerId, action: Action | None, size_bytes: int) -> None:
        """Receive from *peer*'s end of the channel; called by the network."""
        if peer not in self._pipes:
            return
        if action is None:
            self.lose(peer, "the peer left the room")
            return
        event: TransportInput = ActionReceived(peer, action)
        if action.name == PROTOCOL_ACTION and isinstance(action.payload, bytes):
            event = Received(peer, action.payload)
        self._inbox.post_from(peer, event, size_bytes=size_bytes)

    def told(self, event: Clogged | Drained) -> None:
        """Learn how much waits on a channel; called by the network."""
        if event.peer in self._pipes:
            self._inbox.post(event)

    def keeps_waiting(self, peer: PeerId, pipe: _Pipe) -> bool:
        """Say whether so much of *peer* is unread that *pipe* has to wait; asked by the network."""
        is_behind = self._inbox.is_behind(peer)
        if is_behind:
            self._kept_waiting[peer] = pipe
        return is_behind

    def lose(self, peer: PeerId, reason: str) -> None:
        """End the channel to *peer* at this end alone; called by the network."""
        pipe = self._pipes.pop(peer, None)
        if pipe is not None:
            pipe.drop()
            self._inbox.post(Closed(peer, reason))

    def resume(self, peer: PeerId) -> None:
        """Go on after the link was held; called by the network."""
        if peer in self._pipes:
            self._pipes[peer].schedule()

    def crash(self, reason: str) -> None:
        """End without a word; called by the network."""
        self._is_closed = True
        self._inbox.close()
        self._network.remove(self)
        for peer in sorted(self._pipes):
            self._end(peer, reason)

    def _caught_up(self, peer: PeerId) -> None:
        pipe = self._kept_waiting.pop(peer, None)
        if pipe is not None:
            pipe.schedule()

    def _end(self, peer: PeerId, reason: str) -> None:
        """End the channel at both ends at once."""
        pipe = self._pipes.get(peer)
        self.lose(peer, reason)
        if pipe is not None:
            pipe.target.lose(self.peer_id, reason)

    def _make_offer(self) -> Offer:
        self._offers_made += 1
        digest = hashlib.sha256(f"{self.token} {self.peer_id} {self._offers_made}".encode()).hexdigest()
        offer_id = OfferId(digest[:20])
        self._offers[offer_id] = None
        return Offer(offer_id, f"{SDP_PREFIX} offer {offer_id}")

    def _check(self, sdp: str, kind: str) -> None:
        if not sdp.startswith(f"{SDP_PREFIX} {kind} "):
            raise RemoteProtocolError(f"session description refused: not an {kind} of a memory transport")

    def _open(self, other: "MemoryTransport", offer_id: OfferId) -> None:
        pipe = self._pipes[other.peer_id] = _Pipe(self._network, self, other)
        self._awareness.tell(pipe)
        binding = ChannelBinding(_fingerprint(self.peer_id, offer_id), _fingerprint(other.peer_id, offer_id))
        self._inbox.post(Opened(other.peer_id, binding, "direct", "127.0.0.1"))

    def _is_stale(self, peer: PeerId) -> bool:
        return self._awareness.is_stale(peer, self._pipes.get(peer))

    def _send(self, peer: PeerId, action: Action, size_bytes: int) -> None:
        pipe = self._pipes.get(peer)
        if pipe is None or self._is_stale(peer):
            return
        pipe.put(action, size_bytes)
        if pipe.backlog.is_full:
            self._end(peer, f"more than {SEND_QUEUE_BYTES_PER_PEER_MAX} bytes wait to be sent")


def _fingerprint(peer: PeerId, offer_id: OfferId) -> bytes:
    return hashlib.sha256(f"{peer} {offer_id}".encode()).digest()
