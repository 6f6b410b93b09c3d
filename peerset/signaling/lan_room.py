"""One room in the local network: who of it is there, and what is said to them and heard of them. Does no I/O."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from peerset.core.clock import Monotonic
from peerset.core.limits import LAN_PEERS_MAX
from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via
from peerset.errors import SignalingError
from peerset.protocol.inputs import AnswerReceived, OfferReceived, PeerAnnounced
from peerset.signaling.lan_wire import (
    decode,
    decode_presence,
    draw_instance,
    encode_answer,
    encode_offer,
    encode_presence,
    lan_seal,
)
from peerset.signaling.recent import RecentSignals


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody announces *instance*, and can be reached at *addresses*; *properties* are theirs to choose."""

    instance: str
    addresses: tuple[str, ...]
    port: int
    properties: Mapping[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A peer of the room in this network, and where it takes lines."""

    peer: PeerId
    addresses: tuple[str, ...]
    port: int


class LanRoom:
    """The room *name* as member *peer_id*, who announces itself as `instance`."""

    def __init__(self, name: RoomName, peer_id: PeerId, *, password: str, rng: random.Random) -> None:
        self.instance = draw_instance(rng)
        self.neighbours: dict[Via, Neighbour] = {}
        """By the instance that each announces; at most `LAN_PEERS_MAX`, for any of the room may invent more."""
        self.malformed = 0
        """What was sealed for the room and makes no sense, or is sealed in no form that we know."""
        self._peer_id = peer_id
        self._seal = lan_seal(name, password)
        self._rng = rng
        self._recent = RecentSignals()

    @property
    def announced(self) -> list[PeerAnnounced]:
        """Give everybody who is there."""
        return [PeerAnnounced(neighbour.peer, via) for via, neighbour in self.neighbours.items()]

    def presence(self) -> dict[bytes, bytes]:
        """Give what is announced of us."""
        return encode_presence(self._seal, self.instance, self._peer_id, self._rng)

    def find(self, found: Found) -> PeerAnnounced | None:
        """Take that somebody is there; None when it is not of this room, or nobody new."""
        try:
            peer = decode_presence(self._seal, found.instance, found.properties)
        except SignalingError:
            self.malformed += 1
            return None
        via = Via(found.instance)
        if (
            peer is None
            or peer == self._peer_id
            or (len(self.neighbours) >= LAN_PEERS_MAX and via not in self.neighbours)
        ):
            return None
        neighbour = Neighbour(peer, found.addresses, found.port)
        if self.neighbours.get(via) == neighbour:
            return None
        self.neighbours[via] = neighbour
        return PeerAnnounced(peer, via)

    def lose(self, instance: str) -> None:
        """Take that whoever announced *instance* is gone."""
        self.neighbours.pop(Via(instance), None)

    def offer(self, peer: PeerId, offer: Offer) -> bytes:
        """Give the line that carries *offer* to *peer*."""
        return encode_offer(self._seal, self._peer_id, peer, offer, self._rng)

    def answer(self, peer: PeerId, answer: Answer) -> bytes:
        """Give the line that carries *answer* to *peer*."""
        return encode_answer(self._seal, self._peer_id, peer, answer, self._rng)

    def hear(self, line: bytes, via: Via, now: Monotonic) -> OfferReceived | AnswerReceived | None:
        """Take a *line* that came by *via*; None when it is not for us, not new, or makes no sense."""
        try:
            signal = decode(self._seal, line, self._peer_id, via)
        except SignalingError:
            self.malformed += 1
            return None
        if signal is None or signal.peer == self._peer_id:
            return None
        offer_id = signal.offer.id if isinstance(signal, OfferReceived) else signal.answer.offer_id
        return signal if self._recent.is_new((type(signal), offer_id, signal.peer), now) else None
