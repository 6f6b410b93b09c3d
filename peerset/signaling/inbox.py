"""Signals that wait for the room to take them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from peerset.core.limits import SIGNALS_QUEUED_MAX
from peerset.protocol.inputs import OfferReceived, PeerAnnounced, SignalingInput


class SignalInbox:
    """A bounded queue with one reader; when it is full, the oldest announcement or else offer is dropped and counted.

    Peers announce themselves again, and trackers are given the same offers again; answers come once.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: deque[SignalingInput] = deque()
        self._changed = asyncio.Event()
        self._is_closed = False

    def put(self, signal: SignalingInput) -> None:
        """Append *signal*; ignored once closed."""
        if self._is_closed:
            return
        if len(self._waiting) >= SIGNALS_QUEUED_MAX:
            self._drop_one()
        self._waiting.append(signal)
        self._changed.set()

    def close(self) -> None:
        """Let the reader take what waits, and then end."""
        self._is_closed = True
        self._changed.set()

    async def __aiter__(self) -> AsyncIterator[SignalingInput]:
        """Iterate the signals in order, until closed."""
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._is_closed:
                return
            self._changed.clear()
            await self._changed.wait()

    def _drop_one(self) -> None:
        self.dropped += 1
        for kind in (PeerAnnounced, OfferReceived):
            for position, signal in enumerate(self._waiting):
                if isinstance(signal, kind):
                    del self._waiting[position]
                    return
        self._waiting.popleft()
