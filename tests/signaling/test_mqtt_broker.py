"""What is done at one broker while it is closed, which is to remember who listens, and whose turn it is then."""

import asyncio
import random

import pytest

from peerset.errors import ConfigError
from peerset.ports import SocketState
from peerset.signaling.mqtt_broker import MqttBroker, Publish, _client, _shown
from peerset.signaling.turns import ANNOUNCES_BURST_MAX, ANNOUNCES_PER_SECOND_MAX


class Listener:
    def place_opened(self, url: str) -> None:
        raise AssertionError(url)

    def place_failed(self, url: str) -> None:
        raise AssertionError(url)

    def place_heard(self, url: str, topic: str, content: str) -> None:
        raise AssertionError(content)


async def test_who_listens_before_it_is_open_is_remembered_and_nothing_is_sent() -> None:
    broker = MqttBroker("wss://broker.example", random.Random(0))
    listener = Listener()
    broker.listen(["one", "all"], listener)
    broker.publish("all", "too early")
    await broker.flush()
    assert (broker.state, broker.listeners.topics) == (SocketState.CONNECTING, ["one", "all"])
    with pytest.raises(ConfigError):
        broker.listen(["one", "all"], Listener())
    broker.leave(listener)
    assert not broker.listeners


class Patient(Listener):
    def place_failed(self, url: str) -> None:
        """Wait."""


async def test_many_rooms_announce_themselves_in_turns_and_what_one_says_to_one_does_not_wait() -> None:
    broker, count = MqttBroker("wss://broker.example", random.Random(0)), 3 * ANNOUNCES_BURST_MAX
    for number in range(count):
        broker.listen([f"one {number}", f"all {number}"], Patient())
    announcing = asyncio.create_task(broker.announcing.run(), name="announcing")
    broker._enter(SocketState.OPEN)

    def announce() -> None:
        for number in range(count):
            broker.publish(f"all {number}", "here")

    def said() -> list[str]:
        orders = [broker._orders.get_nowait() for _ in range(broker._orders.qsize())]
        return [order.topic for order in orders if isinstance(order, Publish)]

    announce()
    broker.publish("another's", "an offer")
    await asyncio.sleep(0.001)
    assert said() == ["another's", *(f"all {number}" for number in range(ANNOUNCES_BURST_MAX))]
    await asyncio.sleep(count / ANNOUNCES_PER_SECOND_MAX)
    assert said() == [f"all {number}" for number in range(ANNOUNCES_BURST_MAX, count)]
    # Whoever failed meanwhile is told nothing that is out of date.
    announce()
    broker._enter(SocketState.RESTING)
    broker._enter(SocketState.OPEN)
    await asyncio.sleep(60)
    assert said() == []
    announcing.cancel()


async def test_an_address_may_hold_what_signs_in_and_logs_do_not_show_it() -> None:
    url = "wss://public:p%40ss@broker.example/path"
    client = _client(url)
    assert (client._hostname, client._port) == ("broker.example", 443)
    assert (client._client.username, client._client.password) == ("public", "p@ss")
    assert _shown(url) == "wss://broker.example/path"
