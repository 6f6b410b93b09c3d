"""The acceptance suite of the `peerset.ports.Signaling` port, for strategies that tell of announcements."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from peerset.core.signal import Answer, Offer, OfferId
from peerset.protocol.inputs import AnswerReceived, OfferReceived, PeerAnnounced, SignalingInput
from peerset.testing.check_signaling import LEAVE_SECONDS_MAX, PATIENCE_SECONDS, MakePair, SignalingPair

OFFER = Offer(OfferId("Offer000000000000001"), "v=0\r\ns=an offer, as \u00fcber as it gets\r\n")
ANSWER = Answer(OFFER.id, "v=0\r\ns=an answer\r\n")

Heard = TypeVar("Heard", bound=SignalingInput)


async def check_topics(make_pair: MakePair) -> None:
    """Try every promise of the port on fresh pairs of *make_pair*, which closes both when its block ends.

    Raises:
        AssertionError: a promise is broken.
        TimeoutError: a signal did not arrive within `PATIENCE_SECONDS`.

    """
    for check in (
        _check_each_hears_that_the_other_is_there,
        _check_an_offer_for_one_and_its_answer_arrive,
        _check_leaving_ends_the_inputs,
        _check_a_peer_that_left_harms_nobody,
    ):
        async with make_pair() as pair, asyncio.timeout(PATIENCE_SECONDS):
            await check(pair)


async def _check_each_hears_that_the_other_is_there(pair: SignalingPair) -> None:
    left_inputs, right_inputs = pair.left.inputs(), pair.right.inputs()
    await pair.left.announce([])
    await pair.right.announce([])
    to_left, to_right = await _next(left_inputs, PeerAnnounced), await _next(right_inputs, PeerAnnounced)
    assert (to_left.peer, to_right.peer) == (pair.right_id, pair.left_id), "an own announcement came back"


async def _check_an_offer_for_one_and_its_answer_arrive(pair: SignalingPair) -> None:
    left_inputs, right_inputs = pair.left.inputs(), pair.right.inputs()
    await pair.right.announce([])
    await pair.left.announce([])
    announced = await _next(right_inputs, PeerAnnounced)
    await pair.right.offer(announced.peer, OFFER, announced.via)
    offered = await _next(left_inputs, OfferReceived)
    assert (offered.peer, offered.offer) == (pair.right_id, OFFER)
    await pair.left.answer(offered.peer, ANSWER, offered.via)
    answered = await _next(right_inputs, AnswerReceived)
    assert (answered.peer, answered.answer) == (pair.left_id, ANSWER)


async def _check_leaving_ends_the_inputs(pair: SignalingPair) -> None:
    inputs = pair.left.inputs()
    await pair.left.announce([])
    async with asyncio.timeout(LEAVE_SECONDS_MAX):
        await pair.left.aclose()
        await pair.left.aclose()
    assert [signal async for signal in inputs] == []


async def _check_a_peer_that_left_harms_nobody(pair: SignalingPair) -> None:
    right_inputs = pair.right.inputs()
    await pair.right.announce([])
    await pair.left.announce([])
    announced = await _next(right_inputs, PeerAnnounced)
    await pair.left.aclose()
    await pair.right.offer(announced.peer, OFFER, announced.via)
    await pair.right.answer(announced.peer, ANSWER, announced.via)
    await pair.left.announce([])
    await pair.left.offer(pair.right_id, OFFER, announced.via)
    await pair.left.answer(pair.right_id, ANSWER, announced.via)


async def _next(inputs: AsyncIterator[SignalingInput], kind: type[Heard]) -> Heard:
    """Wait for a signal of *kind*; announcements are repeated, and may come before it."""
    while True:
        signal = await anext(inputs)
        if isinstance(signal, kind):
            return signal
        assert isinstance(signal, PeerAnnounced), f"{signal} came, expected {kind.__name__}"
