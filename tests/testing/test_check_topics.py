"""The acceptance suite of topic strategies finds adapters that break their promises."""

import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via
from peerset.signaling.memory_topics import MEMORY_BOARD, MemoryTopics
from peerset.signaling.topics import TopicSignaling
from peerset.testing.check_signaling import SignalingPair
from peerset.testing.check_topics import check_topics

ROOM = RoomName("app", "room")
LEFT = PeerId("0000" + "L" * 16)
RIGHT = PeerId("0000" + "R" * 16)


class Mute(TopicSignaling):
    """Sends no offers."""

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        """Forget it."""


class Garbled(TopicSignaling):
    """Loses the end of its answers."""

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        await super().answer(peer, Answer(answer.offer_id, answer.sdp[:-1]), via)


def pairs(kind: type[TopicSignaling]) -> AbstractAsyncContextManager[SignalingPair]:
    @asynccontextmanager
    async def pair() -> AsyncIterator[SignalingPair]:
        places = MemoryTopics()
        left, right = (
            kind(ROOM, peer_id, strategy="memory", urls=[MEMORY_BOARD], places=places, rng=random.Random(peer_id))
            for peer_id in (LEFT, RIGHT)
        )
        yield SignalingPair(left, LEFT, right, RIGHT)
        await left.aclose()
        await right.aclose()

    return pair()


async def test_a_good_adapter_passes() -> None:
    await check_topics(lambda: pairs(TopicSignaling))


@pytest.mark.parametrize(("kind", "error"), [(Mute, TimeoutError), (Garbled, AssertionError)])
async def test_a_bad_adapter_does_not(kind: type[TopicSignaling], error: type[Exception]) -> None:
    with pytest.raises(error):
        await check_topics(lambda: pairs(kind))
