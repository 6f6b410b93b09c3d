import asyncio
import gc
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCPeerConnection

from peerset.core.action import Action
from peerset.core.ice import IceServer
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, make_peer_id
from peerset.errors import ConfigError, RemoteProtocolError, TransportError
from peerset.protocol.events import ActionReceived
from peerset.protocol.inputs import Closed, OfferLost, Opened, Received
from peerset.testing.check_transport import CHECKS, Check, Pair, TransportEnd, connect
from peerset.transports.link import Link
from peerset.transports.sdp import parse_description
from peerset.transports.webrtc import WebRTCHub

pytestmark = pytest.mark.real_time

ROOM, HALL = RoomName("app", "room"), RoomName("app", "hall")


def make_hub(seed: int) -> WebRTCHub:
    rng = random.Random(seed)
    return WebRTCHub(make_peer_id(rng), ice_servers=(), allow_loopback=True, rng=rng)


@asynccontextmanager
async def make_hubs() -> AsyncIterator[tuple[WebRTCHub, WebRTCHub]]:
    hubs = make_hub(1), make_hub(2)
    yield hubs
    for hub in hubs:
        await hub.aclose()
        await hub.wait_closed()


def join(hub: WebRTCHub, room: RoomName = ROOM, *, password: str = "") -> TransportEnd:
    return TransportEnd(hub.peer_id, hub.join(room, password=password))


@asynccontextmanager
async def make_pair() -> AsyncIterator[Pair]:
    async with make_hubs() as (one, other):
        yield join(one), join(other)


def links_of(hub: WebRTCHub) -> Iterator[Link]:
    return hub._all_links()


def vanish(hub: WebRTCHub) -> None:
    """Take the sockets away, as a killed process would: nothing is said to anyone."""
    for link in list(links_of(hub)):
        sctp = link.connection._pc.sctp
        assert sctp is not None
        for protocol in sctp.transport.transport._connection._protocols:
            protocol.transport.abort()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.__name__))
async def test_it_passes_the_acceptance_suite(check: Check) -> None:
    async with make_pair() as (one, other):
        await check(one, other)


async def test_one_password_opens_the_room() -> None:
    async with make_hubs() as (one, other):
        await connect(join(one, password="pw"), join(other, password="pw"))


async def test_another_password_ends_the_attempt_at_the_end_that_asked() -> None:
    async with make_hubs() as (one, other):
        ends = sorted((join(one, password="pw"), join(other, password="other")), key=lambda end: end.peer)
        [offer] = await ends[0].transport.make_offers(1)
        answer = await ends[1].transport.make_answer(ends[0].peer, offer)
        assert answer is not None
        await ends[0].transport.accept_answer(ends[1].peer, answer)
        assert await ends[0].next(Closed) == Closed(ends[1].peer, "the peer has another password")


async def test_rooms_share_one_connection_and_end_one_by_one() -> None:
    async with make_hubs() as (one, other):
        here, there = join(one), join(other)
        await connect(here, there)
        hall = join(one, HALL)
        there_hall = join(other, HALL)
        opened, answered = await hall.next(Opened), await there_hall.next(Opened)
        assert opened.binding.local == answered.binding.remote
        assert len(list(links_of(one))) == len(list(links_of(other))) == 1
        hall.transport.send(other.peer_id, b"in the hall")
        assert await there_hall.next(Received) == Received(one.peer_id, b"in the hall")
        here.transport.disconnect(other.peer_id, "enough of this room")
        assert (await there.next(Closed)).peer == one.peer_id
        there_hall.transport.send_action(one.peer_id, Action("chat", "still here"))
        assert (await hall.next(ActionReceived)).action.payload == "still here"


async def test_an_offer_in_a_second_room_needs_no_second_connection() -> None:
    async with make_hubs() as (one, other):
        await connect(join(one), join(other))
        hall = join(one, HALL)
        [offer] = await hall.transport.make_offers(1)
        there = other.join(HALL)
        assert await there.make_answer(one.peer_id, offer) is None
        assert (await hall.next(Opened)).peer == other.peer_id


