"""The acceptance suite finds adapters that break their promises."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via
from peerset.protocol.inputs import SignalingInput
from peerset.signaling.memory import MemorySignaling, MemoryTracker
from peerset.testing.check_signaling import SignalingPair, check_signaling

ROOM = RoomName("app", "room")
LEFT = PeerId("0000" + "L" * 16)
RIGHT = PeerId("0000" + "R" * 16)


class Mute(MemorySignaling):
    """Announces without its offers."""

    async def announce(self, offers: Sequence[Offer]) -> None:
        await super().announce(offers[:0])


class Garbled(MemorySignaling):
    """Loses the end of its answers."""

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        await super().answer(peer, Answer(answer.offer_id, answer.sdp[:-1]), via)


class Echoing(MemorySignaling):
    """Hears its own offers."""

    async def announce(self, offers: Sequence[Offer]) -> None:
        await super().announce(offers)
        self._tracker.announce(self._room, PeerId("someone"), inbox=self._inbox, offers=[])
        self._tracker.announce(self._room, self._peer_id, inbox=self._inbox, offers=offers)


class Endless(MemorySignaling):
    """Does not end its inputs."""

    async def inputs(self) -> AsyncIterator[SignalingInput]:
        async for signal in super().inputs():
            yield signal
        async for signal in type(self._inbox)():
            yield signal


def pairs(kind: type[MemorySignaling]) -> AbstractAsyncContextManager[SignalingPair]:
    @asynccontextmanager
    async def pair() -> AsyncIterator[SignalingPair]:
        tracker = MemoryTracker(random.Random(0))
        left, right = (kind(ROOM, peer_id, tracker=tracker) for peer_id in (LEFT, RIGHT))
        yield SignalingPair(left, LEFT, right, RIGHT)
        await left.aclose()
        await right.aclose()

    return pair()


async def test_a_good_adapter_passes() -> None:
    await check_signaling(lambda: pairs(MemorySignaling))


@pytest.mark.parametrize(
    ("kind", "error"),
    [(Mute, TimeoutError), (Garbled, AssertionError), (Echoing, AssertionError), (Endless, TimeoutError)],
)
async def test_a_bad_adapter_does_not(kind: type[MemorySignaling], error: type[Exception]) -> None:
    with pytest.raises(error):
        await check_signaling(lambda: pairs(kind))
