"""Who listens to which topics at one place that all rooms of a process share."""

from collections.abc import Sequence

from peerset.errors import ConfigError
from peerset.signaling.topics import TopicListener


class TopicListeners:
    """The listeners of the place *url*, by topic; each is given its own topic and the root topic of its room."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._heard: dict[str, list[TopicListener]] = {}
        self._all: dict[TopicListener, Sequence[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._all)

    @property
    def topics(self) -> list[str]:
        """What anybody listens to, in the order in which they came."""
        return list(self._heard)

    def add(self, topics: Sequence[str], listener: TopicListener) -> None:
        """Let *listener* hear *topics*.

        Raises:
            ConfigError: the first of them, which is one peer's own, is listened to already.

        """
        if topics[0] in self._heard:
            raise ConfigError("this peer has joined the room already")
        self._all[listener] = topics
        for topic in topics:
            self._heard.setdefault(topic, []).append(listener)

    def remove(self, listener: TopicListener) -> list[str]:
        """Let *listener* hear nothing more; give its topics to which nobody listens any more."""
        unheard = []
        for topic in self._all.pop(listener, ()):
            self._heard[topic].remove(listener)
            if not self._heard[topic]:
                del self._heard[topic]
                unheard.append(topic)
        return unheard

    def is_root(self, topic: str) -> bool:
        """Say whether *topic* is that of a whole room, to which one announces oneself."""
        return any(topic == topics[-1] for topics in self._all.values())

    def opened(self) -> None:
        """Tell all that the place is open."""
        for listener in list(self._all):
            listener.place_opened(self._url)

    def failed(self) -> None:
        """Tell all that the place is out of reach."""
        for listener in list(self._all):
            listener.place_failed(self._url)

    def heard(self, topic: str, content: str) -> None:
        """Bring what was published to whoever listens."""
        for listener in list(self._heard.get(topic, ())):
            listener.place_heard(self._url, topic, content)