async def test_two_crossing_connections_settle_on_the_same_one() -> None:
    async with make_pair() as (one, other):
        [offer], [counter] = await one.transport.make_offers(1), await other.transport.make_offers(1)
        answer = await other.transport.make_answer(one.peer, offer)
        back = await one.transport.make_answer(other.peer, counter)
        assert answer is not None
        assert back is not None
        await one.transport.accept_answer(other.peer, answer)
        await other.transport.accept_answer(one.peer, back)
        here, there = await one.next(Opened), await other.next(Opened)
        while True:
            while here.binding.local != there.binding.remote:
                # Each end saw another connection first; who has the larger certificates changes over.
                if _certificates(here) > _certificates(there):
                    here = await _change_over(one)
                else:
                    there = await _change_over(other)
            one.transport.send(other.peer, b"over the one that is left")
            event = await other.next_any()
            if isinstance(event, Received):
                break
            assert isinstance(event, Closed), "both ends may still change over, together"
            there = await other.next(Opened)
        assert event == Received(one.peer, b"over the one that is left")


async def test_offers_whose_connection_ends_are_lost() -> None:
    async with make_pair() as (one, _):
        [offer] = await one.transport.make_offers(1)
        hub = one.transport._hub  # type: ignore[attr-defined]  # it is a WebRTCTransport
        hub._offers[offer.id].connection.close("for the test")
        assert await one.next(OfferLost) == OfferLost(offer.id)


async def test_an_attempt_that_never_opens_is_told_of_at_its_deadline() -> None:
    async with make_hubs() as (one, other):
        one._options = type(one._options)((), relay_only=False, allow_loopback=True, open_timeout_seconds=0.2)
        here, there = join(one), join(other)
        [offer] = await there.transport.make_offers(1)
        assert await here.transport.make_answer(other.peer_id, offer) is not None
        assert await here.next(Closed) == Closed(other.peer_id, "no open channel within 0.2 s")


async def test_an_answer_that_does_not_fit_is_the_peers_fault() -> None:
    async with make_pair() as (one, other):
        [offer] = await one.transport.make_offers(1)
        answer = await other.transport.make_answer(one.peer, offer)
        assert answer is not None
        with pytest.raises(RemoteProtocolError, match="do not match"):
            await one.transport.accept_answer(other.peer, Answer(offer.id, answer.sdp.replace("a=mid:0", "a=mid:7")))


