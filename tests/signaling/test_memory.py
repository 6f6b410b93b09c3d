"""The in-process twin keeps the port's promises, on a clock that jumps."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.protocol.inputs import OfferReceived
from peerset.signaling.memory import MemoryHub, MemorySignaling, MemoryTracker
from peerset.testing.check_signaling import SignalingPair, check_signaling

ROOM = RoomName("app", "room")
LEFT = PeerId("0000" + "L" * 16)
RIGHT = PeerId("0000" + "R" * 16)
OFFERS = [Offer(OfferId(f"{number:020d}"), f"sdp {number}") for number in range(20)]


@asynccontextmanager
async def pair() -> AsyncIterator[SignalingPair]:
    hub = MemoryHub(MemoryTracker(random.Random(0)))
    hub.check()
    left, right = (hub.join(ROOM, peer_id) for peer_id in (LEFT, RIGHT))
    yield SignalingPair(left, LEFT, right, RIGHT)
    await left.aclose()
    await right.aclose()


async def test_the_twin_passes_the_acceptance_suite() -> None:
    await check_signaling(pair)


async def test_an_offer_is_given_again_to_who_is_still_there_after_a_minute() -> None:
    async with pair() as both:
        await both.right.announce([])
        await both.left.announce(OFFERS[:1])
        inputs = both.right.inputs()
        started = asyncio.get_running_loop().time()
        assert [(await anext(inputs)), (await anext(inputs))] == [OfferReceived(LEFT, OFFERS[0], Via("memory:"))] * 2
        assert 4 <= asyncio.get_running_loop().time() - started <= 60


async def test_rooms_do_not_hear_of_each_other() -> None:
    tracker = MemoryTracker(random.Random(0))
    here = MemorySignaling(ROOM, LEFT, tracker=tracker)
    there = MemorySignaling(RoomName("app", "other"), RIGHT, tracker=tracker)
    await there.announce([])
    await here.announce(OFFERS[:1])
    await here.answer(RIGHT, Answer(OFFERS[0].id, "sdp"), Via("memory:"))
    await here.aclose()
    await there.aclose()
    assert [signal async for signal in there.inputs()] == []


async def test_a_closed_member_neither_announces_nor_answers() -> None:
    async with pair() as both:
        await both.right.announce([])
        await both.left.aclose()
        await both.left.announce(OFFERS[:1])
        await both.left.answer(RIGHT, Answer(OFFERS[0].id, "sdp"), Via("memory:"))
        await both.right.aclose()
        assert [signal async for signal in both.right.inputs()] == []


async def test_one_announce_reaches_as_many_members_as_it_has_offers() -> None:
    tracker = MemoryTracker(random.Random(0))
    members = [MemorySignaling(ROOM, PeerId(f"0001{number:016d}"), tracker=tracker) for number in range(12)]
    for member in members:
        await member.announce([])
    caller = MemorySignaling(ROOM, LEFT, tracker=tracker)
    await caller.announce(OFFERS)
    for member in [*members, caller]:
        await member.aclose()
    heard = [signal for member in members async for signal in member.inputs()]
    assert len(heard) == 10
    assert {signal.offer.id for signal in heard if isinstance(signal, OfferReceived)} == {o.id for o in OFFERS[:10]}
