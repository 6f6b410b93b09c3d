"""The acceptance suite of the `peerset.ports.Signaling` port."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from peerset.core.signal import Answer, Offer, OfferId, PeerId
from peerset.ports import Signaling
from peerset.protocol.inputs import AnswerReceived, OfferReceived, SignalingInput

PATIENCE_SECONDS: Final = 10.0
LEAVE_SECONDS_MAX: Final = 2.0


@dataclass(frozen=True, slots=True)
class SignalingPair:
    """Two members of one room that have not announced yet, and their ids."""

    left: Signaling
    left_id: PeerId
    right: Signaling
    right_id: PeerId


MakePair = Callable[[], AbstractAsyncContextManager[SignalingPair]]


async def check_signaling(make_pair: MakePair) -> None:
    """Try every promise of the port on fresh pairs of *make_pair*, which closes both when its block ends.

    Raises:
        AssertionError: a promise is broken.
        TimeoutError: a signal did not arrive within `PATIENCE_SECONDS`.

    """
    for check in (
        _check_an_offer_and_its_answer_arrive,
        _check_an_offer_waits_for_a_late_peer,
        _check_the_next_announce_replaces_the_offers,
        _check_both_sides_may_offer,
        _check_leaving_ends_the_inputs,
        _check_a_peer_that_left_harms_nobody,
    ):
        async with make_pair() as pair, asyncio.timeout(PATIENCE_SECONDS):
            await check(pair)


async def _check_an_offer_and_its_answer_arrive(pair: SignalingPair) -> None:
    left_inputs, right_inputs = pair.left.inputs(), pair.right.inputs()
    await pair.right.announce([])
    await pair.left.announce([_offer(1)])
    offered = await _next_offer(right_inputs)
    assert (offered.peer, offered.offer) == (pair.left_id, _offer(1))
    await pair.right.answer(offered.peer, _answer(1), offered.via)
    answered = await anext(left_inputs)
    assert isinstance(answered, AnswerReceived)
    assert (answered.peer, answered.answer) == (pair.right_id, _answer(1))


async def _check_an_offer_waits_for_a_late_peer(pair: SignalingPair) -> None:
    await pair.left.announce([_offer(1)])
    right_inputs = pair.right.inputs()
    await pair.right.announce([])
    offered = await _next_offer(right_inputs)
    assert offered.offer == _offer(1)


async def _check_the_next_announce_replaces_the_offers(pair: SignalingPair) -> None:
    right_inputs = pair.right.inputs()
    await pair.right.announce([])
    await pair.left.announce([_offer(1)])
    first = await _next_offer(right_inputs)
    await pair.left.announce([_offer(2)])
    second = await _next_offer(right_inputs)
    assert (first.offer, second.offer) == (_offer(1), _offer(2))


async def _check_both_sides_may_offer(pair: SignalingPair) -> None:
    left_inputs, right_inputs = pair.left.inputs(), pair.right.inputs()
    await pair.left.announce([_offer(1), _offer(2)])
    await pair.right.announce([_offer(3), _offer(4)])
    to_left, to_right = await _next_offer(left_inputs), await _next_offer(right_inputs)
    assert (to_left.peer, to_right.peer) == (pair.right_id, pair.left_id), "an own offer came back"
    assert to_left.offer in (_offer(3), _offer(4))
    assert to_right.offer in (_offer(1), _offer(2))


async def _check_leaving_ends_the_inputs(pair: SignalingPair) -> None:
    inputs = pair.left.inputs()
    await pair.left.announce([_offer(1)])
    async with asyncio.timeout(LEAVE_SECONDS_MAX):
        await pair.left.aclose()
        await pair.left.aclose()
    assert [signal async for signal in inputs] == []


async def _check_a_peer_that_left_harms_nobody(pair: SignalingPair) -> None:
    right_inputs = pair.right.inputs()
    await pair.right.announce([])
    await pair.left.announce([_offer(1)])
    offered = await _next_offer(right_inputs)
    await pair.left.aclose()
    await pair.right.answer(offered.peer, _answer(1), offered.via)
    await pair.right.announce([_offer(2)])
    await pair.left.announce([_offer(3)])
    await pair.left.answer(pair.right_id, _answer(2), offered.via)


async def _next_offer(inputs: AsyncIterator[SignalingInput]) -> OfferReceived:
    signal = await anext(inputs)
    assert isinstance(signal, OfferReceived), f"{signal} came, expected an offer"
    return signal


def _offer(number: int) -> Offer:
    return Offer(OfferId(f"Offer{number:015d}"), f"v=0\r\ns=offer {number}, as \u00fcber as it gets\r\n")


def _answer(number: int) -> Answer:
    return Answer(OfferId(f"Offer{number:015d}"), f"v=0\r\ns=answer {number}\r\n")