async def test_a_certificate_that_was_not_announced_never_opens_a_channel() -> None:
    async with make_hubs() as (one, other):
        here, there = join(one), join(other)
        [offer] = await here.transport.make_offers(1)
        answer = await there.transport.make_answer(one.peer_id, offer)
        assert answer is not None
        lines = [line for line in answer.sdp.split("\r\n") if not line.startswith("a=fingerprint:")]
        forged = "\r\n".join([*lines[:-1], "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), ""])
        await here.transport.accept_answer(other.peer_id, Answer(offer.id, forged))
        assert await here.next(Closed) == Closed(other.peer_id, "no route to the peer")


async def test_candidates_may_all_be_hidden() -> None:
    async with make_pair() as (one, other):
        [offer] = await one.transport.make_offers(1)
        hidden = "\r\n".join(
            " ".join(["a=candidate:1 1 udp 1 nobody-here.local 9999 typ host"])
            if line.startswith("a=candidate:")
            else line
            for line in offer.sdp.split("\r\n")
        )
        assert parse_description(hidden, "offer").candidates == ()
        answer = await other.transport.make_answer(one.peer, Offer(offer.id, hidden))
        assert answer is not None
        await one.transport.accept_answer(other.peer, answer)
        await one.next(Opened)
        await other.next(Opened)


def trickled(description: str) -> tuple[str, list[str]]:
    """Take the candidates out of *description*, as pages do that send them one by one; give both."""
    lines = description.split("\r\n")
    bare = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
    return "\r\n".join(bare), [line.removeprefix("a=candidate:") for line in lines if line.startswith("a=candidate:")]


async def test_candidates_may_come_one_by_one_before_and_after_the_description() -> None:
    async with make_pair() as (one, other):
        [offer] = await one.transport.make_offers(1)
        bare, candidates = trickled(offer.sdp)
        answering = asyncio.create_task(other.transport.make_answer(one.peer, Offer(offer.id, bare)))
        for candidate in candidates:
            other.transport.add_candidate(one.peer, offer.id, candidate)
        answer = await answering
        assert answer is not None
        bare, candidates = trickled(answer.sdp)
        one.transport.add_candidate(other.peer, offer.id, candidates[0])
        await one.transport.accept_answer(other.peer, Answer(offer.id, bare))
        for candidate in candidates[1:]:
            one.transport.add_candidate(other.peer, offer.id, candidate)
        await one.next(Opened)
        await other.next(Opened)
        one.transport.add_candidate(other.peer, offer.id, candidates[0])


async def test_a_candidate_of_another_offer_or_peer_is_of_no_use() -> None:
    async with make_pair() as (one, other):
        [offer] = await one.transport.make_offers(1)
        other.transport.add_candidate(one.peer, OfferId("another"), "1 1 udp 1 192.0.2.1 5000 typ host")
        other.transport.add_candidate(PeerId("x" * 20), offer.id, "1 1 udp 1 192.0.2.1 5000 typ host")
        other.transport.add_candidate(one.peer, offer.id, "nonsense")
        answer = await other.transport.make_answer(one.peer, offer)
        assert answer is not None
        await one.transport.accept_answer(other.peer, answer)
        await one.next(Opened)


def test_hiding_addresses_needs_a_relay() -> None:
    with pytest.raises(ConfigError, match="needs a TURN server"):
        WebRTCHub(PeerId("0" * 20), relay_only=True)


async def test_behind_a_relay_that_is_out_of_reach_there_is_nothing_to_offer() -> None:
    hub = WebRTCHub(PeerId("0" * 20), relay_only=True, ice_servers=[IceServer("turn:127.0.0.1:1", "user", "secret")])
    transport = hub.join(ROOM)
    assert await transport.make_offers(1) == []
    await hub.aclose()


async def test_a_hub_serves_one_application_and_each_room_once() -> None:
    async with make_hubs() as (hub, _):
        hub.join(ROOM)
        with pytest.raises(ConfigError, match="was joined before"):
            hub.join(ROOM)
        with pytest.raises(ConfigError, match="serves one application"):
            hub.join(RoomName("another app", "room"))


async def test_a_room_that_was_left_offers_and_answers_no_more() -> None:
    async with make_pair() as (one, other):
        [offer] = await other.transport.make_offers(1)
        await one.transport.aclose()
        assert await one.transport.make_offers(1) == []
        with pytest.raises(TransportError, match="was left"):
            await one.transport.make_answer(other.peer, offer)
        other.transport.drop_offers([offer.id, OfferId("unknown")])


async def test_twenty_lives_leave_nothing_behind() -> None:
    async def live(number: int) -> None:
        async with make_pair() as (one, other):
            await one.transport.make_offers(2)
            [offer] = await one.transport.make_offers(1)
            answer = await other.transport.make_answer(one.peer, offer)
            assert answer is not None
            if number % 5 == 0:
                return
            await one.transport.accept_answer(other.peer, answer)
            if number % 5 == 1:
                return
            await one.next(Opened)
            await other.next(Opened)
            other.transport.send(one.peer, bytes(100_000))
            if number % 5 == 2:
                vanish(other.transport._hub)  # type: ignore[attr-defined]  # it is a WebRTCTransport
            elif number % 5 == 3:
                one.transport.disconnect(other.peer, "done")

    await live(4)
    gc.collect()
    before = (len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")), _count_connections())
    for number in range(20):
        await live(number)
    gc.collect()
    assert (len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")), _count_connections()) == before


def _count_connections() -> int:
    return sum(isinstance(item, RTCPeerConnection) for item in gc.get_objects())


def _certificates(opened: Opened) -> list[bytes]:
    return sorted((opened.binding.local, opened.binding.remote))


async def _change_over(end: TransportEnd) -> Opened:
    await end.next(Closed)
    return await end.next(Opened)
