"""Topics inside one process, for tests and demonstrations; the twin of relays and brokers."""

import asyncio
from collections.abc import Sequence
from typing import Final

from peerset.core.clock import Monotonic
from peerset.ports import SocketState
from peerset.signaling.topic_listeners import TopicListeners
from peerset.signaling.topics import TopicListener

MEMORY_BOARD: Final = "memory:"


class MemoryPlace:
    """A place that is always there."""

    state = SocketState.OPEN
    error: str | None = None
    next_try: Monotonic | None = None

    def __init__(self, url: str) -> None:
        self.since = Monotonic(asyncio.get_running_loop().time())
        self.listeners = TopicListeners(url)

    def publish(self, topic: str, content: str) -> None:
        """Bring *content* to all who listen, in a moment."""
        asyncio.get_running_loop().call_soon(self.listeners.heard, topic, content)


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
        place.listeners.add(topics, listener)
        listener.place_opened(url)
        return place

    async def release(self, url: str, topics: Sequence[str], listener: TopicListener) -> None:
        """Listen no longer."""
        self._places[url].listeners.remove(listener)
