"""What is done at one broker while it is closed: nothing, but for remembering who listens."""

import random

import pytest

from peerset.errors import ConfigError
from peerset.ports import SocketState
from peerset.signaling.mqtt_broker import MqttBroker, _client, _shown


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


async def test_an_address_may_hold_what_signs_in_and_logs_do_not_show_it() -> None:
    url = "wss://public:p%40ss@broker.example/path"
    client = _client(url)
    assert (client._hostname, client._port) == ("broker.example", 443)
    assert (client._client.username, client._client.password) == ("public", "p@ss")
    assert _shown(url) == "wss://broker.example/path"
