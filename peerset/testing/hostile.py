"""Hostile members: each is a shipped node whose effects pass through a villain.

So they find peers, prove their own keys and answer in form, and then do harm in one way. What they make up is signed.
"""

import random
from dataclasses import replace
from functools import cache
from typing import Final

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.keys import SIGNATURE_BYTES, SecretKey
from peerset.core.limits import LIVE_RECORD_BYTES_MIN, LIVE_WINDOW_BYTES
from peerset.core.message import (
    Announce,
    Credit,
    Days,
    Fin,
    Fingerprint,
    Hello,
    IdList,
    Message,
    Ping,
    Proof,
    Pull,
    RangeItem,
    Ranges,
    Records,
    Root,
    Want,
)
from peerset.core.packing import LISTED_ID_BYTES
from peerset.core.record import KIND_RECORD, Record, sign_record
from peerset.core.signal import Offer, PeerId, draw_id, make_offer_id, make_peer_id
from peerset.errors import WireError
from peerset.protocol.effects import Effect, Send
from peerset.protocol.inputs import Closed, Input, Opened, Received
from peerset.protocol.node import Node
from peerset.testing.machine import SIMULATED_ROOM, SPAM, Deed, OfferAs, SendBytes

BURST_RECORDS: Final = 200
FRAME_RECORDS: Final = 50
"""Fewer than a fresh window grants."""


class Villain:
    """Behaves; the others override what they do wrong."""

    act_seconds = (0.5, 3.0)
    """It acts unasked after a time between these."""

    def __init__(self, node: Node, rng: random.Random) -> None:
        self._node = node
        self.rng = rng
        self.peers: list[PeerId] = []
        """Whoever it has a channel to."""
        self._acts_at = Monotonic(0.0)

    def start(self, now: Moment) -> list[Deed]:
        """Begin as the node does."""
        self._acts_at = Monotonic(now.monotonic + self.rng.uniform(*self.act_seconds))
        return self._twist(self._node.start(now))

    def receive(self, event: Input, now: Moment) -> list[Deed]:
        """Let the node take what happened, and twist what it asks for."""
        match event:
            case Opened(peer):
                self.peers.append(peer)
            case Closed(peer) if peer in self.peers:
                self.peers.remove(peer)
            case Received(peer, data):
                self.overhear(peer, data)
            case _:
                pass
        return self._twist(self._node.receive(event, now))

    def tick(self, now: Moment) -> list[Deed]:
        """Let the node act on its deadlines; act in between."""
        effects = self._twist(self._node.tick(now))
        if now.monotonic >= self._acts_at:
            self._acts_at = Monotonic(now.monotonic + self.rng.uniform(*self.act_seconds))
            effects += self.act(now)
        return effects

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        deadline = self._node.deadline
        return self._acts_at if deadline is None else min(deadline, self._acts_at)

    def overhear(self, peer: PeerId, data: bytes) -> None:
        """Look at what *peer* sent."""

    def distort(self, send: Send) -> list[Deed]:
        """Give what to send instead of *send*."""
        return [send]

    def act(self, now: Moment) -> list[Deed]:
        """Do something unasked."""
        return []

    def _twist(self, effects: list[Effect]) -> list[Deed]:
        twisted: list[Deed] = []
        for effect in effects:
            twisted += self.distort(effect) if isinstance(effect, Send) else [effect]
        return twisted


class GarbageVillain(Villain):
    """Sends bytes that are no messages, or broken ones."""

    def act(self, now: Moment) -> list[Deed]:
        """Send random bytes, or a message cut short, to everyone."""
        whole = wire.encode(Ping(self.rng.getrandbits(32)))
        noise = self.rng.choice([self.rng.randbytes(self.rng.randrange(200)), whole[:-1], whole + b"\x00", b""])
        return [SendBytes(peer, noise) for peer in self.peers]


class ReplayVillain(Villain):
    """Shows others the hello and proof that an honest peer showed to it."""

    def __init__(self, node: Node, rng: random.Random) -> None:
        super().__init__(node, rng)
        self._heard: dict[PeerId, dict[type[Message], bytes]] = {}

    def overhear(self, peer: PeerId, data: bytes) -> None:
        """Keep what proves somebody."""
        message = heard(data)
        if isinstance(message, Hello | Proof):
            self._heard.setdefault(peer, {})[type(message)] = data

    def distort(self, send: Send) -> list[Deed]:
        """Replace the own hello and proof by somebody else's, once there are any."""
        if not isinstance(send.message, Hello | Proof):
            return [send]
        stolen = [
            heard[type(send.message)]
            for peer, heard in sorted(self._heard.items())
            if peer != send.peer and type(send.message) in heard
        ]
        return [SendBytes(send.peer, self.rng.choice(stolen))] if stolen else [send]


