"""The relays or brokers of a process, opened for the first room and closed after the last; nobody answers at these."""

import asyncio
import random

import pytest

from peerset.errors import ConfigError
from peerset.ports import SocketState
from peerset.signaling.relay import Relays

pytestmark = pytest.mark.real_time

NOWHERE = "ws://127.0.0.1:9"


class Witness:
    """A room that is told whether its place is there."""

    def __init__(self) -> None:
        self.failed = asyncio.Event()

    def place_opened(self, url: str) -> None:
        raise AssertionError(url)

    def place_failed(self, url: str) -> None:
        self.failed.set()

    def place_heard(self, url: str, topic: str, content: str) -> None:
        raise AssertionError(url, topic, content)


async def test_rooms_share_a_place_which_is_closed_after_the_last() -> None:
    places, alice, bob = Relays(random.Random(0)), Witness(), Witness()
    place = places.listen(NOWHERE, ["alice", "all"], alice)
    assert places.listen(NOWHERE, ["bob", "all"], bob) is place
    assert places.count == 1
    await bob.failed.wait()
    await places.release(NOWHERE, ["alice", "all"], alice)
    assert (places.count, place.listeners.topics) == (1, ["all", "bob"])
    await places.release(NOWHERE, ["bob", "all"], bob)
    assert (places.count, place.state) == (0, SocketState.CLOSED)


async def test_each_address_is_a_place_and_a_room_is_at_each_but_once() -> None:
    places, alice = Relays(random.Random(0)), Witness()
    one, other = (places.listen(url, ["alice", "all"], alice) for url in (NOWHERE, f"{NOWHERE}/other"))
    assert one is not other
    with pytest.raises(ConfigError):
        places.listen(NOWHERE, ["alice", "all"], Witness())
    for url in (NOWHERE, f"{NOWHERE}/other"):
        await places.release(url, ["alice", "all"], alice)
    assert places.count == 0


async def test_a_place_stands_as_its_socket_does() -> None:
    places, alice = Relays(random.Random(0)), Witness()
    place = places.listen(NOWHERE, ["alice", "all"], alice)
    assert (place.state, place.error, place.next_try) == (SocketState.CONNECTING, None, None)
    began = place.since
    await alice.failed.wait()
    await asyncio.sleep(0)
    assert place.state is SocketState.RESTING
    assert place.error is not None
    assert place.next_try is not None
    assert place.next_try > place.since >= began
    await places.release(NOWHERE, ["alice", "all"], alice)
