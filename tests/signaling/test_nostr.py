"""Rooms by Nostr relays: real ones, and ones that refuse, flood and lie."""

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from aiohttp import ClientSession, web

import peerset
from peerset.core.signal import Offer, OfferId, PeerId, RoomName, Via
from peerset.errors import ConfigError
from peerset.plugins import open_signaling
from peerset.ports import SocketState
from peerset.protocol.inputs import PeerAnnounced
from peerset.signaling.nostr import KNOWN_RELAYS, NostrHub, NostrRelays
from peerset.signaling.sealing import root_topic
from peerset.signaling.topics import TopicSignaling
from peerset.testing.check_signaling import SignalingPair
from peerset.testing.check_topics import check_topics
from peerset.testing.tracker import Script, scripted_tracker
from tests.patience import PATIENT_SECONDS
from tests.signaling.relays import nostr_relay

pytestmark = pytest.mark.real_time

ROOM = RoomName("app", "room")
HALL = RoomName("app", "hall")
LEFT, RIGHT = PeerId("0000" + "L" * 16), PeerId("0000" + "R" * 16)
OFFER = Offer(OfferId("Offer000000000000001"), "sdp")


def make(peer_id: PeerId, relays: NostrRelays, url: str, room: RoomName = ROOM) -> TopicSignaling:
    return TopicSignaling(
        room, peer_id, strategy="nostr", urls=[url], places=relays, rng=random.Random(f"{peer_id} {room}")
    )


@asynccontextmanager
async def pair(url: str) -> AsyncIterator[SignalingPair]:
    """Two members of a new room, for some relays keep what is ephemeral, each with relays of its own."""
    room = RoomName("app", f"room {random.random()}")
    left, right = (make(peer_id, NostrRelays(random.SystemRandom()), url, room) for peer_id in (LEFT, RIGHT))
    yield SignalingPair(left, LEFT, right, RIGHT)
    await left.aclose()
    await right.aclose()


@asynccontextmanager
async def alone(script: Script) -> AsyncIterator[TopicSignaling]:
    """One member at a relay that does what *script* says."""
    async with scripted_tracker(script) as url:
        signaling = make(LEFT, NostrRelays(random.SystemRandom()), url)
        await signaling.announce([])
        yield signaling
        await signaling.aclose()


async def until_failed(signaling: TopicSignaling) -> str:
    """Wait until the relay is given up, and say why."""
    await asyncio.wait_for(signaling.settled(), PATIENT_SECONDS)
    [status] = signaling.status()
    assert status.state is SocketState.RESTING
    return str(status.error)


@pytest.mark.parametrize("kind", ["nostr-sdk", "nostr-relay"])
async def test_it_passes_the_acceptance_suite_at_a_real_relay(kind: str) -> None:
    async with nostr_relay(kind) as url:
        await check_topics(partial(pair, url))


async def test_two_rooms_share_one_socket_and_hear_of_their_own() -> None:
    async with nostr_relay("nostr-sdk") as url:
        ours, theirs = NostrRelays(random.SystemRandom()), NostrRelays(random.SystemRandom())
        room, hall = make(LEFT, ours, url), make(LEFT, ours, url, HALL)
        other = make(RIGHT, theirs, url, HALL)
        inputs = hall.inputs()
        await room.announce([])
        await hall.announce([])
        assert ours.count == 1
        await other.announce([])
        heard = await asyncio.wait_for(anext(inputs), PATIENT_SECONDS)
        assert (type(heard), heard.peer) == (PeerAnnounced, RIGHT)
        await hall.aclose()
        assert ours.count == 1
        with pytest.raises(ConfigError, match="joined"):
            await make(LEFT, ours, url).announce([])
        await room.aclose()
        await other.aclose()
        assert (ours.count, theirs.count) == (0, 0)


async def test_two_peers_meet_by_a_relay_and_share_a_record() -> None:
    async with nostr_relay("nostr-sdk") as url:
        here, there = (
            peerset.join("lobby", signaling=[f"nostr:{url}"], ice_servers=[], allow_loopback=True, host=peerset.Host())
            for _ in range(2)
        )
        async with here as one, there as two:
            record = await one.publish("by a relay")
            await one.synced(timeout=PATIENT_SECONDS)
            assert await two.records() == [record]
            [status] = one.signaling
            assert (status.strategy, status.place, status.state) == ("nostr", url, SocketState.OPEN)
            assert status.peers == 1


async def taken(socket: web.WebSocketResponse) -> AsyncIterator[list[object]]:
    """Take what a client says."""
    async for message in socket:
        yield json.loads(message.data)


