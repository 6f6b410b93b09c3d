"""Signaling by MQTT brokers, as Trystero's MQTT strategy does it; brought by the extra ``peerset[mqtt]``."""

import asyncio
import random
from collections.abc import Sequence
from typing import Final

from peerset.core.signal import PeerId, RoomName
from peerset.signaling.addresses import check_addresses
from peerset.signaling.mqtt_broker import MqttBroker
from peerset.signaling.topics import TopicListener, TopicSignaling

STRATEGY: Final = "mqtt"
DEFAULT_BROKERS: Final = (
    "wss://test.mosquitto.org:8081/mqtt",
    "wss://broker.emqx.io:8084/mqtt",
    "wss://public:public@public.cloud.shiftr.io",
    "wss://broker-cn.emqx.io:8084/mqtt",
)
"""The four that pages of Trystero 0.25 use by default."""
CLOSE_TIMEOUT_SECONDS: Final = 1.0


class MqttBrokers:
    """The brokers of a process: each is opened for the first room that uses it, and closed after the last.

    Belongs to one event loop.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._open: dict[str, tuple[MqttBroker, asyncio.Task[None]]] = {}

    @property
    def count(self) -> int:
        """How many brokers are in use."""
        return len(self._open)

    def listen(self, url: str, topics: Sequence[str], listener: TopicListener) -> MqttBroker:
        """Let *listener* hear *topics* at *url*.

        Raises:
            ConfigError: the first of them, which is one peer's own, is listened to already.

        """
        if url not in self._open:
            broker = MqttBroker(url, self._rng)
            self._open[url] = (broker, asyncio.create_task(broker.run(), name=f"broker {url}"))
        broker, _ = self._open[url]
        broker.listen(topics, listener)
        return broker

    async def release(self, url: str, topics: Sequence[str], listener: TopicListener) -> None:
        """Publish what waits and listen no longer; takes a second and a half at most."""
        broker, running = self._open[url]
        broker.leave(topics, listener)
        await broker.flush()
        if broker.listeners or self._open.get(url, (None, None))[0] is not broker:
            return
        del self._open[url]
        running.cancel()
        await asyncio.wait([running], timeout=CLOSE_TIMEOUT_SECONDS)


class MqttHub:
    """Gives each room its signaling; the brokers behind them are shared, and close with the last room."""

    def __init__(self, *, rng: random.Random) -> None:
        self._rng = rng
        self._brokers = MqttBrokers(rng)

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Make sure that *places*, which are brokers, are addresses of websockets.

        Raises:
            ConfigError: one is not, or there is none, or too many.

        """
        check_addresses(DEFAULT_BROKERS if places is None else places, noun="broker")

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> TopicSignaling:
        """Join *room* at the brokers *places*, those that pages use when None.

        Raises:
            ConfigError: one is not the address of a websocket, or there is none, or too many.

        """
        urls = check_addresses(DEFAULT_BROKERS if places is None else places, noun="broker")
        return TopicSignaling(
            room, peer_id, strategy=STRATEGY, urls=urls, places=self._brokers, password=password, rng=self._rng
        )