class ForgeVillain(Villain):
    """Pushes records that nobody may take."""

    def act(self, now: Moment) -> list[Deed]:
        """Push one bad record to everyone."""
        blob = self.rng.choice([self._forged, self._foreign, self._expired, self._future, self._broken])(now)
        return [Send(peer, Records(0, (blob,))) for peer in self.peers]

    def _sign(self, created_at: int, room_tag: bytes) -> Record:
        return sign_record(
            SecretKey.generate(self.rng),
            created_at=UnixTime(created_at),
            kind=KIND_RECORD,
            tags=[["h", room_tag.hex()]],
            content=draw_id(self.rng, 20),
        )

    def _forged(self, now: Moment) -> bytes:
        record = self._sign(now.unix, SIMULATED_ROOM.tag)
        spoiled = bytearray(record.wire)
        spoiled[-self.rng.randrange(1, SIGNATURE_BYTES)] ^= 1 << self.rng.randrange(8)
        return bytes(spoiled)

    def _foreign(self, now: Moment) -> bytes:
        return self._sign(now.unix, self.rng.randbytes(16)).wire

    def _expired(self, now: Moment) -> bytes:
        return self._sign(now.unix - 91 * DAY_SECONDS - self.rng.randrange(DAY_SECONDS * 9), SIMULATED_ROOM.tag).wire

    def _future(self, now: Moment) -> bytes:
        return self._sign(now.unix + self.rng.choice([2, 400]) * DAY_SECONDS, SIMULATED_ROOM.tag).wire

    def _broken(self, now: Moment) -> bytes:
        whole = self._sign(now.unix, SIMULATED_ROOM.tag).wire
        return whole[: self.rng.randrange(len(whole))]


class LieVillain(Villain):
    """Says untrue things of its set in every round of sync."""

    def distort(self, send: Send) -> list[Deed]:
        """Spoil digests, counts, fingerprints, lists and wishes, nearly always."""
        if self.rng.random() < 0.1:
            return [send]
        return [replace(send, message=self._lie(send.message))]

    def _lie(self, message: Message) -> Message:
        rng = self.rng
        match message:
            case Root():
                return replace(message, digest=rng.randbytes(16), count=rng.randrange(100_000))
            case Fin():
                return replace(message, digest=rng.randbytes(16), count=rng.randrange(100_000))
            case Days(cells=cells):
                lies = tuple((rng.randrange(1, 1_000), rng.randbytes(8)) for _ in cells)
                return replace(message, cells=lies)
            case Ranges(items=items):
                return replace(message, items=tuple(self._spoil(item) for item in items))
            case Want():
                return replace(message, short_ids=(*message.short_ids, rng.randbytes(LISTED_ID_BYTES)))
            case _:
                return message

    def _spoil(self, item: RangeItem) -> RangeItem:
        match item:
            case Fingerprint():
                return replace(item, fingerprint=self.rng.randbytes(8))
            case IdList():
                return replace(item, short_ids=tuple(self.rng.randbytes(LISTED_ID_BYTES) for _ in range(50)))
            case _:
                return item


class FloodVillain(Villain):
    """Sends far more than anyone needs."""

    def act(self, now: Moment) -> list[Deed]:
        """Burst."""
        rng = self.rng
        burst: list[Message] = [
            Announce(tuple(rng.randbytes(8) for _ in range(64))),
            Pull(tuple(rng.randbytes(8) for _ in range(64))),
            Ping(rng.getrandbits(32)),
            Want(rng.randrange(5), tuple(rng.randbytes(LISTED_ID_BYTES) for _ in range(500))),
        ]
        return [Send(peer, message) for peer in self.peers for message in rng.choices(burst, k=50)]


class SilenceVillain(Villain):
    """Opens channels, says hello at most, and keeps silent."""

    def distort(self, send: Send) -> list[Deed]:
        """Swallow everything but a hello to some."""
        return [send] if isinstance(send.message, Hello) and send.peer > "0000V" else []


class OfferVillain(Villain):
    """Fills the trackers with offers from invented peers that never open a channel."""

    def act(self, now: Moment) -> list[Deed]:
        """Offer as many."""
        sdps = ("offer", "v=0 but nothing else")
        return [
            OfferAs(make_peer_id(self.rng), Offer(make_offer_id(self.rng), self.rng.choice(sdps))) for _ in range(10)
        ]