def answering(reason: str) -> Script:
    async def script(socket: web.WebSocketResponse) -> None:
        async for said in taken(socket):
            if said[0] == "EVENT" and isinstance(said[1], dict):
                await socket.send_str(json.dumps(["OK", said[1]["id"], False, reason]))

    return script


async def test_a_relay_that_refuses_us_is_let_alone_for_a_minute() -> None:
    async with alone(answering("blocked: not you")) as signaling:
        assert await until_failed(signaling) == "the relay refuses: 'blocked: not you'"
        [status] = signaling.status()
        assert status.next_try is not None
        assert status.next_try - status.since > 50


async def test_so_is_one_that_ends_the_subscription() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        async for said in taken(socket):
            await socket.send_str(json.dumps(["CLOSED", said[1], "restricted: members only"]))

    async with alone(script) as signaling:
        assert "restricted" in await until_failed(signaling)


async def test_a_relay_that_had_too_much_of_us_hears_offers_and_no_announcements() -> None:
    events: list[dict[str, object]] = []
    limited = asyncio.Event()

    async def script(socket: web.WebSocketResponse) -> None:
        async for said in taken(socket):
            if said[0] == "EVENT" and isinstance(said[1], dict):
                events.append(said[1])
                await socket.send_str(json.dumps(["OK", said[1]["id"], False, "rate-limited: slow down"]))
                limited.set()

    async with alone(script) as signaling:
        await asyncio.wait_for(limited.wait(), PATIENT_SECONDS)
        await asyncio.wait_for(signaling.settled(), PATIENT_SECONDS)
        announced = len(events)
        async with asyncio.timeout(PATIENT_SECONDS):
            # Announcements follow for two seconds, were they sent.
            while len(events) < announced + 4:
                await signaling.offer(RIGHT, OFFER, Via(signaling.status()[0].place))
                await asyncio.sleep(0.5)
        late = events[announced:]
        assert [tag for event in late for tag in event["tags"] if tag[1] == root_topic(ROOM)] == []  # type: ignore[attr-defined]  # it is JSON
        assert signaling.status()[0].state is SocketState.OPEN


async def test_what_a_relay_repeats_or_says_to_people_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        async for said in taken(socket):
            if said[0] == "EVENT" and isinstance(said[1], dict):
                await socket.send_str(json.dumps(["OK", said[1]["id"], False, "duplicate: I know"]))
                await socket.send_str(json.dumps(["NOTICE", "be nice"]))
                await socket.send_str(json.dumps(["EVENT", "sub", said[1]]))

    with caplog.at_level(logging.WARNING, logger="peerset"):
        async with alone(script) as signaling:
            await asyncio.wait_for(signaling.settled(), PATIENT_SECONDS)
            [status] = signaling.status()
            assert (status.state, status.error, status.replies) == (SocketState.OPEN, None, 1)
    assert sum("be nice" in record.message for record in caplog.records) == 1


async def test_a_relay_of_forged_events_is_given_up() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        async for said in taken(socket):
            if said[0] == "EVENT" and isinstance(said[1], dict):
                for _ in range(100):
                    await socket.send_str(json.dumps(["EVENT", "sub", said[1] | {"sig": "0" * 128}]))

    async with alone(script) as signaling:
        assert "its author did not sign" in await until_failed(signaling)
        assert signaling.counts.malformed == 0


def test_the_strategy_is_installed_and_checks_its_relays() -> None:
    hub = open_signaling("nostr", rng=random.Random(0))
    assert isinstance(hub, NostrHub)
    hub.check()
    hub.check(places=["wss://relay.example"])
    with pytest.raises(ConfigError, match="relay"):
        hub.check(places=["https://relay.example"])


async def test_without_relays_those_of_pages_of_the_same_application_are_taken() -> None:
    signaling = NostrHub(rng=random.SystemRandom()).join(RoomName("peerset", "room"), LEFT)
    places = [status.place for status in signaling.status()]
    assert len(places) == 5
    assert set(places) < set(KNOWN_RELAYS)
    await signaling.aclose()


async def test_a_relay_that_is_come_back_to_does_not_know_us_by_our_key() -> None:
    async with nostr_relay("nostr-sdk") as url:
        relays, keys = NostrRelays(random.SystemRandom()), []
        for _ in range(2):
            async with ClientSession() as session, session.ws_connect(url) as listener:
                await listener.send_json(["REQ", "all", {"#x": [root_topic(ROOM)]}])
                signaling = make(LEFT, relays, url)
                await signaling.announce([])
                async with asyncio.timeout(PATIENT_SECONDS):
                    while (said := await listener.receive_json())[0] != "EVENT":
                        pass
                keys.append(said[2]["pubkey"])
                await signaling.aclose()
        assert len(set(keys)) == 2
