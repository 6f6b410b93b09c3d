"""Offers and answers, made by a transport that dials; and a transport that does not, as a stream would be."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

import peerset
from peerset.core.action import Action
from peerset.core.signal import Answer, ChannelBinding, Offer, OfferId, PeerId, RoomName, Via
from peerset.errors import RemoteProtocolError, SignalingError, TransportError
from peerset.ports import Signaling, SignalingStatus, Transport
from peerset.protocol.effects import AddCandidate, Announce, MakeOffers, SendAnswer, SendOffer
from peerset.protocol.inputs import (
    AnswerMade,
    Closed,
    DialFailed,
    OffersMade,
    Opened,
    Purpose,
    Received,
    SignalingInput,
    TransportInput,
)
from peerset.room.caller import Caller
from peerset.room.host import Host, NetworkOptions, Veil
from peerset.room.silence import SilentSignaling

PEER = PeerId("0000abcdefghijklmnop")
OFFER = Offer(OfferId("abcdefghijklmnop0000"), "v=0")
ANSWER = Answer(OFFER.id, "v=0")


class Pipe:
    """One end of a stream between two peers: it is open from the start, and knows no offers."""

    def __init__(self, own: bytes, other: bytes, peer: PeerId) -> None:
        self.far: Pipe | None = None
        self._arriving: asyncio.Queue[TransportInput | None] = asyncio.Queue()
        self._peer = peer
        self._arriving.put_nowait(Opened(peer, ChannelBinding(own * 32, other * 32), "direct"))

    async def inputs(self) -> AsyncIterator[TransportInput]:
        while (event := await self._arriving.get()) is not None:
            yield event

    def heed(self, event: Opened | Closed) -> None:
        """There is but one channel."""

    def send(self, peer: PeerId, data: bytes) -> None:
        if self.far is not None and peer == self._peer:
            self.far._arriving.put_nowait(Received(self.far._peer, data))

    def send_action(self, peer: PeerId, action: Action) -> bool:
        """Streams carry none."""
        return True

    def disconnect(self, peer: PeerId, reason: str) -> None:
        for end in (self, self.far):
            if end is not None:
                end._arriving.put_nowait(Closed(end._peer, reason))

    async def aclose(self) -> None:
        self._arriving.put_nowait(None)


class PipeHost(Host):
    """Gives its room one end of a pipe."""

    pipe: Pipe

    def enter(
        self, room: RoomName, options: NetworkOptions, *, signaling: Sequence[str] | None, veil: Veil
    ) -> tuple[Transport, Signaling]:
        return self.pipe, SilentSignaling()

    async def leave(self, room: RoomName, options: NetworkOptions) -> None:
        """Have nothing to give back."""


async def test_a_transport_without_offers_is_enough_for_a_room() -> None:
    here, there = PipeHost(), PipeHost()
    here.pipe, there.pipe = Pipe(b"h", b"t", there.peer_id), Pipe(b"t", b"h", here.peer_id)
    here.pipe.far, there.pipe.far = there.pipe, here.pipe
    async with peerset.join("lobby", host=here) as one, peerset.join("lobby", host=there) as two:
        record = await one.publish("through a pipe")
        await two.synced(timeout=60)
        assert await two.records() == [record]
        await one.leave()
        await asyncio.sleep(5)
        assert two.peers == []


async def test_without_a_dialer_no_offer_comes_about() -> None:
    caller = Caller(None, SilentSignaling())
    assert await caller.make_offers(MakeOffers(5)) == OffersMade(())
    failed = DialFailed(PEER, "this transport knows no offers", is_fault=False)
    assert [await caller.make_answer(PEER, OFFER), await caller.accept_answer(PEER, ANSWER)] == [failed, failed]
    caller.drop_offers([OFFER.id])
    caller.add_candidate(AddCandidate(PEER, OFFER.id, "nowhere"))


class Dialling:
    """Does what it is told to, and remembers what it dropped."""

    def __init__(self, error: Exception | None = None) -> None:
        self.dropped: list[OfferId] = []
        self.added: list[str] = []
        self._error = error

    async def make_offers(self, count: int) -> list[Offer]:
        self._check()
        return [OFFER] * count

    async def make_answer(self, peer: PeerId, offer: Offer) -> Answer | None:
        self._check()
        return ANSWER

    async def accept_answer(self, peer: PeerId, answer: Answer) -> None:
        self._check()

    def drop_offers(self, offer_ids: Sequence[OfferId]) -> None:
        self.dropped += offer_ids

    def add_candidate(self, peer: PeerId, offer_id: OfferId, candidate: str) -> None:
        self.added.append(candidate)

    def _check(self) -> None:
        if self._error is not None:
            raise self._error


async def test_a_dialer_is_asked() -> None:
    dialer = Dialling()
    caller = Caller(dialer, SilentSignaling())
    wanted = MakeOffers(2, Purpose.ANNOUNCED)
    assert await caller.make_offers(wanted) == OffersMade((OFFER, OFFER), Purpose.ANNOUNCED)
    assert await caller.make_answer(PEER, OFFER) == AnswerMade(PEER, ANSWER)
    assert await caller.accept_answer(PEER, ANSWER) is None
    caller.drop_offers([OFFER.id])
    assert dialer.dropped == [OFFER.id]
    caller.add_candidate(AddCandidate(PEER, OFFER.id, "somewhere"))
    assert dialer.added == ["somewhere"]


@pytest.mark.parametrize(("error", "is_fault"), [(TransportError("no"), False), (RemoteProtocolError("no"), True)])
async def test_only_what_the_peer_did_wrong_is_its_fault(error: Exception, is_fault: bool) -> None:
    caller = Caller(Dialling(error), SilentSignaling())
    failed = DialFailed(PEER, "no", is_fault=is_fault)
    assert [await caller.make_answer(PEER, OFFER), await caller.accept_answer(PEER, ANSWER)] == [failed, failed]


async def test_offers_that_could_not_be_made_are_none() -> None:
    assert await Caller(Dialling(TransportError("no sockets")), SilentSignaling()).make_offers(
        MakeOffers(3)
    ) == OffersMade(())


class Carrier:
    """Writes down what it is to tell to whom; nothing reaches anybody."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    async def announce(self, offers: Sequence[Offer]) -> None:
        self.told.append(tuple(offers))

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        self.told.append((peer, offer, via))

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        self.told.append((peer, answer, via))
        raise SignalingError("nobody listens")

    async def inputs(self) -> AsyncIterator[SignalingInput]:
        nothing: tuple[SignalingInput, ...] = ()
        for each in nothing:
            yield each

    def status(self) -> list[SignalingStatus]:
        return []

    async def aclose(self) -> None:
        """Have nothing to close."""


async def test_what_others_are_to_hear_goes_to_signaling_and_its_failure_breaks_nothing() -> None:
    carrier = Carrier()
    caller = Caller(None, carrier)
    via = Via("wss://relay")
    await caller.signal(Announce((OFFER,)))
    await caller.signal(SendOffer(PEER, OFFER, via))
    await caller.signal(SendAnswer(PEER, ANSWER, via))
    assert carrier.told == [(OFFER,), (PEER, OFFER, via), (PEER, ANSWER, via)]
