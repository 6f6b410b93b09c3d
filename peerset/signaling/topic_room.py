"""One room on relays and brokers that carry topics: what to publish where and when, and what others' contents mean.

Does no I/O: time, chance and texts are given, texts and values are returned. `topics.py` drives it, whatever carries
the topics: Nostr, MQTT or a plain relay. Everyone of the room listens to its root topic, and each peer to a topic of
its own. A peer says on the root topic that it is there; whoever has a place for it sends an offer to its own topic.
"""

import hashlib
import random
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from peerset.core.clock import Monotonic
from peerset.core.limits import TOPIC_OFFERS_REMEMBERED_MAX, TRACKER_PEERS_COUNTED_MAX
from peerset.core.signal import ID_LENGTH, Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.errors import SignalingError
from peerset.protocol.inputs import AnswerReceived, CandidateReceived, OfferReceived, PeerAnnounced, SignalingInput
from peerset.signaling.cadence import INTERVAL_SECONDS_MAX, Cadence
from peerset.signaling.recent import RecentSignals
from peerset.signaling.sealing import root_topic, self_topic
from peerset.signaling.signal_seal import SignalCounts, SignalSeal
from peerset.signaling.topic_wire import (
    Announcing,
    Answering,
    Content,
    Offering,
    Trickling,
    decode,
    decode_candidate,
    encode_announcement,
    encode_answer,
    encode_offer,
    encode_older_answer,
)

K = TypeVar("K")
V = TypeVar("V")

ANNOUNCE_PAUSE_SECONDS: Final = 5.0
"""Relays count what each of us publishes: between announcements that somebody asks for this long passes."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Publish *content* to *topic*."""

    topic: str
    content: str


@dataclass(slots=True)
class PlaceView:
    """How the room stands with one relay or broker."""

    cadence: Cadence = field(default_factory=Cadence)
    announces: int = 0
    replies: int = 0
    """How often an announcement came back to us, who listen too,"""
    replied_at: Monotonic | None = None
    """and when it last did."""
    peers: set[PeerId] = field(default_factory=set)
    """Who was heard there; not all of them once there are `TRACKER_PEERS_COUNTED_MAX`."""
    announced_at: Monotonic | None = None

    def hasten(self, now: Monotonic) -> None:
        """Announce as soon as the pause allows."""
        due = self.cadence.due
        at = now if self.announced_at is None else max(now, Monotonic(self.announced_at + ANNOUNCE_PAUSE_SECONDS))
        if due is not None and at < due:
            self.cadence.hasten(at)


