"""Signaling by plain relays of topics, as Trystero's ws-relay strategy does it; ``peerset tracker`` is one."""

import random
from collections.abc import Sequence
from typing import Final

from peerset.core.signal import PeerId, RoomName
from peerset.errors import ConfigError
from peerset.ports import SocketState
from peerset.signaling.addresses import check_addresses
from peerset.signaling.kept_socket import KeptSocket, SocketTimes
from peerset.signaling.relay_wire import Refused, decode, encode_publish, encode_subscribe, encode_unsubscribe
from peerset.signaling.shared_places import SharedPlaces, SocketPlace
from peerset.signaling.topics import TopicListener, TopicSignaling

STRATEGY: Final = "relay"


class Relay(SocketPlace):
    """The relay at *url*, which all rooms of a process share."""

    def __init__(self, url: str, rng: random.Random, *, times: SocketTimes | None = None) -> None:
        super().__init__(KeptSocket(url, self, rng, name="relay", times=times))

    def publish(self, topic: str, content: str) -> None:
        """Publish *content* to *topic*, if the relay is open; on the topic of a room, it must come back to us."""
        text = encode_publish(topic, content)
        if not self.listeners.is_root(topic):
            self.socket.send(text)
        elif self.state is SocketState.OPEN:
            self.announcing.put(topic, text)

    def listen(self, topics: Sequence[str], listener: TopicListener) -> None:
        """Let *listener* hear *topics* from now on.

        Raises:
            ConfigError: the first of them, which is one peer's own, is listened to already.

        """
        self.listeners.add(topics, listener)
        if self.state is SocketState.OPEN:
            self._subscribe(topics)
            listener.place_opened(self.socket.url)

    def leave(self, listener: TopicListener) -> None:
        """Let *listener* hear nothing more."""
        for topic in self.listeners.remove(listener):
            self.announcing.forget(topic)
            self.socket.send(encode_unsubscribe(topic))

    # What the socket tells.

    def opened(self) -> None:
        """Listen to all topics, and let all rooms announce themselves."""
        self._subscribe(self.listeners.topics)
        self.listeners.opened()

    def heard(self, text: str) -> None:
        """Sort what the relay says; raises `SignalingError` for nonsense."""
        said = decode(text)
        if isinstance(said, Refused):
            self.socket.error = said.reason
            return
        self.socket.succeed()
        self.listeners.heard(said.topic, said.content)

    def _subscribe(self, topics: Sequence[str]) -> None:
        for topic in topics:
            self.socket.send(encode_subscribe(topic))


class Relays(SharedPlaces[Relay]):
    """The relays of a process."""

    def __init__(self, rng: random.Random, *, times: SocketTimes | None = None) -> None:
        super().__init__()
        self._rng = rng
        self._times = times

    def make(self, url: str) -> Relay:
        """Give the relay at *url*."""
        return Relay(url, self._rng, times=self._times)


class RelayHub:
    """Gives each room its signaling; the relays behind them are shared, and close with the last room."""

    def __init__(self, *, rng: random.Random) -> None:
        self._rng = rng
        self._relays = Relays(rng)

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Make sure that *places*, which are relays, are addresses of websockets; there are none by default.

        Raises:
            ConfigError: one is not, or there is none, or too many.

        """
        if places is None:
            raise ConfigError("there is no relay that everybody may use: name one, as 'relay:wss://relay.example' does")
        check_addresses(places, noun="relay")

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> TopicSignaling:
        """Join *room* at the relays *places*.

        Raises:
            ConfigError: as `check`.

        """
        self.check(places=places)
        return TopicSignaling(
            room,
            peer_id,
            strategy=STRATEGY,
            urls=check_addresses(places or (), noun="relay"),
            places=self._relays,
            password=password,
            rng=self._rng,
        )
