"""The relays or brokers of a process: each is opened for the first room that uses it, and closed after the last."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final, Generic, Protocol, TypeVar

from peerset.core.clock import Monotonic
from peerset.ports import SocketState
from peerset.signaling.announcing import Announcing
from peerset.signaling.kept_socket import KeptSocket
from peerset.signaling.topic_listeners import TopicListeners
from peerset.signaling.topics import TopicListener, TopicPlace

CLOSE_TIMEOUT_SECONDS: Final = 1.0


class SharedPlace(TopicPlace, Protocol):
    """One relay or broker, whichever rooms use it."""

    @property
    def listeners(self) -> TopicListeners:
        """Who listens there; nobody, and it is closed."""
        ...

    def listen(self, topics: Sequence[str], listener: TopicListener) -> None:
        """Let *listener* hear *topics* from now on.

        Raises:
            ConfigError: the first of them, which is one peer's own, is listened to already.

        """
        ...

    def leave(self, listener: TopicListener) -> None:
        """Let *listener* hear nothing more."""
        ...

    async def flush(self) -> None:
        """Wait until everything given is sent, but not for long."""
        ...

    async def run(self) -> None:
        """Keep it open until cancelled."""
        ...


P = TypeVar("P", bound=SharedPlace)


class SharedPlaces(ABC, Generic[P]):
    """The places of one strategy that are in use. Belongs to one event loop."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[P, asyncio.Task[None]]] = {}

    @abstractmethod
    def make(self, url: str) -> P:
        """Give the place at *url*, which is not open yet."""

    @property
    def count(self) -> int:
        """How many are in use."""
        return len(self._open)

    def listen(self, url: str, topics: Sequence[str], listener: TopicListener) -> P:
        """Let *listener* hear *topics* at *url*.

        Raises:
            ConfigError: the first of them, which is one peer's own, is listened to already.

        """
        if url not in self._open:
            place = self.make(url)
            self._open[url] = (place, asyncio.create_task(place.run(), name=f"place {url}"))
        place, _ = self._open[url]
        place.listen(topics, listener)
        return place

    async def release(self, url: str, topics: Sequence[str], listener: TopicListener) -> None:
        """Publish what waits and listen no longer; takes a second and a half at most."""
        place, running = self._open[url]
        place.leave(listener)
        await place.flush()
        if place.listeners or self._open.get(url) != (place, running):
            return
        del self._open[url]
        running.cancel()
        await asyncio.wait([running], timeout=CLOSE_TIMEOUT_SECONDS)


class SocketPlace:
    """What all places have in common that speak by a *socket* of their own, whose messages they sort."""

    def __init__(self, socket: KeptSocket) -> None:
        self.socket = socket
        self.listeners = TopicListeners(socket.url)
        self.announcing = Announcing(socket.ask)
        """What is said of whole rooms, and must come back."""

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

    def failed(self) -> None:
        """Let all rooms know."""
        self.announcing.clear()
        self.listeners.failed()

    async def flush(self) -> None:
        """Wait until everything given is sent, but not for long."""
        await self.socket.flush()

    async def run(self) -> None:
        """Keep the socket open until cancelled."""
        async with self.announcing.to(self.socket.url):
            await self.socket.run()