class TopicRoom:
    """The room *name* as member *peer_id*, at the places with these *urls*."""

    def __init__(
        self, name: RoomName, peer_id: PeerId, *, urls: Sequence[str], password: str, rng: random.Random
    ) -> None:
        self.root = root_topic(name)
        self.own = self_topic(name, peer_id)
        self.counts = SignalCounts()
        self.views = {url: PlaceView() for url in urls}
        self._name = name
        self._peer_id = peer_id
        self._seal = SignalSeal(name, password, rng=rng, counts=self.counts)
        self._recent = RecentSignals()
        self._is_announcing = False
        self._sent: OrderedDict[PeerId, OfferId] = OrderedDict()
        """The last offer that each peer got from us."""
        self._older: OrderedDict[OfferId, PeerId] = OrderedDict()
        """Offers in the older dialect, by the ids that we gave them."""

    @property
    def topics(self) -> tuple[str, str]:
        """What to listen to, in this order: whoever hears of us on the root topic may answer at once."""
        return self.own, self.root

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick` next; None while nothing is to be announced."""
        if not self._is_announcing:
            return None
        return min((view.cadence.due for view in self.views.values() if view.cadence.due is not None), default=None)

    def announce(self, now: Monotonic) -> None:
        """Say everywhere that we are here, soon, and again at the usual pace."""
        self._is_announcing = True
        for view in self.views.values():
            view.hasten(now)

    def tick(self, now: Monotonic) -> list[tuple[str, Publication]]:
        """Give (url, publication) for every announcement that is due."""
        if not self._is_announcing:
            return []
        due = [(url, view) for url, view in self.views.items() if view.cadence.take(now)]
        for _, view in due:
            view.announces += 1
            view.announced_at = now
        announcement = Publication(self.root, encode_announcement(self._peer_id))
        return [(url, announcement) for url, _ in due]

    def open(self, url: str, now: Monotonic) -> None:
        """Start announcing at *url*, where we listen from now on."""
        view = self.views[url]
        view.cadence.hear(INTERVAL_SECONDS_MAX)
        view.cadence.start(now)

    def close(self, url: str) -> None:
        """Stop announcing at *url*, which is out of reach."""
        self.views[url].cadence.stop()

    def offer(self, peer: PeerId, offer: Offer) -> list[Publication]:
        """Give what carries *offer* to *peer*, to be published at every place.

        A peer of the older dialect cannot read it, but makes an offer itself once it hears that we are here.
        """
        _remember(self._sent, peer, offer.id)
        topic = self_topic(self._name, peer)
        sealed = self._seal.seal(offer.sdp)
        return [
            Publication(topic, encode_offer(self._peer_id, offer.id, sealed)),
            Publication(topic, encode_announcement(self._peer_id)),
        ]

    def answer(self, peer: PeerId, answer: Answer) -> Publication:
        """Give what carries *answer* to *peer*, in the dialect of its offer."""
        topic = self_topic(self._name, peer)
        sealed = self._seal.seal(answer.sdp)
        if self._older.get(answer.offer_id) == peer:
            return Publication(topic, encode_older_answer(self._peer_id, sealed))
        return Publication(topic, encode_answer(self._peer_id, answer.offer_id, sealed))

    def hear(self, url: str, topic: str, text: str, now: Monotonic) -> SignalingInput | None:
        """Take what was published to *topic* at *url*; None when it is not for us, not new or not readable."""
        try:
            content = decode(text)
        except SignalingError:
            self.counts.malformed += 1
            return None
        if content.peer == self._peer_id:
            if topic == self.root:
                self.views[url].replies += 1
                self.views[url].replied_at = now
            return None
        if not self._is_for_us(topic, content):
            self.counts.malformed += 1
            return None
        peers = self.views[url].peers
        if len(peers) < TRACKER_PEERS_COUNTED_MAX:
            peers.add(content.peer)
        if not self._recent.is_new(content, now):
            self.counts.repeated += 1
            return None
        return self._read(url, content)

    def _is_for_us(self, topic: str, content: Content) -> bool:
        """Say whether it stands where it belongs: all of the room hear an announcement, and nobody else the rest."""
        return topic == self.own or (topic == self.root and isinstance(content, Announcing))

    def _read(self, url: str, content: Content) -> SignalingInput | None:
        match content:
            case Announcing(peer):
                return PeerAnnounced(peer, Via(url))
            case Offering(peer, named, sealed, is_older):
                offer_id = _made_id(sealed) if named is None else named
                sdp = self._seal.open(sealed)
                if sdp is None:
                    return None
                if is_older:
                    _remember(self._older, offer_id, peer)
                return OfferReceived(peer, Offer(offer_id, sdp), Via(url))
            case Answering(peer, named, sealed) | Trickling(peer, named, sealed):
                return self._read_reply(url, content, self._sent.get(peer) if named is None else named)

    def _read_reply(self, url: str, content: Answering | Trickling, offer_id: OfferId | None) -> SignalingInput | None:
        text = self._seal.open(content.sealed)
        if text is None or offer_id is None:
            return None
        if isinstance(content, Answering):
            return AnswerReceived(content.peer, Answer(offer_id, text), Via(url))
        try:
            candidate = decode_candidate(text)
        except SignalingError:
            self.counts.malformed += 1
            return None
        return None if candidate is None else CandidateReceived(content.peer, offer_id, candidate, Via(url))


def _made_id(sealed: str) -> OfferId:
    """Give an offer without an id one that is always the same."""
    return OfferId(hashlib.sha256(sealed.encode()).hexdigest()[:ID_LENGTH])


def _remember(known: OrderedDict[K, V], key: K, value: V) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > TOPIC_OFFERS_REMEMBERED_MAX:
        known.popitem(last=False)
