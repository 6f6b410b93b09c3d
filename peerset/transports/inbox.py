"""What a transport has to tell its room, in order, with a bound on what each peer may leave unread."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from peerset.core.limits import RECEIVE_QUEUE_BYTES_PER_PEER_MAX
from peerset.core.signal import PeerId
from peerset.protocol.inputs import TransportInput

INPUT_OVERHEAD_BYTES: Final = 256
"""Counted for each input a peer causes, beside its bytes."""


class Inbox:
    """A queue of inputs with one reader."""

    def __init__(self) -> None:
        self._inputs: deque[tuple[TransportInput, PeerId | None, int]] = deque()
        self._unread_bytes: dict[PeerId, int] = {}
        self._wakeup = asyncio.Event()
        self._is_closed = False

    def post(self, event: TransportInput) -> None:
        """Append what the transport itself has to tell; never refused."""
        self._append(event, None, 0)

    def post_from(self, peer: PeerId, event: TransportInput, *, size_bytes: int = 0) -> bool:
        """Append what *peer* caused; False, and nothing appended, when it left too much unread."""
        cost = size_bytes + INPUT_OVERHEAD_BYTES
        unread = self._unread_bytes.get(peer, 0) + cost
        if unread > RECEIVE_QUEUE_BYTES_PER_PEER_MAX:
            return False
        self._unread_bytes[peer] = unread
        self._append(event, peer, cost)
        return True

    def close(self) -> None:
        """End the iteration once everything is read."""
        self._is_closed = True
        self._wakeup.set()

    async def read(self) -> AsyncIterator[TransportInput]:
        """Iterate the inputs in order, until closed and empty."""
        while True:
            while self._inputs:
                event, peer, cost = self._inputs.popleft()
                self._settle(peer, cost)
                yield event
            if self._is_closed:
                return
            self._wakeup.clear()
            await self._wakeup.wait()

    def _append(self, event: TransportInput, peer: PeerId | None, cost: int) -> None:
        if not self._is_closed:
            self._inputs.append((event, peer, cost))
            self._wakeup.set()

    def _settle(self, peer: PeerId | None, cost: int) -> None:
        if peer is None:
            return
        unread = self._unread_bytes[peer] - cost
        if unread:
            self._unread_bytes[peer] = unread
        else:
            del self._unread_bytes[peer]