class BreachVillain(Villain):
    """Pushes records without end, and without credit, that the rules refuse, which its hello names as its own."""

    act_seconds = (0.02, 0.1)
    records_max = 10_000
    """So many in all: the rest of its life it behaves."""

    def __init__(self, node: Node, rng: random.Random) -> None:
        super().__init__(node, rng)
        self._first = rng.randbytes(32)[0] % 2 * self.records_max
        self.made = 0
        """How many records it made."""

    def act(self, now: Moment) -> list[Deed]:
        """Push as many fresh ones as go into a few messages, the same to everyone."""
        # Whoever pushes before the proof loses the channel, and nothing of it is judged.
        peers = [status.id for status in self._node.peers if status.state == "established"]
        if not peers or self.made >= self.records_max:
            return []
        blobs = [self.make(now) for _ in range(BURST_RECORDS)]
        frames = [tuple(blobs[at : at + FRAME_RECORDS]) for at in range(0, len(blobs), FRAME_RECORDS)]
        return [Send(peer, Records(0, frame)) for peer in peers for frame in frames]

    def make(self, now: Moment) -> bytes:
        """Give one more record."""
        self.made += 1
        return _refused(self._first + self.made, now.unix // DAY_SECONDS)


class SpamVillain(BreachVillain):
    """Does the same, but names rules of its own."""

    def distort(self, send: Send) -> list[Deed]:
        """Name other rules in every hello."""
        if isinstance(send.message, Hello):
            return [replace(send, message=replace(send.message, rules_id=bytes(32)))]
        return [send]


class RepeatVillain(SpamVillain):
    """Pushes one refused record again and again."""

    def make(self, now: Moment) -> bytes:
        """Give the record that was made first."""
        if not self.made:
            self._record = super().make(now)
        self.made += 1
        return self._record


class CourteousVillain(SpamVillain):
    """Pushes what is refused as fast as credit allows, and never more; says nothing else outside rounds."""

    def __init__(self, node: Node, rng: random.Random) -> None:
        super().__init__(node, rng)
        self._sent: dict[PeerId, int] = {}
        self._credited: dict[PeerId, int] = {}

    def receive(self, event: Input, now: Moment) -> list[Deed]:
        """Keep credit from the node, which knows nothing of what is pushed here."""
        match event:
            case Opened(peer):
                self._sent[peer] = self._credited[peer] = 0
            case Received(peer, data):
                message = heard(data)
                if isinstance(message, Credit) and message.round == 0:
                    self._credited[peer] = message.total_bytes
                    return []
            case _:
                pass
        return super().receive(event, now)

    def distort(self, send: Send) -> list[Deed]:
        """Name other rules, and leave out what costs credit."""
        return [] if _is_live(send.message) else super().distort(send)

    def act(self, now: Moment) -> list[Deed]:
        """Push to everyone what it grants."""
        deeds: list[Deed] = []
        for peer in [status.id for status in self._node.peers if status.state == "established"]:
            room = (self._credited[peer] + LIVE_WINDOW_BYTES - self._sent[peer]) // LIVE_RECORD_BYTES_MIN
            blobs = tuple(self.make(now) for _ in range(min(room, self.records_max - self.made)))
            if blobs:
                self._sent[peer] += len(blobs) * LIVE_RECORD_BYTES_MIN
                deeds.append(Send(peer, Records(0, blobs)))
        return deeds


class PruneVillain(CourteousVillain):
    """Pushes valid records, each to everyone at once, so that others push them in vain; passes nothing on."""

    records_max = 400

    def distort(self, send: Send) -> list[Deed]:
        """Leave out what costs credit, under the rules of all."""
        return [] if _is_live(send.message) else [send]

    def act(self, now: Moment) -> list[Deed]:
        """Push one more, once everyone grants it."""
        peers = [status.id for status in self._node.peers if status.state == "established"]
        waiting = [self._sent[peer] - self._credited[peer] for peer in peers]
        if self.made >= self.records_max or max(waiting, default=0) > LIVE_WINDOW_BYTES - LIVE_RECORD_BYTES_MIN:
            return []
        blob = self.make(now)
        self._sent |= {peer: self._sent[peer] + LIVE_RECORD_BYTES_MIN for peer in peers}
        return [Send(peer, Records(0, (blob,))) for peer in peers]

    def make(self, now: Moment) -> bytes:
        """Give one more record, by one of a few keys."""
        self.made += 1
        return _signed(self.made % 6, now.unix, f"pruning {self._first + self.made}")


def _is_live(message: Message) -> bool:
    return isinstance(message, Announce) or (isinstance(message, Records) and not message.round)


def heard(data: bytes) -> Message | None:
    """Read what somebody said, who may be hostile as well."""
    try:
        return wire.decode(data)
    except WireError:
        return None


@cache
def _refused(number: int, day: int) -> bytes:
    # The same whoever asks: thousands of them would take seconds of every seed.
    return _signed(SPAM, UnixTime(day * DAY_SECONDS), f"{SPAM} {number}")


def _signed(key: str | int, at: UnixTime, content: str) -> bytes:
    tags = [["h", SIMULATED_ROOM.tag.hex()]]
    return sign_record(_key_of(key), created_at=at, kind=KIND_RECORD, tags=tags, content=content).wire


@cache
def _key_of(seed: str | int) -> SecretKey:
    return SecretKey.generate(random.Random(seed))
