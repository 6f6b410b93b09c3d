"""One relay as rooms share it: subscriptions that grow and shrink, and pauses that grow."""

import asyncio
import json
import random
from typing import Any

import pytest

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import RELAY_REST_MAX_SECONDS, RELAY_REST_MIN_SECONDS
from peerset.ports import SocketState
from peerset.signaling.nostr_relay import SKEW_SECONDS, NostrRelay
from peerset.signaling.nostr_wire import TOPICS_PER_REQUEST_MAX
from peerset.signaling.turns import ANNOUNCES_BURST_MAX, ANNOUNCES_PER_SECOND_MAX

NOW = UnixTime(1_790_000_000)


class Listener:
    def __init__(self) -> None:
        self.opened = 0

    def place_opened(self, url: str) -> None:
        self.opened += 1

    def place_failed(self, url: str) -> None:
        self.opened -= 1

    def place_heard(self, url: str, topic: str, content: str) -> None:
        raise AssertionError(content)


def make(monkeypatch: pytest.MonkeyPatch) -> tuple[NostrRelay, list[list[Any]]]:
    """A relay whose socket is said to be open, and what is sent on it."""
    rng = random.Random(0)
    relay = NostrRelay("wss://relay", key=SecretKey.generate(rng), unix=lambda: NOW, rng=rng)
    said: list[list[Any]] = []
    relay.socket.state = SocketState.OPEN
    monkeypatch.setattr(relay.socket, "send", lambda text: said.append(json.loads(text)))
    return relay, said


async def test_each_room_is_listened_for_by_one_subscription_that_is_closed_with_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relay, said = make(monkeypatch)
    one, other = Listener(), Listener()
    relay.listen(["one", "all"], one)
    relay.listen(["other", "hall"], other)
    assert [request[2]["#x"] for request in said] == [["one", "all"], ["one", "all", "other", "hall"]]
    assert {request[1] for request in said} == {said[0][1]}
    assert said[0][2]["since"] == NOW - SKEW_SECONDS
    relay.leave(one)
    assert said[-1][2]["#x"] == ["other", "hall"]
    relay.leave(other)
    assert said[-1] == ["CLOSE", said[0][1]]


async def test_more_topics_than_a_relay_takes_at_once_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    relay, said = make(monkeypatch)
    listeners = [Listener() for _ in range(TOPICS_PER_REQUEST_MAX)]
    for number, listener in enumerate(listeners):
        relay.listen([f"own {number}", f"root {number}"], listener)
    last = {request[1]: request[2]["#x"] for request in said}
    assert [len(topics) for topics in last.values()] == [TOPICS_PER_REQUEST_MAX] * 2
    # What did not change is not asked for again.
    assert len(said) == len(listeners)
    for listener in listeners[TOPICS_PER_REQUEST_MAX // 2 :]:
        relay.leave(listener)
    assert ["CLOSE", list(last)[1]] in said


async def test_many_rooms_announce_one_after_the_other_and_none_once_that_is_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relay, said = make(monkeypatch)
    announcing = asyncio.create_task(relay.announcing.run(), name="announcing")
    for number in range(200):
        relay.listen([f"own {number}", f"root {number}"], Listener())
        relay.publish(f"root {number}", "here")
    relay.publish("of a peer", "an offer")
    await asyncio.sleep(1)
    events = [event[1]["tags"][0][1] for event in said if event[0] == "EVENT"]
    # What is said to one peer waits for no turn.
    assert events[0] == "of a peer"
    assert ANNOUNCES_BURST_MAX <= len(events) - 1 <= ANNOUNCES_BURST_MAX + 2 * ANNOUNCES_PER_SECOND_MAX
    assert events[1:] == [f"root {number}" for number in range(len(events) - 1)]
    relay.heard('["OK","id",false,"rate-limited: slow down"]')
    said.clear()
    await asyncio.sleep(30)
    assert said == []
    announcing.cancel()


async def test_on_a_new_connection_all_is_asked_for_before_anything_is_announced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relay, said = make(monkeypatch)
    listener = Listener()
    relay.listen(["one", "all"], listener)
    relay.failed()
    said.clear()
    relay.opened()
    assert [request[0] for request in said] == ["REQ"]
    assert listener.opened == 1


async def test_pauses_grow_to_a_quarter_of_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    relay, _ = make(monkeypatch)
    rests: list[float] = []
    monkeypatch.setattr(relay.socket, "end", lambda reason, *, rest_seconds: rests.append(rest_seconds))
    for _ in range(6):
        relay.heard('["OK","id",false,"blocked: no"]')
    assert rests[:3] == [RELAY_REST_MIN_SECONDS, 2 * RELAY_REST_MIN_SECONDS, 4 * RELAY_REST_MIN_SECONDS]
    assert rests[-1] == RELAY_REST_MAX_SECONDS
    relay.heard('["OK","id",true,""]')
    relay.heard('["OK","id",false,"blocked: no"]')
    assert rests[-1] == RELAY_REST_MIN_SECONDS
