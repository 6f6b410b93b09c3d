"""Signaling by MQTT brokers, as Trystero's MQTT strategy does it; brought by the extra ``peerset[mqtt]``."""

import random
from collections.abc import Sequence
from typing import Final

from peerset.core.signal import PeerId, RoomName
from peerset.signaling.addresses import check_addresses
from peerset.signaling.mqtt_broker import MqttBroker
from peerset.signaling.shared_places import SharedPlaces
from peerset.signaling.topics import TopicSignaling

STRATEGY: Final = "mqtt"
DEFAULT_BROKERS: Final = (
    "wss://test.mosquitto.org:8081/mqtt",
    "wss://broker.emqx.io:8084/mqtt",
    "wss://public:public@public.cloud.shiftr.io",
    "wss://broker-cn.emqx.io:8084/mqtt",
)
"""The four that pages of Trystero 0.25 use by default."""


class MqttBrokers(SharedPlaces[MqttBroker]):
    """The brokers of a process."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng

    def make(self, url: str) -> MqttBroker:
        """Give the broker at *url*."""
        return MqttBroker(url, self._rng)


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
