"""A swarm in one process, without sockets: for tests of programs that use rooms."""

import random
from collections.abc import Sequence

from peerset.core.signal import PeerId, RoomName
from peerset.room.host import Host
from peerset.signaling.memory import MemorySignaling, MemoryTracker
from peerset.transports.memory import MemoryNetwork, MemoryTransport


class MemorySwarm:
    """A network and a tracker; every peer joins with a host of its own, as *host* gives it.

    ::

        swarm = MemorySwarm()
        async with peerset.join("lobby", host=swarm.host()) as room:
            ...

    Runs on any event loop, also on one whose clock jumps. *delay_seconds* is how long a message travels.
    """

    def __init__(self, *, seed: int = 0, delay_seconds: float = 0.0) -> None:
        self.network = MemoryNetwork(delay_seconds=delay_seconds)
        self._rng = random.Random(seed)
        self._tracker = MemoryTracker(self._rng)

    def host(self) -> Host:
        """Give a new peer its host."""
        return Host(
            rng=self._rng,
            make_transport=lambda peer_id, _options: _MemoryHub(self.network, peer_id),
            signaling=_MemorySignalingHub(self._tracker),
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


class _MemorySignalingHub:
    def __init__(self, tracker: MemoryTracker) -> None:
        self._tracker = tracker

    def check(self, *, places: Sequence[str] | None = None) -> None:
        del places

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> MemorySignaling:
        del places, password
        return MemorySignaling(room, peer_id, tracker=self._tracker)
