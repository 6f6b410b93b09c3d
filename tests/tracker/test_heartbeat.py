"""When a quiet client is pinged, and when it is parted from."""

import asyncio

import pytest

from peerset.core.clock import Monotonic
from peerset.tracker.heartbeat import Heartbeat


class Client:
    """Notes what is done about it, and when; the heartbeat is every 10 seconds."""

    def __init__(self, *, idle_seconds: float = 1_000.0) -> None:
        self.done: list[tuple[str, int]] = []
        self.heartbeat = Heartbeat(self, seconds=10.0, idle_seconds=idle_seconds)
        self.heartbeat.start(now())

    def ping(self) -> None:
        self.note("ping")

    def part(self) -> None:
        self.note("part")

    def turn_away(self) -> None:
        self.note("turn away")

    def note(self, what: str) -> None:
        self.done.append((what, round(now())))


def now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())


async def test_a_client_that_answers_nothing_is_turned_away() -> None:
    client = Client()
    await asyncio.sleep(100)
    assert client.done == [("ping", 10), ("turn away", 15)]


async def test_a_client_that_answers_is_pinged_again_and_again() -> None:
    client = Client()
    for _ in range(3):
        await asyncio.sleep(12)
        client.heartbeat.feel(now())
    client.heartbeat.stop()
    await asyncio.sleep(100)
    assert client.done == [("ping", 10), ("ping", 22), ("ping", 34)]


async def test_a_client_that_speaks_is_not_pinged() -> None:
    client = Client()
    for _ in range(9):
        await asyncio.sleep(9)
        client.heartbeat.hear(now())
    assert client.heartbeat.heard == pytest.approx(81)
    assert client.done == []


async def test_a_client_that_answers_and_says_nothing_is_parted_from() -> None:
    client = Client(idle_seconds=35.0)
    for _ in range(3):
        await asyncio.sleep(11)
        client.heartbeat.feel(now())
    await asyncio.sleep(100)
    assert client.done == [("ping", 10), ("ping", 21), ("ping", 32), ("part", 35)]
