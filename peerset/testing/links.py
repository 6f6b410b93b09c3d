"""Simulated channels: reliable and ordered while they last, slow, cut and broken at times."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from peerset.core.limits import SEND_QUEUE_BYTES_PER_PEER_MAX, SEND_QUEUE_HIGH_BYTES, SEND_QUEUE_LOW_BYTES
from peerset.core.signal import Answer, ChannelBinding, Offer, OfferId, PeerId, make_offer_id
from peerset.protocol.effects import MakeOffers
from peerset.protocol.inputs import (
    AnswerMade,
    Clogged,
    Closed,
    DialFailed,
    Drained,
    OffersMade,
    Opened,
    Received,
)
from peerset.testing.clockwork import Clockwork

GATHER_SECONDS: Final = (0.01, 0.3)
CONNECT_SECONDS: Final = (0.05, 1.0)
BREAK_NOTICED_SECONDS_MAX: Final = 10.0
DEATH_NOTICED_SECONDS: Final = (1.0, 33.0)
"""A killed peer shows after as long as this (measured with aiortc)."""
CUT_NOTICED_SECONDS: Final = (8.0, 33.0)

LinkInput = OffersMade | AnswerMade | DialFailed | Opened | Closed | Received | Clogged | Drained
Pair = tuple[PeerId, PeerId]
"""(who sends or owns, the other end)."""


@dataclass(slots=True, eq=False)
class Channel:
    """A channel between two peers; each end is open or closed by itself."""

    ends: Pair
    open_ends: set[PeerId]
    arrived_at: dict[PeerId, float] = field(default_factory=dict)
    """When the last message on its way arrives, by receiver."""
    held: dict[PeerId, list[bytes]] = field(default_factory=dict)
    """What a partition holds back, by receiver."""
    waiting: Counter[PeerId] = field(default_factory=Counter)
    """Bytes on their way, by receiver."""
    clogged: set[PeerId] = field(default_factory=set)
    """Receivers for whom so much is on its way that senders should wait."""
    is_broken: bool = False
    """Nothing gets through any more."""

    def other(self, end: PeerId) -> PeerId:
        """Give the end that is not *end*."""
        return self.ends[1] if end == self.ends[0] else self.ends[0]


class Links:
    """Every offer, attempt and channel of a swarm."""

    def __init__(
        self,
        clock: Clockwork,
        deliver: Callable[[PeerId, LinkInput], None],
        latency: Callable[[], float],
        *,
        is_cut: Callable[[PeerId, PeerId], bool],
        can_connect: Callable[[PeerId, PeerId], bool] = lambda one, other: True,
        address_of: Callable[[PeerId], str],
        seconds_a_byte: Callable[[PeerId], float] = lambda _: 0.0,
    ) -> None:
        self.offer_failures = self.connect_failures = 0.0
        """The part of requests that fail; may change at any time."""
        self.overflows = 0
        """Channels that were closed because too much waited to be sent."""
        self.sent_bytes = 0
        """What was put on its way in all."""
        self._clock = clock
        self._deliver = deliver
        self._latency = latency
        self._is_cut = is_cut
        self._can_connect = can_connect
        self._address_of = address_of
        self._seconds_a_byte = seconds_a_byte
        self._offers: dict[OfferId, PeerId] = {}
        self._answers: dict[Pair, OfferId] = {}
        self._channels: dict[Pair, Channel] = {}
        self._partners: dict[PeerId, set[PeerId]] = {}
        """With whom each has a channel that is open at one end at least."""
        self._channel_count = 0
        self._dead: set[PeerId] = set()

    # What members ask for.

    def make_offers(self, peer: PeerId, wanted: MakeOffers) -> None:
        """Prepare offers."""
        rng = self._clock.rng
        made = [] if rng.random() < self.offer_failures else [make_offer_id(rng) for _ in range(wanted.count)]
        self._offers.update(dict.fromkeys(made, peer))
        offers = tuple(Offer(offer_id, "offer") for offer_id in made)
        self._later(GATHER_SECONDS, peer, OffersMade(offers, wanted.purpose))

    def drop_offers(self, peer: PeerId, offer_ids: tuple[OfferId, ...]) -> None:
        """Make offers of *peer* unanswerable."""
        for offer_id in offer_ids:
            if self._offers.get(offer_id) == peer:
                del self._offers[offer_id]

    def make_answer(self, peer: PeerId, remote: PeerId, offer: Offer) -> None:
        """Answer *offer* of *remote*; what does not read like one is refused."""
        if offer.sdp != "offer":
            self._later(GATHER_SECONDS, peer, DialFailed(remote, "not a session description", is_fault=True))
            return
        self._answers[peer, remote] = offer.id
        self._later(GATHER_SECONDS, peer, AnswerMade(remote, Answer(offer.id, "answer")))

    def accept_answer(self, peer: PeerId, remote: PeerId, answer: Answer) -> None:
        """Complete an offer of *peer*."""
        if self._offers.pop(answer.offer_id, None) != peer or answer.sdp != "answer":
            self._later(GATHER_SECONDS, peer, DialFailed(remote, "the offer is gone"))
            return
        if self._clock.rng.random() >= self.connect_failures:
            seconds = self._clock.rng.uniform(*CONNECT_SECONDS)
            self._clock.after(seconds, partial(self._connect, peer, remote, answer.offer_id))

    def send(self, peer: PeerId, remote: PeerId, data: bytes) -> None:
        """Put one message on its way."""
        channel = self._channels.get((peer, remote))
        if channel is None or peer not in channel.open_ends:
            return
        self.sent_bytes += len(data)
        # The channel is ordered: nothing overtakes what was sent before.
        arrives_at = max(channel.arrived_at.get(remote, 0.0), self._clock.now + self._latency())
        arrives_at += len(data) * self._seconds_a_byte(remote)
        channel.arrived_at[remote] = arrives_at
        self._weigh(channel, remote, len(data))
        self._clock.at(arrives_at, partial(self._arrive, channel, remote, data))

    def disconnect(self, peer: PeerId, remote: PeerId) -> None:
        """Close the end of *peer* after what it sent has arrived, or give up its attempt."""
        self._answers.pop((peer, remote), None)
        channel = self._channels.get((peer, remote))
        if channel is not None and peer in channel.open_ends:
            flushed_at = max(channel.arrived_at.get(remote, 0.0), self._clock.now + self._latency())
            self._close_end(channel, peer, "closed by us")
            self._clock.at(flushed_at, partial(self._close_far_end, channel, remote))

    # What the world does.

    def channels(self) -> list[Channel]:
        """Give every channel with an open end, in a fixed order."""
        found = {id(channel): channel for _, channel in sorted(self._channels.items(), key=lambda item: item[0])}
        return list(found.values())

    def _channels_of(self, peer: PeerId) -> list[Channel]:
        """Give those among `channels` that *peer* has."""
        pairs = sorted((min(peer, other), max(peer, other)) for other in self._partners.get(peer, ()))
        return [self._channels[pair] for pair in pairs]

    def break_channel(self, channel: Channel) -> None:
        """Lose *channel* with everything on it; each end learns of it in its own time."""
        for end in channel.ends:
            self._clock.within(BREAK_NOTICED_SECONDS_MAX, partial(self._close_end, channel, end, "the channel broke"))
        channel.is_broken = True

    def kill(self, peer: PeerId) -> None:
        """Forget a dead process; its neighbours learn of it in their own time."""
        self._dead.add(peer)
        for channel in self._channels_of(peer):
            channel.open_ends.discard(peer)
            other = channel.other(peer)
            self._clock.after(
                self._clock.rng.uniform(*DEATH_NOTICED_SECONDS),
                partial(self._close_end, channel, other, "the peer is gone"),
            )
        self._offers = {offer_id: owner for offer_id, owner in self._offers.items() if owner != peer}
        self._answers = {pair: offer_id for pair, offer_id in self._answers.items() if pair[0] != peer}

    def notice_cuts(self) -> None:
        """Let channels that a partition cuts die, unless it ends before their ends notice."""
        for channel in self.channels():
            if self._is_cut(*channel.ends):
                seconds = self._clock.rng.uniform(*CUT_NOTICED_SECONDS)
                self._clock.after(seconds, partial(self._break_if_cut, channel))

    def release(self) -> None:
        """Deliver what partitions held back on channels that are whole again."""
        for channel in self.channels():
            if self._is_cut(*channel.ends):
                continue
            held, channel.held = channel.held, {}
            for receiver, messages in sorted(held.items()):
                for data in messages:
                    channel.waiting[receiver] += len(data)
                    self._arrive(channel, receiver, data)

    # How channels live.

    def _connect(self, offerer: PeerId, answerer: PeerId, offer_id: OfferId) -> None:
        is_awaited = self._answers.pop((answerer, offerer), None) == offer_id
        if not is_awaited or self._is_cut(offerer, answerer) or offerer in self._dead:
            return
        if not self._can_connect(offerer, answerer):
            return
        ends = (offerer, answerer)
        old = self._channels.get(ends)
        if old is not None and len(old.open_ends) == 2:
            # Two attempts crossed; whichever opened first is used.
            return
        if old is not None:
            # An end that has not noticed the loss of the old channel learns of it before it sees the new one.
            for end in ends:
                self._close_end(old, end, "replaced by a new channel")
        self._channel_count += 1
        channel = Channel(ends, set(ends))
        self._channels[ends] = self._channels[ends[::-1]] = channel
        for end in ends:
            self._partners.setdefault(end, set()).add(channel.other(end))
        seals = {end: hashlib.sha256(f"{end} {self._channel_count}".encode()).digest() for end in ends}
        for end in ends:
            other = channel.other(end)
            opened = Opened(other, ChannelBinding(seals[end], seals[other]), "direct", self._address_of(other))
            self._clock.after(0.0, partial(self._deliver, end, opened))

    def _weigh(self, channel: Channel, receiver: PeerId, size: int) -> None:
        """Count what is on its way, tell its sender when it should wait, and close what nobody keeps from growing."""
        channel.waiting[receiver] += size
        sender, waiting = channel.other(receiver), channel.waiting[receiver]
        if waiting > SEND_QUEUE_BYTES_PER_PEER_MAX:
            self.overflows += 1
            self.break_channel(channel)
        elif waiting > SEND_QUEUE_HIGH_BYTES and receiver not in channel.clogged:
            channel.clogged.add(receiver)
            self._clock.after(0.0, partial(self._tell, channel, sender, Clogged(receiver)))
        elif waiting <= SEND_QUEUE_LOW_BYTES and receiver in channel.clogged:
            channel.clogged.remove(receiver)
            self._clock.after(0.0, partial(self._tell, channel, sender, Drained(receiver)))

    def _tell(self, channel: Channel, sender: PeerId, event: Clogged | Drained) -> None:
        if sender in channel.open_ends:
            self._deliver(sender, event)

    def _arrive(self, channel: Channel, receiver: PeerId, data: bytes) -> None:
        self._weigh(channel, receiver, -len(data))
        if receiver not in channel.open_ends or channel.is_broken:
            return
        if self._is_cut(*channel.ends) or channel.held.get(receiver):
            channel.held.setdefault(receiver, []).append(data)
            return
        self._deliver(receiver, Received(channel.other(receiver), data))

    def _break_if_cut(self, channel: Channel) -> None:
        if self._is_cut(*channel.ends):
            self.break_channel(channel)

    def _close_far_end(self, channel: Channel, end: PeerId) -> None:
        # A goodbye does not pass a partition either; silence will tell.
        if not self._is_cut(*channel.ends):
            self._close_end(channel, end, "closed by the peer")

    def _close_end(self, channel: Channel, end: PeerId, reason: str) -> None:
        if end not in channel.open_ends:
            return
        channel.open_ends.discard(end)
        self._clock.after(0.0, partial(self._deliver, end, Closed(channel.other(end), reason)))
        pair = (end, channel.other(end))
        if not channel.open_ends and self._channels.get(pair) is channel:
            del self._channels[pair], self._channels[pair[::-1]]
            for one, other in (pair, pair[::-1]):
                self._partners[one].discard(other)

    def _later(self, seconds: tuple[float, float], peer: PeerId, event: LinkInput) -> None:
        self._clock.after(self._clock.rng.uniform(*seconds), partial(self._deliver, peer, event))
