"""No network at all: what a room without signaling has in place of one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from peerset.core.action import Action
from peerset.core.signal import Answer, Offer, PeerId, Via
from peerset.ports import SignalingStatus
from peerset.protocol.inputs import Closed, Opened, SignalingInput, TransportInput


class SilentTransport:
    """Reaches no peer."""

    def __init__(self) -> None:
        self._closed = asyncio.Event()

    def heed(self, event: Opened | Closed) -> None:
        """Tell of no channel."""

    def send(self, peer: PeerId, data: bytes) -> None:
        """Know no such peer."""

    def send_action(self, peer: PeerId, action: Action) -> bool:
        """Know no such peer."""
        return True

    def disconnect(self, peer: PeerId, reason: str) -> None:
        """Know no such peer."""

    async def inputs(self) -> AsyncIterator[TransportInput]:
        """Bring nothing, until closed."""
        await self._closed.wait()
        nothing: tuple[TransportInput, ...] = ()
        for each in nothing:
            yield each

    async def aclose(self) -> None:
        """End the inputs."""
        self._closed.set()


class SilentSignaling:
    """Asks nobody."""

    def __init__(self) -> None:
        self._closed = asyncio.Event()

    async def announce(self, offers: Sequence[Offer]) -> None:
        """Tell nobody."""

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        """Tell nobody."""

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        """Tell nobody."""

    async def inputs(self) -> AsyncIterator[SignalingInput]:
        """Bring nothing, until closed."""
        await self._closed.wait()
        nothing: tuple[SignalingInput, ...] = ()
        for each in nothing:
            yield each

    def status(self) -> list[SignalingStatus]:
        """Stand with nobody."""
        return []

    async def aclose(self) -> None:
        """End the inputs."""
        self._closed.set()
