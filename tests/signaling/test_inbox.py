"""Signals wait in order, and in bounded number."""

import asyncio

import pytest

from peerset.core.limits import SIGNALS_QUEUED_MAX
from peerset.core.signal import Answer, Offer, OfferId, PeerId, Via
from peerset.protocol.inputs import AnswerReceived, OfferReceived, PeerAnnounced, SignalingInput
from peerset.signaling.inbox import SignalInbox


def offer(number: int) -> OfferReceived:
    return OfferReceived(PeerId("peer"), Offer(OfferId(str(number)), "sdp"), Via("ws://tracker"))


def answer(number: int) -> AnswerReceived:
    return AnswerReceived(PeerId("peer"), Answer(OfferId(str(number)), "sdp"), Via("ws://tracker"))


async def taken(inbox: SignalInbox) -> list[SignalingInput]:
    inbox.close()
    return [signal async for signal in inbox]


async def test_signals_come_in_order_and_end_when_closed() -> None:
    inbox = SignalInbox()
    inbox.put(offer(1))
    inbox.put(answer(2))
    assert await taken(inbox) == [offer(1), answer(2)]


async def test_a_waiting_reader_is_woken() -> None:
    inbox = SignalInbox()
    asyncio.get_running_loop().call_later(5.0, inbox.put, offer(1))
    assert await anext(aiter(inbox)) == offer(1)


async def test_nothing_is_put_into_a_closed_inbox() -> None:
    inbox = SignalInbox()
    inbox.close()
    inbox.put(offer(1))
    assert await taken(inbox) == []


@pytest.mark.parametrize("first", [answer(-1), offer(-1)])
async def test_a_full_inbox_drops_its_oldest_offer(first: SignalingInput) -> None:
    inbox = SignalInbox()
    inbox.put(first)
    for number in range(SIGNALS_QUEUED_MAX):
        inbox.put(offer(number))
    signals = await taken(inbox)
    assert (len(signals), inbox.dropped) == (SIGNALS_QUEUED_MAX, 1)
    assert (first in signals) == isinstance(first, AnswerReceived)
    assert signals[-1] == offer(SIGNALS_QUEUED_MAX - 1)


async def test_a_flood_of_announcements_drops_no_offer() -> None:
    inbox = SignalInbox()
    inbox.put(offer(-1))
    for number in range(2 * SIGNALS_QUEUED_MAX):
        inbox.put(PeerAnnounced(PeerId(str(number)), Via("ws://relay")))
    assert (await taken(inbox))[0] == offer(-1)


async def test_an_inbox_full_of_answers_drops_the_oldest() -> None:
    inbox = SignalInbox()
    for number in range(SIGNALS_QUEUED_MAX + 1):
        inbox.put(answer(number))
    assert (await taken(inbox))[0] == answer(1)
