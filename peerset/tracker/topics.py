"""A relay's memory: who listens on which topic, and who gets what is published there. Does no I/O.

As with swarms, places are dealt out by address, and so is what may be passed on: when an address has published more
than it may, those who get the next message are drawn by their networks.
"""

import random
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.census import Census
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.quotas import Attention, Quotas
from peerset.tracker.relay_wire import Published, RelayMessage, Subscribed, Unsubscribed
from peerset.tracker.swarm import ConnectionId, Source
from peerset.tracker.swarms import Delivery

TOPICS_PER_ROOM: Final = 2
"""Each member of a room listens on that of the room and on one of its own."""
DELIVERY_BYTES: Final = 256
"""So much does the passing on of a message cost beside its own bytes."""


@dataclass(slots=True, eq=False)
class Listener:
    """One client on one topic."""

    topic: str
    source: Source
    attention: Attention
    """How many messages of each address its connection is given."""


@dataclass(slots=True)
class TopicCounts:
    """What a relay has passed on since it started, and what it has not."""

    published: int = 0
    relayed: int = 0
    relayed_limited: int = 0


class Topics:
    """All topics of a relay, within *limits*."""

    def __init__(self, limits: TrackerLimits, *, rng: random.Random) -> None:
        self.counts = TopicCounts()
        self._limits = limits
        self._rng = rng
        self._topics: dict[str, Census[Listener]] = {}
        self._bytes = Quotas(limits.relayed_bytes_per_second_and_address, limits.relayed_bytes_burst_and_address)
        self._listeners: Census[Listener] = Census(
            "topics of this relay",
            total_max=TOPICS_PER_ROOM * limits.members,
            per_address_max=TOPICS_PER_ROOM * limits.members_per_address,
        )
        self._joined: dict[ConnectionId, dict[str, Listener]] = {}
        """What each connection listens on."""

    def __len__(self) -> int:
        """Give the number of topics that somebody listens on."""
        return len(self._topics)

    @property
    def listeners(self) -> int:
        """How many listen, each counted for each of its topics."""
        return len(self._listeners)

    def has(self, connection: ConnectionId) -> bool:
        """Say whether *connection* listens on any topic."""
        return connection in self._joined

    def take(self, source: Source, said: RelayMessage, now: Monotonic) -> list[Delivery]:
        """Take what a client says, and give what is to be passed on for that.

        Raises:
            SignalingError: the client may not listen; the reason may be told to it.

        """
        match said:
            case Subscribed():
                self._subscribe(source, said.topic)
            case Unsubscribed():
                listener = self._joined.get(source.connection, {}).get(said.topic)
                if listener is not None:
                    self._remove(listener)
            case Published():
                return self._publish(source, said, now)
        return []

    def leave(self, connection: ConnectionId) -> None:
        """Forget what *connection* listens on: it is closed."""
        for listener in list(self._joined.get(connection, {}).values()):
            self._remove(listener)

    def _publish(self, source: Source, said: Published, now: Monotonic) -> list[Delivery]:
        self.counts.published += 1
        crowd = self._topics.get(said.topic)
        if crowd is None:
            return []
        cost, quota = DELIVERY_BYTES + len(said.text), self._bytes.of(source.origin)
        granted = min(len(crowd), int(quota.left(now) // cost))
        quota.take(granted * cost)
        address = source.origin.address
        given = [
            Delivery(listener.source.connection, said.text)
            for listener in self._choose(crowd, source, said.topic, granted)
            if listener.source.origin.address == address or listener.attention.spend(address, now)
        ]
        self.counts.relayed += len(given)
        self.counts.relayed_limited += len(crowd) - len(given)
        return given

    def _choose(self, crowd: Census[Listener], source: Source, topic: str, count: int) -> list[Listener]:
        """Give all of *crowd*; where only *count* can be served, those that are drawn, without the publisher."""
        if count == len(crowd):
            return list(crowd)
        own = self._joined.get(source.connection, {}).get(topic)
        return crowd.draw(count, self._rng, without=own) if count else []

    def _subscribe(self, source: Source, topic: str) -> None:
        joined = self._joined.get(source.connection, {})
        if topic in joined:
            return
        if len(joined) >= TOPICS_PER_ROOM * self._limits.swarms_per_connection:
            raise SignalingError(f"more than {len(joined)} topics on one connection")
        self._make_room(source, topic)
        listener = Listener(topic, source, self._attention_of(source.connection))
        self._crowd(topic).add(listener, source.origin)
        self._listeners.add(listener, source.origin)
        self._joined.setdefault(source.connection, {})[topic] = listener

    def _attention_of(self, connection: ConnectionId) -> Attention:
        for listener in self._joined.get(connection, {}).values():
            return listener.attention
        return Attention(self._limits.relayed_per_second_and_receiver, self._limits.relayed_burst_and_receiver)

    def _make_room(self, source: Source, topic: str) -> None:
        crowd = self._topics.get(topic)
        for census in (self._listeners,) if crowd is None else (crowd, self._listeners):
            leaving = census.make_room(source.origin)
            if leaving is not None:
                self._remove(leaving)

    def _crowd(self, topic: str) -> Census[Listener]:
        crowd = self._topics.get(topic)
        if crowd is None:
            crowd = self._topics[topic] = Census(
                "places on this topic",
                total_max=self._limits.members_per_swarm,
                per_address_max=self._limits.members_per_swarm_and_address,
            )
        return crowd

    def _remove(self, listener: Listener) -> None:
        self._listeners.remove(listener)
        crowd = self._topics[listener.topic]
        crowd.remove(listener)
        if not len(crowd):
            del self._topics[listener.topic]
        joined = self._joined[listener.source.connection]
        del joined[listener.topic]
        if not joined:
            del self._joined[listener.source.connection]
