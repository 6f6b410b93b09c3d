"""Signaling by topics, whatever carries them: the part that Nostr, MQTT and plain relays have in common.

A strategy brings its `TopicPlaces`: the connections to its relays or brokers, which all rooms of a process share.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from peerset.core.clock import Monotonic
from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via
from peerset.ports import SignalingStatus, SocketState
from peerset.protocol.inputs import SignalingInput
from peerset.signaling.inbox import SignalInbox
from peerset.signaling.signal_seal import SignalCounts
from peerset.signaling.topic_room import Publication, TopicRoom

logger = logging.getLogger(__name__)


class TopicListener(Protocol):
    """Who listens to topics at a place."""

    def place_opened(self, url: str) -> None:
        """Learn that what is published there from now on is heard."""
        ...

    def place_failed(self, url: str) -> None:
        """Learn that the place is out of reach, and tried again later."""
        ...

    def place_heard(self, url: str, topic: str, content: str) -> None:
        """Take what somebody, maybe ourselves, published there to one of our topics."""
        ...


class TopicPlace(Protocol):
    """One relay or broker."""

    @property
    def state(self) -> SocketState:
        """How its connection stands."""
        ...

    @property
    def next_try(self) -> Monotonic | None:
        """When it is tried again; None while it is open or being opened."""
        ...

    @property
    def since(self) -> Monotonic:
        """When that began."""
        ...

    @property
    def error(self) -> str | None:
        """What went wrong last, in words; None when all is well."""
        ...

    def publish(self, topic: str, content: str) -> None:
        """Publish *content* to *topic*, if it is open: what is not said now is soon out of date."""
        ...


class TopicPlaces(Protocol):
    """The connections of a process to all relays or brokers of one strategy."""

    def listen(self, url: str, topics: Sequence[str], listener: TopicListener) -> TopicPlace:
        """Let *listener* hear *topics* at *url*; it is told at once when the place is open already.

        Raises:
            ConfigError: the first of *topics*, which is one peer's own, is listened to there already.

        """
        ...

    async def release(self, url: str, topics: Sequence[str], listener: TopicListener) -> None:
        """Publish what waits and listen no longer; takes two seconds at most."""
        ...


class TopicSignaling:
    """Announces *room* at all *urls* of *strategy* as member *peer_id*, and carries what is said between two peers.

    The *places* open when `inputs` or `announce` is first called. *rng* draws nonces: in production it must be a
    `random.SystemRandom`.
    """

    def __init__(
        self,
        room: RoomName,
        peer_id: PeerId,
        *,
        strategy: str,
        urls: Sequence[str],
        places: TopicPlaces,
        password: str = "",
        rng: random.Random,
    ) -> None:
        self._name = room
        self._strategy = strategy
        self._places = places
        self._room = TopicRoom(room, peer_id, urls=urls, password=password, rng=rng)
        self._inbox = SignalInbox()
        self._open: dict[str, TopicPlace] = {}
        self._due = asyncio.Event()
        self._changed = asyncio.Event()
        self._pacing: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def counts(self) -> SignalCounts:
        """What arrived and was not passed on."""
        return self._room.counts

    @property
    def dropped(self) -> int:
        """How many signals were dropped because nobody took them in time."""
        return self._inbox.dropped

    async def announce(self, offers: Sequence[Offer]) -> None:
        """Say that we are here, now and again and again; *offers* for just anybody have no place here."""
        self._start()
        self._room.announce(_now())
        self._due.set()

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        """Send *offer* to *peer* by every open place: it may be out of reach at the one where it was heard."""
        for publication in self._room.offer(peer, offer):
            for url in self._open:
                self._publish(url, publication)

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        """Send *answer* to *peer* by *via*, or by every open place when that one is gone."""
        publication = self._room.answer(peer, answer)
        is_there = via in self._open and self._open[via].state is SocketState.OPEN
        for url in [via] if is_there else self._open:
            self._publish(url, publication)

    def inputs(self) -> AsyncIterator[SignalingInput]:
        """Iterate announcements, offers and answers of others; ends after `aclose`. Called once."""
        self._start()
        return aiter(self._inbox)

    def status(self) -> list[SignalingStatus]:
        """Tell how the room stands with each place, in the order given."""
        return [self._status(url) for url in self._room.views]

    async def settled(self) -> None:
        """Wait until we heard ourselves at each place, or it failed; for those who ask for `status` once."""
        self._start()
        while not self._is_closed and not all(map(self._is_settled, self._room.views)):
            self._changed.clear()
            await self._changed.wait()

    async def aclose(self) -> None:
        """Listen and announce no longer, within 2 seconds; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._inbox.close()
        self._changed.set()
        if self._pacing is None:
            return
        self._pacing.cancel()
        leaving = [
            asyncio.create_task(self._places.release(url, self._room.topics, self), name=f"leave {url}")
            for url in self._open
        ]
        self._open.clear()
        await asyncio.wait([self._pacing, *leaving])

    def place_opened(self, url: str) -> None:
        """Announce there at once."""
        self._room.open(url, _now())
        self._due.set()

    def place_failed(self, url: str) -> None:
        """Announce nothing there until it is open again."""
        self._room.close(url)
        self._changed.set()

    def place_heard(self, url: str, topic: str, content: str) -> None:
        """Sort what somebody published."""
        had_foreign = self.counts.sealed_otherwise > 0
        heard = self._room.hear(url, topic, content, _now())
        self._changed.set()
        if heard is not None:
            self._inbox.put(heard)
        elif self.counts.sealed_otherwise and not had_foreign:
            logger.warning("room %a: a peer uses another password; all such are ignored", self._name.room[:64])

    def _start(self) -> None:
        if self._pacing is not None or self._is_closed:
            return
        self._pacing = asyncio.create_task(self._pace(), name=f"announce {self._room.root}")
        for url in self._room.views:
            self._open[url] = self._places.listen(url, self._room.topics, self)

    async def _pace(self) -> None:
        while True:
            self._due.clear()
            for url, publication in self._room.tick(_now()):
                self._publish(url, publication)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._room.deadline):
                    await self._due.wait()

    def _publish(self, url: str, publication: Publication) -> None:
        self._open[url].publish(publication.topic, publication.content)

    def _is_settled(self, url: str) -> bool:
        place = self._open.get(url)
        return self._room.views[url].replies > 0 or (place is not None and place.error is not None)

    def _status(self, url: str) -> SignalingStatus:
        view, place = self._room.views[url], self._open.get(url)
        return SignalingStatus(
            strategy=self._strategy,
            place=url,
            state=SocketState.CLOSED if place is None else place.state,
            error=None if place is None else place.error,
            since=_now() if place is None else place.since,
            last_success=view.replied_at,
            next_try=None if place is None else place.next_try,
            announces=view.announces,
            replies=view.replies,
            swarm_size=None,
            peers=len(view.peers),
        )


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
