"""However many offers are out, there is one socket an address; each datagram goes to whom it is for."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aioice import stun

from peerset.core.signal import Offer, RoomName
from peerset.protocol.inputs import Opened, Received
from peerset.testing.check_transport import TransportEnd, connect
from peerset.transports.shared_socket import ASKED_MAX, Outlet, SharedSocket
from peerset.transports.webrtc import WebRTCHub
from tests.transports.test_webrtc import join, links_of, make_hub, make_hubs

pytestmark = pytest.mark.real_time

ROOMS = 25
OFFERS = 5
STRANGER = ("192.0.2.99", 9)


def count_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def enter(hub: WebRTCHub, number: int) -> TransportEnd:
    return join(hub, RoomName("app", f"room {number}"))


def hosts_of(offer: Offer) -> set[str]:
    """Where an offer says that we are."""
    return {" ".join(line.split()[4:6]) for line in offer.sdp.split("\r\n") if "typ host" in line}


class Listener(asyncio.DatagramProtocol):
    """Stands for the offer of an outlet."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, object]] = []
        self.is_lost = False

    def connection_lost(self, exc: Exception | None) -> None:
        assert not self.is_lost
        self.is_lost = True

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.heard.append((data, addr))


@asynccontextmanager
async def shared_socket() -> AsyncIterator[SharedSocket]:
    loop = asyncio.get_running_loop()
    transport, shared = await loop.create_datagram_endpoint(SharedSocket, local_addr=("127.0.0.1", 0))
    yield shared
    transport.close()


def add(shared: SharedSocket, fragment: str) -> tuple[Outlet, Listener]:
    outlet = shared.add(fragment)
    outlet.protocol = listener = Listener()
    return outlet, listener


def check(username: str) -> bytes:
    message = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    message.attributes["PRIORITY"] = 1
    message.attributes["USERNAME"] = username
    return bytes(message)


async def test_offers_of_many_rooms_share_a_few_sockets_and_close_them() -> None:
    # What an earlier test left would be closed meanwhile.
    gc.collect()
    hub = make_hub(1)
    before = count_descriptors()
    rooms = [enter(hub, number) for number in range(ROOMS)]
    made = [await room.transport.make_offers(OFFERS) for room in rooms]
    assert all(len(offers) == OFFERS for offers in made)
    places = [hosts_of(offer) for offers in made for offer in offers]
    assert count_descriptors() - before <= len(places[0])
    assert all(place == places[0] for place in places)
    for room, offers in zip(rooms, made, strict=True):
        room.transport.drop_offers([offer.id for offer in offers])
    await hub.wait_closed()
    assert count_descriptors() == before
    await hub.aclose()


async def test_peers_of_many_rooms_are_told_apart() -> None:
    async with make_hubs() as (one, _):
        others = [make_hub(seed) for seed in range(3, 8)]
        rooms = [enter(one, number) for number in range(len(others))]
        ends = [enter(other, number) for number, other in enumerate(others)]
        await asyncio.gather(*(connect(*pair) for pair in zip(rooms, ends, strict=True)))
        for number, (room, end) in enumerate(zip(rooms, ends, strict=True)):
            end.transport.send(room.peer, bytes([number]) * 30_000)
            room.transport.send(end.peer, bytes([number + 100]) * 30_000)
        for number, (room, end) in enumerate(zip(rooms, ends, strict=True)):
            assert await room.next(Received) == Received(end.peer, bytes([number]) * 30_000)
            assert await end.next(Received) == Received(room.peer, bytes([number + 100]) * 30_000)
        for other in others:
            await other.aclose()
            await other.wait_closed()


async def test_a_socket_serves_new_offers_after_it_was_closed() -> None:
    async with make_hubs() as (one, other):
        room, end = enter(one, 1), enter(other, 1)
        [offer] = await room.transport.make_offers(1)
        room.transport.drop_offers([offer.id])
        assert [type(event) for event in await connect(room, end)] == [Opened, Opened]
        [link] = links_of(one)
        assert link.connection.is_open


async def test_checks_go_to_the_offer_they_name() -> None:
    async with shared_socket() as shared:
        (_, one), (_, other) = add(shared, "abcd"), add(shared, "efgh")
        shared.datagram_received(check("efgh:wxyz"), STRANGER)
        assert (len(one.heard), len(other.heard)) == (0, 1)
        for datagram in (check("ijkl:wxyz"), check(""), b"", b"\x00\x01", b"\x00\x01" + bytes(18), bytes(40)):
            shared.datagram_received(datagram, STRANGER)
        assert (len(one.heard), len(other.heard)) == (0, 1)


async def test_a_response_goes_to_who_asked_once() -> None:
    async with shared_socket() as shared:
        (asker, one), (_, other) = add(shared, "abcd"), add(shared, "efgh")
        request = check("wxyz:abcd")
        asker.sendto(request, ("127.0.0.1", 9))
        response = b"\x01\x01" + request[2:20]
        for _ in range(2):
            shared.datagram_received(response, STRANGER)
        assert (one.heard, other.heard) == ([(response, STRANGER)], [])


async def test_data_go_where_a_check_was_answered_whoever_claims_to_be_there() -> None:
    async with shared_socket() as shared:
        (honest, one), (liar, other) = add(shared, "abcd"), add(shared, "efgh")
        shared.datagram_received(b"\x17 of nobody", STRANGER)
        liar.hear(STRANGER)
        honest.claim(STRANGER)
        liar.hear(STRANGER)
        shared.datagram_received(b"\x17 data", STRANGER)
        assert (one.heard, other.heard) == ([(b"\x17 data", STRANGER)], [])


async def test_the_last_offer_takes_the_socket_along() -> None:
    async with shared_socket() as shared:
        added = [add(shared, fragment) for fragment in ("abcd", "efgh")]
        for number, (outlet, listener) in enumerate(added):
            assert shared.is_open
            outlet.claim(("192.0.2.1", number))
            outlet.close()
            outlet.close()
            assert outlet.is_closing()
            await asyncio.sleep(0)
            assert listener.is_lost
        assert not shared.is_open
        assert shared.peers == {}


async def test_unanswered_requests_are_forgotten_in_the_end() -> None:
    async with shared_socket() as shared:
        outlet, listener = add(shared, "abcd")
        requests = [check("wxyz:abcd") for _ in range(ASKED_MAX + 1)]
        for request in requests:
            outlet.sendto(request, ("127.0.0.1", 9))
        for request in (requests[0], requests[-1]):
            shared.datagram_received(b"\x01\x01" + request[2:20], STRANGER)
        assert len(listener.heard) == 1
