"""Simulated trackers and boards: where members of a swarm find one another, and outages."""

import random
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from peerset.core.signal import Answer, Offer, PeerId, Via
from peerset.protocol.effects import Announce, SendAnswer, SendOffer
from peerset.protocol.inputs import AnswerReceived, OfferReceived, PeerAnnounced, SignalingInput
from peerset.testing.clockwork import Clockwork

REPEAT_SECONDS: Final = (20.0, 60.0)
"""A member announces itself again after a time between these."""
GHOST_SECONDS_MAX: Final = 120.0
"""A dead member stays listed for up to this long."""
RECONNECT_SECONDS_MAX: Final = 10.0


class Tracker:
    """One tracker: whom it lists, and whether it serves. Announcements bring offers to some of those."""

    def __init__(self, via: Via) -> None:
        self.via = via
        self.is_up = True
        self.listed: list[PeerId] = []
        """In the order of their ids."""

    def add(self, peer: PeerId) -> None:
        """List *peer*."""
        if self._place(peer) is None:
            insort(self.listed, peer)

    def remove(self, peer: PeerId) -> None:
        """List *peer* no longer."""
        place = self._place(peer)
        if place is not None:
            del self.listed[place]

    def draw(self, count: int, rng: random.Random, *, but: PeerId) -> list[PeerId]:
        """Draw up to *count* of those listed *but* one, without looking at all of them."""
        place = self._place(but)
        others = len(self.listed) - (place is not None)
        drawn = rng.sample(range(others), min(others, count))
        return [self.listed[each + (place is not None and each >= place)] for each in drawn]

    def lists(self, peer: PeerId) -> bool:
        """Say whether *peer* is listed, without looking at all of them."""
        return self._place(peer) is not None

    def _place(self, peer: PeerId) -> int | None:
        place = bisect_left(self.listed, peer)
        return place if place < len(self.listed) and self.listed[place] == peer else None


class Board(Tracker):
    """One place where all of a room hear who announces itself, and each hears what is for it alone."""


class Rendezvous:
    """All trackers and boards of a swarm, and the part of every member that talks to them."""

    def __init__(
        self,
        clock: Clockwork,
        deliver: Callable[[PeerId, SignalingInput], None],
        latency: Callable[[], float],
        *,
        trackers: int = 2,
        boards: int = 0,
    ) -> None:
        self.trackers = [
            *(Tracker(Via(f"wss://tracker{number}.test")) for number in range(trackers)),
            *(Board(Via(f"wss://board{number}.test")) for number in range(boards)),
        ]
        self._clock = clock
        self._deliver = deliver
        self._latency = latency
        self._announced: dict[PeerId, tuple[int, tuple[Offer, ...]]] = {}
        self._announcements = 0

    def perform(self, peer: PeerId, effect: Announce | SendOffer | SendAnswer) -> None:
        """Do for *peer* what its signaling is asked to do."""
        match effect:
            case Announce(offers):
                self.announce(peer, offers)
            case SendOffer(to, offer, via):
                self.offer(peer, to, offer, via)
            case SendAnswer(to, answer, via):
                self.answer(peer, to, answer, via)

    def announce(self, peer: PeerId, offers: Sequence[Offer]) -> None:
        """Announce *peer* on every tracker now, and again and again until the next announcement."""
        self._announcements += 1
        self._announced[peer] = (self._announcements, tuple(offers))
        self._repeat(peer, self._announcements)

    def offer(self, peer: PeerId, to: PeerId, offer: Offer, via: Via) -> None:
        """Carry *offer* to *to*, if the board serves and lists it."""
        if self._reaches(to, via):
            self._post(to, OfferReceived(peer, offer, via))

    def answer(self, peer: PeerId, to: PeerId, answer: Answer, via: Via) -> None:
        """Carry *answer* to *to*, if its tracker serves and lists it."""
        if self._reaches(to, via):
            self._post(to, AnswerReceived(peer, answer, via))

    def forget(self, peer: PeerId) -> None:
        """Note that *peer* is dead; the trackers find out later."""
        self._announced.pop(peer, None)
        for tracker in self.trackers:
            self._clock.within(GHOST_SECONDS_MAX, partial(tracker.remove, peer))

    def fail(self, tracker: Tracker) -> None:
        """Let *tracker* stop serving, and forget everyone."""
        tracker.is_up = False
        tracker.listed.clear()

    def recover(self, tracker: Tracker) -> None:
        """Let *tracker* serve again; members reconnect one after the other."""
        tracker.is_up = True
        for peer in sorted(self._announced):
            self._clock.within(RECONNECT_SECONDS_MAX, partial(self._tell, tracker, peer))

    def _repeat(self, peer: PeerId, number: int) -> None:
        if self._announced.get(peer, (0, ()))[0] != number:
            return
        for tracker in self.trackers:
            self._tell(tracker, peer)
        self._clock.after(self._clock.rng.uniform(*REPEAT_SECONDS), partial(self._repeat, peer, number))

    def _tell(self, tracker: Tracker, peer: PeerId) -> None:
        if not tracker.is_up or peer not in self._announced:
            return
        offers = self._announced[peer][1]
        if isinstance(tracker, Board):
            tracker.add(peer)
            for other in tracker.listed:
                if other != peer:
                    self._post(other, PeerAnnounced(peer, tracker.via))
            return
        chosen = tracker.draw(len(offers), self._clock.rng, but=peer)
        tracker.add(peer)
        for other, offer in zip(chosen, offers, strict=False):
            self._post(other, OfferReceived(peer, offer, tracker.via))

    def _reaches(self, to: PeerId, via: Via) -> bool:
        found = next((each for each in self.trackers if each.via == via), None)
        return found is not None and found.is_up and found.lists(to)

    def _post(self, to: PeerId, signal: SignalingInput) -> None:
        self._clock.after(self._latency(), partial(self._deliver, to, signal))
