"""Offers and answers, made by a transport that dials; and a transport that does not, as a stream would be."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

import peerset
from peerset.core.action import Action
from peerset.core.signal import Answer, ChannelBinding, Offer, OfferId, PeerId, RoomName
from peerset.errors import RemoteProtocolError, TransportError
from peerset.ports import Signaling, Transport
from peerset.protocol.inputs import AnswerMade, Closed, DialFailed, OffersMade, Opened, Received, TransportInput
from peerset.room.caller import Caller
from peerset.room.host import Host, NetworkOptions
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
        self, room: RoomName, options: NetworkOptions, *, signaling: Sequence[str] | None, password: str
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
    caller = Caller(None)
    assert await caller.make_offers(5) == OffersMade(())
    failed = DialFailed(PEER, "this transport knows no offers", is_fault=False)
    assert [await caller.make_answer(PEER, OFFER), await caller.accept_answer(PEER, ANSWER)] == [failed, failed]
    caller.drop_offers([OFFER.id])


class Dialling:
    """Does what it is told to, and remembers what it dropped."""

    def __init__(self, error: Exception | None = None) -> None:
        self.dropped: list[OfferId] = []
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

    def _check(self) -> None:
        if self._error is not None:
            raise self._error


async def test_a_dialer_is_asked() -> None:
    dialer = Dialling()
    caller = Caller(dialer)
    assert await caller.make_offers(2) == OffersMade((OFFER, OFFER))
    assert await caller.make_answer(PEER, OFFER) == AnswerMade(PEER, ANSWER)
    assert await caller.accept_answer(PEER, ANSWER) is None
    caller.drop_offers([OFFER.id])
    assert dialer.dropped == [OFFER.id]


@pytest.mark.parametrize(("error", "is_fault"), [(TransportError("no"), False), (RemoteProtocolError("no"), True)])
async def test_only_what_the_peer_did_wrong_is_its_fault(error: Exception, is_fault: bool) -> None:
    caller = Caller(Dialling(error))
    failed = DialFailed(PEER, "no", is_fault=is_fault)
    assert [await caller.make_answer(PEER, OFFER), await caller.accept_answer(PEER, ANSWER)] == [failed, failed]


async def test_offers_that_could_not_be_made_are_none() -> None:
    assert await Caller(Dialling(TransportError("no sockets"))).make_offers(3) == OffersMade(())
