"""What a transport has to tell its room, of each peer in order, and who must wait because too much of theirs is unread.

Peers are served in turn: whoever sends much delays itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from peerset.core.limits import RECEIVE_QUEUE_BYTES_PER_PEER_MAX, UNREAD_BYTES_HIGH, UNREAD_BYTES_LOW
from peerset.core.signal import PeerId
from peerset.core.turns import Turns
from peerset.protocol.inputs import TransportInput

INPUT_OVERHEAD_BYTES: Final = 256
"""Counted for each input a peer causes, beside its bytes."""


class Inbox:
    """A queue of inputs with one reader.

    We are behind with a peer of whom more than `UNREAD_BYTES_HIGH` is unread: its transport takes no more of it until
    *on_caught_up* is called, when `UNREAD_BYTES_LOW` are left. So whoever sends faster than we read is slowed down.
    """

    def __init__(self, on_caught_up: Callable[[PeerId], None] | None = None) -> None:
        self._on_caught_up = on_caught_up
        self._inputs: Turns[PeerId, tuple[TransportInput, PeerId | None, int]] = Turns()
        self._unread_bytes: dict[PeerId, int] = {}
        self._behind: set[PeerId] = set()
        self._wakeup = asyncio.Event()
        self._is_closed = False

    def post(self, event: TransportInput) -> None:
        """Append what the transport itself has to tell; never refused."""
        self._append(event, None, 0)

    def post_from(self, peer: PeerId, event: TransportInput, *, size_bytes: int = 0) -> bool:
        """Append what *peer* caused; False, and nothing appended, when far too much of it is unread."""
        cost = size_bytes + INPUT_OVERHEAD_BYTES
        unread = self._unread_bytes.get(peer, 0) + cost
        if unread > RECEIVE_QUEUE_BYTES_PER_PEER_MAX:
            return False
        self._unread_bytes[peer] = unread
        if unread > UNREAD_BYTES_HIGH:
            self._behind.add(peer)
        self._append(event, peer, cost)
        return True

    def is_behind(self, peer: PeerId) -> bool:
        """Say whether no more of *peer* should be taken for now."""
        return peer in self._behind

    def close(self) -> None:
        """End the iteration once everything is read."""
        self._is_closed = True
        self._wakeup.set()

    async def read(self) -> AsyncIterator[TransportInput]:
        """Iterate the inputs, of each peer in order, until closed and empty."""
        while True:
            while self._inputs:
                event, peer, cost = self._inputs.take()
                self._settle(peer, cost)
                yield event
            if self._is_closed:
                return
            self._wakeup.clear()
            await self._wakeup.wait()

    def _append(self, event: TransportInput, peer: PeerId | None, cost: int) -> None:
        if not self._is_closed:
            self._inputs.put(getattr(event, "peer", None), (event, peer, cost))
            self._wakeup.set()

    def _settle(self, peer: PeerId | None, cost: int) -> None:
        if peer is None:
            return
        unread = self._unread_bytes[peer] - cost
        if unread:
            self._unread_bytes[peer] = unread
        else:
            del self._unread_bytes[peer]
        if unread <= UNREAD_BYTES_LOW and peer in self._behind:
            self._behind.remove(peer)
            if self._on_caught_up is not None:
                self._on_caught_up(peer)
