"""Signaling inside one process, for tests and demonstrations; the twin of `torrent.TorrentSignaling`."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence

from peerset.core.clock import Monotonic
from peerset.core.limits import OFFERS_PER_ANNOUNCE_MAX
from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via
from peerset.ports import SignalingStatus
from peerset.protocol.inputs import AnswerReceived, OfferReceived, SignalingInput
from peerset.signaling.cadence import Cadence
from peerset.signaling.inbox import SignalInbox
from peerset.signaling.recent import RecentSignals

MEMORY_TRACKER = Via("memory:")


class MemoryTracker:
    """Passes offers to random others of a swarm and answers to whom they are for, as trackers do."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._swarms: dict[RoomName, dict[PeerId, SignalInbox]] = {}

    def announce(self, room: RoomName, peer_id: PeerId, *, inbox: SignalInbox, offers: Sequence[Offer]) -> None:
        """List *peer_id* in *room*, and pass one of *offers* to each of as many others."""
        members = self._swarms.setdefault(room, {})
        members[peer_id] = inbox
        others = [other for other in members if other != peer_id]
        chosen = self._rng.sample(others, min(len(offers), len(others)))
        for other, offer in zip(chosen, offers, strict=False):
            members[other].put(OfferReceived(peer_id, offer, MEMORY_TRACKER))

    def answer(self, room: RoomName, peer_id: PeerId, *, to_peer: PeerId, answer: Answer) -> None:
        """Pass *answer* of *peer_id* to *to_peer*, if it is listed."""
        inbox = self._swarms.get(room, {}).get(to_peer)
        if inbox is not None:
            inbox.put(AnswerReceived(peer_id, answer, MEMORY_TRACKER))

    def leave(self, room: RoomName, peer_id: PeerId) -> None:
        """Strike *peer_id* off the list of *room*."""
        members = self._swarms.get(room, {})
        members.pop(peer_id, None)
        if not members:
            self._swarms.pop(room, None)


class MemorySignaling:
    """Announces *room* to *tracker* as member *peer_id*."""

    def __init__(self, room: RoomName, peer_id: PeerId, *, tracker: MemoryTracker) -> None:
        self._room = room
        self._peer_id = peer_id
        self._tracker = tracker
        self._inbox = SignalInbox()
        self._recent = RecentSignals()
        self._cadence = Cadence()
        self._offers: tuple[Offer, ...] = ()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def announce(self, offers: Sequence[Offer]) -> None:
        """Announce the room now, with *offers*, and again at the usual pace until the next call."""
        if self._is_closed:
            return
        self._offers = tuple(offers[:OFFERS_PER_ANNOUNCE_MAX])
        if self._cadence.due is None:
            self._cadence.start(_now())
        self._cadence.hasten(_now())
        self._repeat()

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        """Do nothing, and be never asked to: trackers pass offers to whom they choose."""

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        """Send *answer* to *peer*."""
        if not self._is_closed and via == MEMORY_TRACKER:
            self._tracker.answer(self._room, self._peer_id, to_peer=peer, answer=answer)

    async def inputs(self) -> AsyncIterator[SignalingInput]:
        """Iterate offers and answers of others; ends after `aclose`. Called once."""
        async for signal in self._inbox:
            if self._recent.is_new(signal, _now()):
                yield signal

    def status(self) -> list[SignalingStatus]:
        """Tell of no tracker: the one in memory is always there."""
        return []

    async def aclose(self) -> None:
        """Leave the room; may be called twice."""
        self._is_closed = True
        self._stop_timer()
        self._tracker.leave(self._room, self._peer_id)
        self._inbox.close()

    def _repeat(self) -> None:
        self._stop_timer()
        # A timer may fire a hair before its time; then it is due all the same, and must not be due again.
        self._cadence.take(max(_now(), self._cadence.due or _now()))
        self._tracker.announce(self._room, self._peer_id, inbox=self._inbox, offers=self._offers)
        if self._cadence.due is not None:
            self._timer = asyncio.get_running_loop().call_at(self._cadence.due, self._repeat)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())


class MemoryHub:
    """Gives each room its `MemorySignaling`, all at one *tracker*; it has no other places."""

    def __init__(self, tracker: MemoryTracker) -> None:
        self._tracker = tracker

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Take any places: there is one only."""

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> MemorySignaling:
        """Join *room*; there is nobody to hide from."""
        return MemorySignaling(room, peer_id, tracker=self._tracker)
