"""Our tracker as a relay of topics, over real sockets."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from peerset.tracker.connection import FAULTS_BURST_MAX
from peerset.tracker.limits import TrackerLimits
from tests.tracker.test_tracker import HASH, Socket, announce, ask, closing_code, running

pytestmark = pytest.mark.real_time


def say(kind: str, topic: str, **more: object) -> str:
    return json.dumps({"type": kind, "topic": topic, **more})


async def listen(socket: Socket, topic: str) -> None:
    """Subscribe, and wait until that has come to pass."""
    await socket.send_str(say("subscribe", topic))
    assert await ask(socket, say("publish", topic, payload="mine")) == {"topic": topic, "payload": "mine"}


async def test_what_is_published_reaches_those_who_listen_and_its_publisher() -> None:
    async with (
        running() as (tracker, session),
        session.ws_connect(tracker.url) as alice,
        session.ws_connect(f"{tracker.url}/relay") as bob,
    ):
        await listen(alice, "room")
        await listen(bob, "room")
        assert await alice.receive_json() == {"topic": "room", "payload": "mine"}
        payload: dict[str, Any] = {"peerId": "naïve", "offer": "o"}
        await bob.send_str(say("publish", "room", payload=payload))
        for socket in (alice, bob):
            assert await socket.receive_json() == {"topic": "room", "payload": payload}
        assert (tracker.statistics.topics, tracker.statistics.listeners, tracker.statistics.published) == (1, 2, 3)


async def test_who_stops_to_listen_or_is_gone_hears_nothing() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as alice:
        async with session.ws_connect(tracker.url) as bob:
            await listen(bob, "room")
        await listen(alice, "room")
        await alice.send_str(say("unsubscribe", "room"))
        await alice.send_str(say("publish", "room", payload="to nobody"))
        await listen(alice, "other")
        assert (tracker.statistics.topics, tracker.statistics.listeners, tracker.statistics.dropped) == (1, 1, 0)


async def test_one_connection_may_use_us_as_a_tracker_as_well() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        await listen(socket, "room")
        assert (await ask(socket, announce("a")))["incomplete"] == 1
        # Whoever has an action speaks to the tracker.
        assert (await ask(socket, json.dumps(json.loads(announce("a")) | {"type": "subscribe"})))["info_hash"] == HASH


async def test_what_makes_no_sense_is_told_with_its_topic_and_ends_the_connection_at_last() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        told = await ask(socket, say("publish", "room", payload=None))
        assert told == {"topic": "room", "failure reason": "payload is NoneType, expected a text or an object"}
        for _ in range(FAULTS_BURST_MAX):
            await socket.send_str(say("shout", "room"))
        assert await closing_code(socket) == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_who_listens_may_be_silent_as_long_as_it_answers_our_pings() -> None:
    limits = TrackerLimits(idle_seconds=1.2, heartbeat_seconds=0.5)
    async with running(limits=limits) as (tracker, session), session.ws_connect(tracker.url) as listener:
        await listen(listener, "room")
        waiting = asyncio.create_task(listener.receive_json())
        async with session.ws_connect(tracker.url) as idler:
            assert await closing_code(idler) == aiohttp.WSCloseCode.OK
        async with session.ws_connect(tracker.url) as friend:
            await friend.send_str(say("publish", "room", payload="still there?"))
            assert (await waiting)["payload"] == "still there?"
