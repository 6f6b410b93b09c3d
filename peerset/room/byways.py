"""A room's channels: those of its transport, and byways, which are streams that its user brought."""

import asyncio

from peerset.core.limits import STREAMS_MAX
from peerset.core.signal import PeerId
from peerset.errors import TransportError
from peerset.ports import Transport
from peerset.protocol.inputs import Closed, Opened


class Byways:
    """Leads what is said to a peer to the transport that holds it: *highway*, unless a byway does."""

    def __init__(self, highway: Transport) -> None:
        self._highway = highway
        self._byways: dict[PeerId, Transport] = {}
        self._given: dict[PeerId, int] = {}

    def add(self, peer: PeerId, transport: Transport) -> None:
        """Let *transport* hold *peer*, until it tells that the channel is closed.

        Raises:
            TransportError: there are too many.

        """
        if len(self._byways) >= STREAMS_MAX:
            raise TransportError(f"{STREAMS_MAX} streams carry this room already")
        self._byways[peer] = transport
        self._given[peer] = 0

    def heed(self, event: Opened | Closed) -> None:
        """Learn that the room takes *event* now; a byway that is closed is gone."""
        self._to(event.peer).heed(event)
        if isinstance(event, Closed):
            self._byways.pop(event.peer, None)

    def send(self, peer: PeerId, data: bytes, *, records: int = 0) -> None:
        """Send one message to *peer*, with so many *records*."""
        self._to(peer).send(peer, data)
        if peer in self._given:
            self._given[peer] += records

    def disconnect(self, peer: PeerId, reason: str) -> None:
        """Close the channel to *peer*."""
        self._to(peer).disconnect(peer, reason)

    def forget(self, peer: PeerId) -> int:
        """Keep nothing of *peer*, whose byway is gone; give how many records were sent to it."""
        self._byways.pop(peer, None)
        return self._given.pop(peer, 0)

    async def aclose(self) -> None:
        """Close every channel."""
        await asyncio.gather(*(each.aclose() for each in [self._highway, *self._byways.values()]))

    def _to(self, peer: PeerId) -> Transport:
        return self._byways.get(peer, self._highway)
