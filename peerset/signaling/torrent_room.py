"""One room as seen through BitTorrent trackers: what to tell each of them and when, and what their messages mean.

Does no I/O: time, chance and texts are given, texts and values are returned. `torrent.py` drives it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from peerset.core.clock import Monotonic
from peerset.core.limits import SIGNALS_REMEMBERED_MAX, TRACKER_PEERS_COUNTED_MAX
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.protocol.inputs import AnswerReceived, OfferReceived, SignalingInput
from peerset.signaling.cadence import Cadence
from peerset.signaling.recent import RecentSignals
from peerset.signaling.sealing import info_hash_of
from peerset.signaling.signal_seal import SignalCounts, SignalSeal
from peerset.signaling.torrent_wire import (
    AnswerForwarded,
    OfferForwarded,
    Replied,
    SealedOffer,
    announceable,
    encode_announce,
    encode_answer,
    encode_bare_answer,
    encode_farewell,
)


@dataclass(slots=True)
class TrackerView:
    """How the room stands with one tracker."""

    cadence: Cadence = field(default_factory=Cadence)
    announces: int = 0
    replies: int = 0
    replied_at: Monotonic | None = None
    """When it last replied to an announce."""
    swarm_size: int | None = None
    """Members of the swarm including us, as the tracker last said."""
    peers: set[PeerId] = field(default_factory=set)
    """Whose signals it passed on; not all of them once there are `TRACKER_PEERS_COUNTED_MAX`."""


class TorrentRoom:
    """The room *name* as member *peer_id*, at the trackers with these *urls*."""

    def __init__(
        self, name: RoomName, peer_id: PeerId, *, urls: Sequence[str], password: str, rng: random.Random
    ) -> None:
        self.info_hash = info_hash_of(name)
        self.counts = SignalCounts()
        self.views = {url: TrackerView() for url in urls}
        self._peer_id = peer_id
        self._seal = SignalSeal(name, password, rng=rng, counts=self.counts)
        self._recent = RecentSignals()
        self._bare: dict[tuple[PeerId, OfferId], None] = {}
        """Offers that came as mere texts, and are to be answered by one; the last `SIGNALS_REMEMBERED_MAX`."""
        self._announcement: str | None = None
        """None until the room has been told to announce."""

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick` next; None while nothing is to be announced."""
        if self._announcement is None:
            return None
        return min((view.cadence.due for view in self.views.values() if view.cadence.due is not None), default=None)

    def announce(self, offers: Sequence[Offer], now: Monotonic) -> None:
        """Announce *offers* at once, and again with the same ids and ciphertexts until the next call."""
        sealed = [SealedOffer(offer.id, self._seal.seal(offer.sdp)) for offer in offers]
        self._announcement = encode_announce(self.info_hash, self._peer_id, announceable(sealed))
        for view in self.views.values():
            view.cadence.hasten(now)

    def tick(self, now: Monotonic) -> list[tuple[str, str]]:
        """Give (url, text) for every announce that is due."""
        if self._announcement is None:
            return []
        due = [(url, view) for url, view in self.views.items() if view.cadence.take(now)]
        for _, view in due:
            view.announces += 1
        return [(url, self._announcement) for url, _ in due]

    def open(self, url: str, now: Monotonic) -> None:
        """Start announcing to *url*, whose fresh socket knows nothing about us."""
        self.views[url].cadence.start(now)

    def close(self, url: str) -> None:
        """Stop announcing to *url*, whose socket is gone."""
        self.views[url].cadence.stop()

    def answer(self, peer: PeerId, answer: Answer) -> str:
        """Give the text that carries *answer* to *peer*."""
        sealed = self._seal.seal(answer.sdp)
        encode = encode_bare_answer if (peer, answer.offer_id) in self._bare else encode_answer
        return encode(self.info_hash, self._peer_id, to_peer_id=peer, offer_id=answer.offer_id, sealed=sealed)

    def farewell(self) -> str:
        """Give the text that takes us off a tracker's list."""
        return encode_farewell(self.info_hash, self._peer_id)

    def hear_reply(self, url: str, reply: Replied, now: Monotonic) -> None:
        """Take the tracker's answer to an announce."""
        view = self.views[url]
        view.replies += 1
        view.replied_at = now
        if reply.interval_seconds is not None:
            view.cadence.hear(reply.interval_seconds)
        if reply.seeders is not None or reply.leechers is not None:
            view.swarm_size = (reply.seeders or 0) + (reply.leechers or 0)

    def hear_signal(self, url: str, signal: OfferForwarded | AnswerForwarded, now: Monotonic) -> SignalingInput | None:
        """Take an offer or answer that *url* passed on; None when it is not for us, not new or not readable."""
        if signal.peer == self._peer_id:
            return None
        peers = self.views[url].peers
        if len(peers) < TRACKER_PEERS_COUNTED_MAX:
            peers.add(signal.peer)
        if not self._recent.is_new((type(signal), signal.offer_id, signal.peer), now):
            self.counts.repeated += 1
            return None
        sdp = self._seal.open(signal.sealed)
        if sdp is None:
            return None
        if isinstance(signal, OfferForwarded):
            if signal.is_bare:
                self._remember_bare(signal)
            return OfferReceived(signal.peer, Offer(signal.offer_id, sdp), Via(url))
        return AnswerReceived(signal.peer, Answer(signal.offer_id, sdp), Via(url))

    def _remember_bare(self, offer: OfferForwarded) -> None:
        self._bare[offer.peer, offer.offer_id] = None
        if len(self._bare) > SIGNALS_REMEMBERED_MAX:
            del self._bare[next(iter(self._bare))]
