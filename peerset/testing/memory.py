"""A swarm in one process, without sockets: for tests of programs that use rooms."""

import random
from collections.abc import Sequence

from peerset.core.signal import PeerId, RoomName
from peerset.ports import SignalingHub
from peerset.room.host import Host
from peerset.signaling.memory import MemoryHub, MemoryTracker
from peerset.signaling.memory_topics import MEMORY_BOARD, MemoryTopics
from peerset.signaling.topics import TopicSignaling
from peerset.transports.memory import MemoryNetwork, MemoryTransport


class MemorySwarm:
    """A network and a tracker; every peer joins with a host of its own, as *host* gives it.

    ::

        swarm = MemorySwarm()
        async with peerset.join("lobby", host=swarm.host()) as room:
            ...

    Runs on any event loop, also on one whose clock jumps. *delay_seconds* is how long a message travels.

    Hosts of `board_host` meet one another on a board instead, where all hear who is there, as on relays and brokers.
    """

    def __init__(self, *, seed: int = 0, delay_seconds: float = 0.0) -> None:
        self.network = MemoryNetwork(delay_seconds=delay_seconds)
        self._rng = random.Random(seed)
        self._tracker = MemoryTracker(self._rng)
        self._topics = MemoryTopics()

    def host(self) -> Host:
        """Give a new peer its host."""
        return self._host(MemoryHub(self._tracker))

    def board_host(self) -> Host:
        """Give a new peer a host that meets others on the board."""
        return self._host(_MemoryTopicHub(self._topics, self._rng))

    def _host(self, signaling: SignalingHub) -> Host:
        return Host(
            rng=self._rng,
            make_transport=lambda peer_id, _options: _MemoryHub(self.network, peer_id),
            signaling=signaling,
        )


class _MemoryHub:
    def __init__(self, network: MemoryNetwork, peer_id: PeerId) -> None:
        self._network = network
        self._peer_id = peer_id

    def join(self, room: RoomName, *, password: str = "") -> MemoryTransport:
        del password  # There is nobody to hide from.
        return self._network.join(self._peer_id, room)

    async def aclose(self) -> None:
        """Nothing is shared between rooms."""


class _MemoryTopicHub:
    def __init__(self, topics: MemoryTopics, rng: random.Random) -> None:
        self._topics = topics
        self._rng = rng

    def check(self, *, places: Sequence[str] | None = None) -> None:
        del places

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> TopicSignaling:
        del places
        return TopicSignaling(
            room,
            peer_id,
            strategy="memory",
            urls=[MEMORY_BOARD],
            places=self._topics,
            password=password,
            rng=self._rng,
        )
