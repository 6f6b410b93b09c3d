import pytest

from peerset.errors import ConfigError
from peerset.signaling.topic_listeners import TopicListeners


class Listener:
    def __init__(self) -> None:
        self.told: list[str] = []

    def place_opened(self, url: str) -> None:
        self.told.append(f"{url} opened")

    def place_failed(self, url: str) -> None:
        self.told.append(f"{url} failed")

    def place_heard(self, url: str, topic: str, content: str) -> None:
        self.told.append(f"{url} {topic} {content}")


def test_each_hears_its_own_topic_and_that_of_its_room() -> None:
    listeners, one, other = TopicListeners("url"), Listener(), Listener()
    listeners.add(["one", "all"], one)
    listeners.add(["other", "all"], other)
    assert listeners.topics == ["one", "all", "other"]
    assert [listeners.is_root(topic) for topic in listeners.topics] == [False, True, False]
    listeners.opened()
    listeners.heard("all", "hello")
    listeners.heard("one", "you")
    listeners.heard("nobody's", "lost")
    listeners.failed()
    assert one.told == ["url opened", "url all hello", "url one you", "url failed"]
    assert other.told == ["url opened", "url all hello", "url failed"]


def test_who_is_gone_hears_nothing_and_its_topics_are_free() -> None:
    listeners, one, other = TopicListeners("url"), Listener(), Listener()
    listeners.add(["one", "all"], one)
    with pytest.raises(ConfigError, match="joined"):
        listeners.add(["one", "all"], other)
    listeners.add(["other", "all"], other)
    assert listeners.remove(one) == ["one"]
    assert listeners.remove(one) == []
    assert listeners.topics == ["all", "other"]
    listeners.add(["one", "all"], Listener())
    listeners.heard("one", "you")
    assert one.told == []
    listeners.remove(other)
    assert listeners
