"""The part that all topic strategies share, on places within this process and a clock that jumps."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.ports import SocketState
from peerset.protocol.inputs import OfferReceived, PeerAnnounced
from peerset.signaling.memory_topics import MEMORY_BOARD, MemoryTopics
from peerset.signaling.topics import TopicSignaling
from peerset.testing.check_signaling import SignalingPair
from peerset.testing.check_topics import check_topics

ROOM = RoomName("app", "room")
LEFT = PeerId("0000" + "L" * 16)
RIGHT = PeerId("0000" + "R" * 16)
OFFER = Offer(OfferId("Offer000000000000001"), "sdp")
SECOND = "memory:second"


def make(peer_id: PeerId, places: MemoryTopics, *urls: str, password: str = "") -> TopicSignaling:
    urls = urls or (MEMORY_BOARD,)
    return TopicSignaling(
        ROOM, peer_id, strategy="memory", urls=urls, places=places, password=password, rng=random.Random(peer_id)
    )


@asynccontextmanager
async def pair(*urls: str) -> AsyncIterator[SignalingPair]:
    places = MemoryTopics()
    left, right = make(LEFT, places, *urls), make(RIGHT, places, *urls)
    yield SignalingPair(left, LEFT, right, RIGHT)
    await left.aclose()
    await right.aclose()


async def test_it_passes_the_acceptance_suite() -> None:
    await check_topics(pair)


async def test_with_two_places_each_signal_comes_once() -> None:
    async with pair(MEMORY_BOARD, SECOND) as both:
        inputs = both.right.inputs()
        await both.left.announce([])
        announced = await anext(inputs)
        assert announced == PeerAnnounced(LEFT, Via(MEMORY_BOARD))
        await both.left.offer(RIGHT, OFFER, Via(MEMORY_BOARD))
        assert await anext(inputs) == OfferReceived(LEFT, OFFER, Via(MEMORY_BOARD))
        await both.right.aclose()
        assert [signal async for signal in inputs] == []


async def test_an_answer_goes_where_the_offer_came_from_or_everywhere_when_that_place_is_gone() -> None:
    async with pair(MEMORY_BOARD, SECOND) as both:
        inputs = both.left.inputs()
        await both.right.announce([])
        assert isinstance(await anext(inputs), PeerAnnounced)
        await both.right.answer(LEFT, Answer(OFFER.id, "one"), Via(SECOND))
        await both.right.answer(LEFT, Answer(OFFER.id, "two"), Via("memory:gone"))
        signals = [await anext(inputs), await anext(inputs)]
        assert [signal.via for signal in signals] == [SECOND, MEMORY_BOARD]


async def test_it_is_announced_again_and_again() -> None:
    async with pair() as both:
        inputs = both.right.inputs()
        await both.left.announce([])
        started = asyncio.get_running_loop().time()
        assert [await anext(inputs), await anext(inputs)] == [PeerAnnounced(LEFT, Via(MEMORY_BOARD))] * 2
        assert 4 <= asyncio.get_running_loop().time() - started <= 70


async def test_its_standing_is_told_once_it_has_heard_itself() -> None:
    places = MemoryTopics()
    signaling = make(LEFT, places)
    [before] = signaling.status()
    assert (before.strategy, before.place, before.state) == ("memory", MEMORY_BOARD, SocketState.CLOSED)
    await signaling.announce([])
    await signaling.settled()
    [status] = signaling.status()
    assert (status.state, status.error, status.replies, status.swarm_size) == (SocketState.OPEN, None, 1, None)
    assert status.announces >= 1
    assert status.last_success is not None
    assert status.last_success >= status.since
    assert status.next_try is None
    await signaling.aclose()


async def test_nobody_hears_of_a_closed_one() -> None:
    async with pair() as both:
        inputs = both.right.inputs()
        await both.left.aclose()
        await both.left.announce([])
        await both.left.offer(RIGHT, OFFER, Via(MEMORY_BOARD))
        await both.right.aclose()
        assert [signal async for signal in inputs] == []


async def test_another_password_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    places = MemoryTopics()
    here, there = make(LEFT, places), make(RIGHT, places, password="secret")
    inputs = there.inputs()
    await here.announce([])
    assert isinstance(await anext(inputs), PeerAnnounced)
    with caplog.at_level(logging.WARNING, logger="peerset"):
        for number in range(2):
            await here.offer(RIGHT, Offer(OfferId(f"{number:020}"), "sdp"), Via(MEMORY_BOARD))
        await asyncio.sleep(1)
    assert there.counts.sealed_otherwise == 2
    assert [record.message for record in caplog.records] == [
        "room 'room': a peer uses another password; all such are ignored"
    ]
    await here.aclose()
    await there.aclose()
