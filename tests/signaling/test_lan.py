"""Rooms in the local network: they meet, and say so. On loopback."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via, make_peer_id
from peerset.errors import ConfigError, SignalingError
from peerset.plugins import open_signaling
from peerset.ports import SocketState
from peerset.protocol.inputs import AnswerReceived, OfferReceived, PeerAnnounced, SignalingInput
from peerset.signaling import lan_network
from peerset.signaling.lan import LanHub, LanSignaling
from peerset.testing.check_signaling import SignalingPair
from peerset.testing.check_topics import check_topics
from tests.patience import PATIENT_SECONDS, until

pytestmark = pytest.mark.real_time
HOME = ["127.0.0.1"]
RNG = random.SystemRandom()
OFFER = Offer(OfferId("o" * 20), "v=0\r\n")
ANSWER = Answer(OFFER.id, "v=0\r\n")


def new_room() -> RoomName:
    """Give a room that no other test is in: all of them are in one network."""
    return RoomName("lan tests", f"{RNG.random()}")


class Member:
    """A member of a room, who keeps what it hears."""

    def __init__(self, room: RoomName, *, hub: LanHub | None = None, password: str = "") -> None:
        self.id = make_peer_id(RNG)
        self.signaling: LanSignaling = (hub or LanHub(rng=RNG)).join(room, self.id, places=HOME, password=password)
        self._inputs = self.signaling.inputs()

    async def next(self, kind: type[SignalingInput], peer: PeerId) -> SignalingInput:
        async for signal in self._inputs:
            if isinstance(signal, kind) and signal.peer == peer:
                return signal
        raise AssertionError(f"it ended before {kind.__name__} came")


@asynccontextmanager
async def members(*made: Member) -> AsyncIterator[Sequence[Member]]:
    async with asyncio.timeout(PATIENT_SECONDS):
        yield made
        for member in made:
            for _ in range(2):
                await member.signaling.aclose()


@asynccontextmanager
async def pair() -> AsyncIterator[SignalingPair]:
    room, hub = new_room(), LanHub(rng=RNG)
    ids = [make_peer_id(RNG) for _ in range(2)]
    left, right = hub.join(room, ids[0], places=HOME), LanHub(rng=RNG).join(room, ids[1], places=HOME)
    yield SignalingPair(left, ids[0], right, ids[1])
    await left.aclose()
    await right.aclose()


async def test_it_passes_the_acceptance_suite() -> None:
    await check_topics(pair)


async def test_those_with_another_password_or_in_another_room_are_not_met() -> None:
    room = new_room()
    async with members(Member(room), Member(room, password="secret"), Member(room), Member(new_room())) as (
        alice,
        stranger,
        bob,
        other,
    ):
        await alice.next(PeerAnnounced, bob.id)
        await bob.next(PeerAnnounced, alice.id)
        await until(lambda: all(each.signaling.status()[0].last_success for each in (stranger, other)))
        assert [status.peers for each in (alice, stranger, other) for status in each.signaling.status()] == [1, 0, 0]


async def test_rooms_of_one_process_share_its_sockets_until_the_last_is_left() -> None:
    hub, rooms = LanHub(rng=RNG), [new_room(), new_room()]
    async with members(*(Member(room, hub=hub) for room in rooms), *(Member(room) for room in rooms)) as (a, b, c, d):
        for here, there in ((a, c), (b, d)):
            await here.next(PeerAnnounced, there.id)
            await there.next(PeerAnnounced, here.id)
        (network,) = hub._open.values()
        await a.signaling.aclose()
        assert list(hub._open.values()) == [network]
        await b.signaling.aclose()
        assert hub._open == {}


async def test_who_is_there_is_told_of_again_when_more_are_wanted() -> None:
    room = new_room()
    async with members(Member(room), Member(room)) as (alice, bob):
        first = await alice.next(PeerAnnounced, bob.id)
        await alice.signaling.announce([])
        assert await alice.next(PeerAnnounced, bob.id) == first


async def test_an_answer_of_another_than_the_one_that_was_asked_is_not_believed() -> None:
    room = new_room()
    async with members(Member(room), Member(room)) as (alice, bob):
        announced = await alice.next(PeerAnnounced, bob.id)
        assert isinstance(announced, PeerAnnounced)
        network, asked = bob.signaling._network, bob.signaling._room
        assert network is not None
        await alice.signaling.offer(bob.id, OFFER, announced.via)
        offered = await bob.next(OfferReceived, alice.id)
        assert isinstance(offered, OfferReceived)
        asked._peer_id = PeerId("x" * 20)
        network.answer(offered.via, asked.answer(alice.id, ANSWER))
        asked._peer_id = bob.id
        await alice.signaling.offer(bob.id, replace(OFFER, id=OfferId("p" * 20)), announced.via)
        again = await bob.next(OfferReceived, alice.id)
        assert isinstance(again, OfferReceived)
        await bob.signaling.answer(alice.id, Answer(again.offer.id, "v=0\r\n"), again.via)
        answered = await alice.next(AnswerReceived, bob.id)
        assert isinstance(answered, AnswerReceived)
        assert answered.answer.offer_id == again.offer.id


async def test_an_offer_for_whom_nobody_announced_goes_nowhere() -> None:
    room = new_room()
    async with members(Member(room), Member(room)) as (alice, bob):
        announced = await alice.next(PeerAnnounced, bob.id)
        assert isinstance(announced, PeerAnnounced)
        await alice.signaling.offer(PeerId("x" * 20), OFFER, announced.via)
        await alice.signaling.offer(bob.id, OFFER, Via("gone"))
        assert alice.signaling._exchanges == set()


async def test_its_standing_is_told() -> None:
    hub = LanHub(rng=RNG)
    signaling = hub.join(new_room(), make_peer_id(RNG))
    [before] = signaling.status()
    assert (before.strategy, before.place, before.state, before.last_success) == ("lan", "", SocketState.CLOSED, None)
    async with members(Member(new_room(), hub=hub)) as (alice,):
        await until(lambda: alice.signaling.status()[0].state is SocketState.OPEN)
        [status] = alice.signaling.status()
        assert (status.place, status.error, status.swarm_size) == (HOME[0], None, 1)
    [after] = alice.signaling.status()
    assert after.state is SocketState.CLOSED


async def test_a_network_that_cannot_be_used_ends_it_with_a_reason() -> None:
    signaling = LanHub(rng=RNG).join(new_room(), make_peer_id(RNG), places=["203.0.113.9"])
    with pytest.raises(SignalingError, match=r"no network at 203\.0\.113\.9"):
        await anext(signaling.inputs())
    assert "203.0.113.9" in str(signaling.status()[0].error)
    await signaling.aclose()


async def test_who_joins_anew_after_the_network_changed_is_in_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, room = LanHub(rng=RNG), new_room()
    monkeypatch.setattr(lan_network, "WATCH_INTERVAL_SECONDS", 0.01)
    async with members(Member(room, hub=hub)) as (alice,):
        await until(lambda: alice.signaling.status()[0].state is SocketState.OPEN)
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(lan_network, "own_addresses", lambda _: [])
            with pytest.raises(SignalingError, match="another network now"):
                await alice.next(PeerAnnounced, PeerId("nobody"))
    async with members(Member(room, hub=hub), Member(room)) as (again, bob):
        await again.next(PeerAnnounced, bob.id)


@pytest.mark.parametrize("place", ["wss://tracker.example", "localhost", "::1", "127.0.0.1/8"])
def test_a_place_is_an_address_of_this_machine(place: str) -> None:
    with pytest.raises(ConfigError, match="is no place of lan"):
        LanHub(rng=RNG).check(places=[place])


def test_the_strategy_is_installed_by_its_name() -> None:
    hub = open_signaling("lan", rng=RNG)
    assert isinstance(hub, LanHub)
    hub.check()


def test_without_multicast_dns_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    for name in ("peerset.signaling.lan", "peerset.signaling.lan_network"):
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ConfigError, match=r"pip install 'peerset\[lan\]'"):
        open_signaling("lan", rng=RNG)
