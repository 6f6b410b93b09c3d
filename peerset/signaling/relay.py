"""Signaling by plain relays of topics, as Trystero's ws-relay strategy does it; ``peerset tracker`` is one."""

import asyncio
import random
from collections.abc import Sequence
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId, RoomName
from peerset.errors import ConfigError
from peerset.ports import SocketState
from peerset.signaling.addresses import check_addresses
from peerset.signaling.kept_socket import CLOSE_TIMEOUT_SECONDS, KeptSocket, SocketTimes
from peerset.signaling.relay_wire import Refused, decode, encode_publish, encode_subscribe, encode_unsubscribe
from peerset.signaling.topic_listeners import TopicListeners
from peerset.signaling.topics import TopicListener, TopicSignaling

STRATEGY: Final = "relay"


class Relay:
    """The relay at *url*, which all rooms of a process share. `socket.run` keeps it open."""

    def __init__(self, url: str, rng: random.Random, *, times: SocketTimes | None = None) -> None:
        self.socket = KeptSocket(url, self, rng, name="relay", times=times)
        self.listeners = TopicListeners(url)

    @property
    def state(self) -> SocketState:
        """How its connection stands."""
        return self.socket.state

    @property
    def since(self) -> Monotonic:
        """When that began."""
        return self.socket.since

    @property
    def next_try(self) -> Monotonic | None:
        """When it is tried again."""
        return self.socket.next_try

    @property
    def error(self) -> str | None:
        """What went wrong last; None when all is well."""
        return self.socket.error

    def publish(self, topic: str, content: str) -> None:
        """Publish *content* to *topic*, if the relay is open; on the topic of a room, it must come back to us."""
        say = self.socket.ask if self.listeners.is_root(topic) else self.socket.send
        say(encode_publish(topic, content))

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
        before = self.listeners.topics
        self.listeners.remove(listener)
        for topic in before:
            if topic not in self.listeners.topics:
                self.socket.send(encode_unsubscribe(topic))

    # What the socket tells.

    def opened(self) -> None:
        """Listen to all topics, and let all rooms announce themselves."""
        self._subscribe(self.listeners.topics)
        self.listeners.opened()

    def failed(self) -> None:
        """Let all rooms know."""
        self.listeners.failed()

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


class Relays:
    """The relays of a process: each is opened for the first room that uses it, and closed after the last.

    Belongs to one event loop.
    """

    def __init__(self, rng: random.Random, *, times: SocketTimes | None = None) -> None:
        self._rng = rng
        self._times = times
        self._open: dict[str, tuple[Relay, asyncio.Task[None]]] = {}

    @property
    def count(self) -> int:
        """How many relays are in use."""
        return len(self._open)

    def listen(self, url: str, topics: Sequence[str], listener: TopicListener) -> Relay:
        """Let *listener* hear *topics* at *url*.

        Raises:
            ConfigError: the first of them, which is one peer's own, is listened to already.

        """
        if url not in self._open:
            relay = Relay(url, self._rng, times=self._times)
            self._open[url] = (relay, asyncio.create_task(relay.socket.run(), name=f"relay {url}"))
        relay, _ = self._open[url]
        relay.listen(topics, listener)
        return relay

    async def release(self, url: str, topics: Sequence[str], listener: TopicListener) -> None:
        """Publish what waits and listen no longer; takes a second and a half at most."""
        relay, running = self._open[url]
        relay.leave(listener)
        await relay.socket.flush()
        if relay.listeners or self._open.get(url) != (relay, running):
            return
        del self._open[url]
        running.cancel()
        await asyncio.wait([running], timeout=2 * CLOSE_TIMEOUT_SECONDS)


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
