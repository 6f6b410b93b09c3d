"""Rooms by MQTT brokers: a real one, aedes in Node.js, and one that comes and goes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

import peerset
from peerset.core.signal import PeerId, RoomName
from peerset.errors import ConfigError
from peerset.plugins import open_signaling
from peerset.ports import SocketState
from peerset.protocol.inputs import PeerAnnounced
from peerset.signaling.mqtt import DEFAULT_BROKERS, MqttBrokers, MqttHub
from peerset.signaling.topics import TopicSignaling
from peerset.testing.check_signaling import SignalingPair
from peerset.testing.check_topics import check_topics
from tests.patience import PATIENT_SECONDS
from tests.signaling.relays import mqtt_broker

pytestmark = [pytest.mark.real_time, pytest.mark.node]

ROOM = RoomName("app", "room")
HALL = RoomName("app", "hall")
LEFT, RIGHT = PeerId("0000" + "L" * 16), PeerId("0000" + "R" * 16)


def make(peer_id: PeerId, brokers: MqttBrokers, url: str, room: RoomName = ROOM) -> TopicSignaling:
    return TopicSignaling(
        room, peer_id, strategy="mqtt", urls=[url], places=brokers, rng=random.Random(f"{peer_id} {room}")
    )


@asynccontextmanager
async def pair(url: str) -> AsyncIterator[SignalingPair]:
    left, right = (make(peer_id, MqttBrokers(random.SystemRandom()), url) for peer_id in (LEFT, RIGHT))
    yield SignalingPair(left, LEFT, right, RIGHT)
    await left.aclose()
    await right.aclose()


async def test_it_passes_the_acceptance_suite_at_a_real_broker() -> None:
    async with mqtt_broker() as url:
        await check_topics(partial(pair, url))


async def test_two_rooms_share_one_connection_and_hear_of_their_own() -> None:
    async with mqtt_broker() as url:
        ours, theirs = MqttBrokers(random.SystemRandom()), MqttBrokers(random.SystemRandom())
        room, hall = make(LEFT, ours, url), make(LEFT, ours, url, HALL)
        other = make(RIGHT, theirs, url, HALL)
        await room.announce([])
        await asyncio.wait_for(room.settled(), PATIENT_SECONDS)
        inputs = hall.inputs()
        await hall.announce([])
        assert ours.count == 1
        await other.announce([])
        heard = await asyncio.wait_for(anext(inputs), PATIENT_SECONDS)
        assert (type(heard), heard.peer) == (PeerAnnounced, RIGHT)
        await hall.aclose()
        with pytest.raises(ConfigError, match="joined"):
            await make(LEFT, ours, url).announce([])
        await room.aclose()
        await other.aclose()
        assert (ours.count, theirs.count) == (0, 0)


async def test_two_peers_meet_by_a_broker_and_share_a_record() -> None:
    async with mqtt_broker() as url:
        here, there = (
            peerset.join("lobby", signaling=[f"mqtt:{url}"], ice_servers=[], allow_loopback=True, host=peerset.Host())
            for _ in range(2)
        )
        async with here as one, there as two:
            record = await one.publish("by a broker")
            await one.synced(timeout=PATIENT_SECONDS)
            assert await two.records() == [record]
            [status] = one.signaling
            assert (status.strategy, status.place, status.state) == ("mqtt", url, SocketState.OPEN)


async def test_a_broker_that_goes_away_is_tried_again() -> None:
    async with mqtt_broker() as url:
        signaling = make(LEFT, MqttBrokers(random.SystemRandom()), url)
        await signaling.announce([])
        await asyncio.wait_for(signaling.settled(), PATIENT_SECONDS)
    async with asyncio.timeout(PATIENT_SECONDS):
        while (status := signaling.status()[0]).state is not SocketState.RESTING:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    assert status.error
    assert status.next_try is not None
    await signaling.aclose()


async def test_a_broker_that_is_not_there_is_said_so() -> None:
    signaling = make(LEFT, MqttBrokers(random.SystemRandom()), "ws://127.0.0.1:9/mqtt")
    await signaling.announce([])
    await asyncio.wait_for(signaling.settled(), PATIENT_SECONDS)
    [status] = signaling.status()
    assert (status.replies, status.state) == (0, SocketState.RESTING)
    assert status.error
    await signaling.aclose()


def test_the_strategy_is_installed_and_checks_its_brokers() -> None:
    hub = open_signaling("mqtt", rng=random.Random(0))
    assert isinstance(hub, MqttHub)
    hub.check()
    with pytest.raises(ConfigError, match="broker"):
        hub.check(places=["mqtt://broker.example"])


async def test_without_brokers_those_of_pages_are_taken() -> None:
    signaling = MqttHub(rng=random.SystemRandom()).join(ROOM, LEFT)
    assert [status.place for status in signaling.status()] == [*DEFAULT_BROKERS]
    await signaling.aclose()
