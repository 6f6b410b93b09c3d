"""Topics in one process: whoever listens to one hears what is published there."""

import asyncio

import pytest

from peerset.errors import ConfigError
from peerset.ports import SocketState
from peerset.signaling.memory_topics import MEMORY_BOARD, MemoryTopics


class Listener:
    def __init__(self) -> None:
        self.opened: list[str] = []
        self.heard: list[tuple[str, str]] = []

    def place_opened(self, url: str) -> None:
        self.opened.append(url)

    def place_failed(self, url: str) -> None:
        raise AssertionError(url)

    def place_heard(self, url: str, topic: str, content: str) -> None:
        self.heard.append((topic, content))


async def test_all_who_listen_hear_what_is_published_and_nobody_else() -> None:
    topics = MemoryTopics()
    one, other = Listener(), Listener()
    place = topics.listen(MEMORY_BOARD, ["one", "all"], one)
    topics.listen(MEMORY_BOARD, ["other", "all"], other)
    elsewhere = topics.listen("memory:elsewhere", ["one"], Listener())
    assert one.opened == other.opened == [MEMORY_BOARD]
    assert (place.state, place.error) == (SocketState.OPEN, None)
    place.publish("all", "hello")
    place.publish("other", "to one")
    elsewhere.publish("all", "unheard")
    await asyncio.sleep(0)
    assert one.heard == [("all", "hello")]
    assert other.heard == [("all", "hello"), ("other", "to one")]


async def test_who_left_hears_nothing_and_may_come_back() -> None:
    topics = MemoryTopics()
    listener = Listener()
    place = topics.listen(MEMORY_BOARD, ["one", "all"], listener)
    with pytest.raises(ConfigError, match="joined"):
        topics.listen(MEMORY_BOARD, ["one", "all"], Listener())
    await topics.release(MEMORY_BOARD, ["one", "all"], listener)
    place.publish("all", "hello")
    await asyncio.sleep(0)
    assert listener.heard == []
    topics.listen(MEMORY_BOARD, ["one", "all"], listener)
