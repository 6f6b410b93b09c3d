"""Signaling by relays of topics: our own, and those that do not do what relays do."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from peerset.core.signal import RoomName, make_peer_id
from peerset.errors import ConfigError
from peerset.plugins import open_signaling
from peerset.ports import SocketState
from peerset.signaling.kept_socket import SocketTimes
from peerset.signaling.relay import RelayHub, Relays
from peerset.testing.check_signaling import SignalingPair
from peerset.testing.check_topics import check_topics
from peerset.testing.tracker import local_tracker, scripted_tracker
from tests.patience import PATIENT_SECONDS, until

pytestmark = pytest.mark.real_time
ROOM = RoomName("app", "room")
RNG = random.SystemRandom()


class Witness:
    """Writes down what it is told of a place."""

    def __init__(self) -> None:
        self.opened = 0
        self.failed = 0
        self.heard: list[tuple[str, str]] = []

    def place_opened(self, url: str) -> None:
        self.opened += 1

    def place_failed(self, url: str) -> None:
        self.failed += 1

    def place_heard(self, url: str, topic: str, content: str) -> None:
        self.heard.append((topic, content))


@asynccontextmanager
async def listening(url: str, *listeners: Witness, times: SocketTimes | None = None) -> AsyncIterator[Relays]:
    """Let each of *listeners* listen at *url* on a topic of its own and on one of all."""
    places = Relays(random.Random(0), times=times)
    async with asyncio.timeout(PATIENT_SECONDS):
        for number, listener in enumerate(listeners):
            places.listen(url, topics_of(number), listener)
        yield places
        for number, listener in enumerate(listeners):
            await places.release(url, topics_of(number), listener)
    assert places.count == 0


def topics_of(number: int) -> Sequence[str]:
    return f"own {number}", "all"


@asynccontextmanager
async def pair() -> AsyncIterator[SignalingPair]:
    async with local_tracker() as url:
        ids = [make_peer_id(RNG) for _ in range(2)]
        left, right = (RelayHub(rng=RNG).join(ROOM, peer_id, places=[url]) for peer_id in ids)
        yield SignalingPair(left, ids[0], right, ids[1])
        await left.aclose()
        await right.aclose()


async def test_it_passes_the_acceptance_suite() -> None:
    await check_topics(pair)


async def test_all_rooms_of_a_process_share_a_socket_and_hear_their_own() -> None:
    alice, bob = Witness(), Witness()
    async with local_tracker() as url, listening(url, alice, bob) as places:
        await until(lambda: alice.opened == bob.opened == 1)
        place, _ = places._open[url]
        assert places.count == 1
        place.publish("own 1", "for bob")
        place.publish("all", "for all")
        await until(lambda: len(bob.heard) == 2 and len(alice.heard) == 1)
        assert (alice.heard, bob.heard) == ([("all", "for all")], [("own 1", "for bob"), ("all", "for all")])
        carol = Witness()
        places.listen(url, topics_of(2), carol)
        assert carol.opened == 1, "it is open already"
        await places.release(url, topics_of(2), carol)
        with pytest.raises(ConfigError, match="joined the room already"):
            places.listen(url, topics_of(0), carol)
        assert places.count == 1


async def test_a_relay_that_comes_back_is_told_again_what_is_listened_to() -> None:
    heard: list[dict[str, str]] = []

    async def hang_up_once(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            heard.append(json.loads(message.data))
            if len(heard) == 2:
                return

    alice = Witness()
    async with scripted_tracker(hang_up_once) as url, listening(url, alice):
        await until(lambda: len(heard) >= 4)
        assert alice.failed == 1
        wanted = [{"type": "subscribe", "topic": topic} for topic in topics_of(0)]
        assert heard[:4] == [*wanted, *wanted]


async def test_a_refusal_is_told_and_what_makes_no_sense_is_counted() -> None:
    async def grumble(socket: web.WebSocketResponse) -> None:
        await socket.send_str("nonsense")
        await socket.send_str('{"topic":"all","failure reason":"full"}')
        async for _ in socket:
            pass

    alice = Witness()
    async with scripted_tracker(grumble) as url, listening(url, alice) as places:
        place, _ = places._open[url]
        await until(lambda: place.error == "'full'")
        assert (place.state, place.next_try, alice.heard) == (SocketState.OPEN, None, [])


async def test_a_relay_that_brings_nothing_back_is_left() -> None:
    async def swallow(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            pass

    alice = Witness()
    async with scripted_tracker(swallow) as url, listening(url, alice, times=SocketTimes(reply=0.1)) as places:
        await until(lambda: alice.opened == 1)
        place, _ = places._open[url]
        place.publish("somebody else's", "is not awaited")
        place.publish("all", "is")
        await until(lambda: alice.failed == 1)
        assert "no reply" in str(place.error)


def test_relays_have_to_be_named() -> None:
    hub = open_signaling("relay", rng=RNG)
    assert isinstance(hub, RelayHub)
    hub.check(places=["ws://127.0.0.1:8000"])
    with pytest.raises(ConfigError, match="there is no relay that everybody may use"):
        hub.check()
    with pytest.raises(ConfigError, match="is not an address"):
        hub.check(places=["relay.example"])
