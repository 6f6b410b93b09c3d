"""Topics inside one process, for tests and demonstrations; the twin of relays and brokers."""

import asyncio
from collections.abc import Sequence
from typing import Final

from peerset.core.clock import Monotonic
from peerset.errors import ConfigError
from peerset.ports import SocketState
from peerset.signaling.topics import TopicListener

MEMORY_BOARD: Final = "memory:"


class MemoryPlace:
    """A place that is always there."""

    state = SocketState.OPEN
    error: str | None = None
    next_try: Monotonic | None = None

    def __init__(self, url: str) -> None:
        self.since = Monotonic(asyncio.get_running_loop().time())
        self._url = url
        self._listeners: dict[str, list[TopicListener]] = {}

    def publish(self, topic: str, content: str) -> None:
        """Bring *content* to all who listen, in a moment."""
        for listener in self._listeners.get(topic, ()):
            asyncio.get_running_loop().call_soon(listener.place_heard, self._url, topic, content)

    def add(self, topics: Sequence[str], listener: TopicListener) -> None:
        """Let *listener* hear *topics*."""
        if topics[0] in self._listeners:
            raise ConfigError("this peer has joined the room already")
        for topic in topics:
            self._listeners.setdefault(topic, []).append(listener)
        listener.place_opened(self._url)

    def remove(self, topics: Sequence[str], listener: TopicListener) -> None:
        """Let *listener* hear nothing more."""
        for topic in topics:
            self._listeners[topic].remove(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]


class MemoryTopics:
    """All places of a process, by address."""

    def __init__(self) -> None:
        self._places: dict[str, MemoryPlace] = {}

    def listen(self, url: str, topics: Sequence[str], listener: TopicListener) -> MemoryPlace:
        """Let *listener* hear *topics* at *url*.

        Raises:
            ConfigError: somebody listens to the first of them, which is one peer's own.

        """
        place = self._places.setdefault(url, MemoryPlace(url))
        place.add(topics, listener)
        return place

    async def release(self, url: str, topics: Sequence[str], listener: TopicListener) -> None:
        """Listen no longer."""
        self._places[url].remove(topics, listener)
