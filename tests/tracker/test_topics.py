"""A relay's memory: who listens, who gets what, and how much it may hold."""

import json
import random
from collections import Counter

import pytest

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.relay_wire import Published, Subscribed, Unsubscribed, decode
from peerset.tracker.topics import DELIVERY_BYTES, TOPICS_PER_ROOM, Topics
from tests.tracker.test_swarms import NOW, elsewhere, source

ROOM = "room"


def make_topics(limits: TrackerLimits | None = None) -> Topics:
    return Topics(limits or TrackerLimits(), rng=random.Random(0))


def published(text: str = "hello", *, topic: str = ROOM) -> Published:
    said = decode({"type": "publish", "topic": topic, "payload": text})
    assert isinstance(said, Published)
    return said


def heard(topics: Topics, number: int, said: Published, now: float = 0.0) -> list[int]:
    """Let the client with *number*, who is in a network of its own, publish; give who hears it."""
    deliveries = topics.take(elsewhere(number), said, Monotonic(now))
    assert {delivery.text for delivery in deliveries} <= {said.text}
    return sorted(delivery.connection for delivery in deliveries)


def test_what_is_published_goes_to_all_who_listen_and_to_nobody_else() -> None:
    topics = make_topics()
    for number, topic in ((1, ROOM), (2, ROOM), (3, "other")):
        assert topics.take(elsewhere(number), Subscribed(topic), NOW) == []
    assert heard(topics, 1, published()) == [1, 2]
    assert heard(topics, 4, published()) == [1, 2]
    assert heard(topics, 4, published(topic="nobody's")) == []
    assert (len(topics), topics.listeners, topics.has(elsewhere(1).connection)) == (2, 3, True)
    assert (topics.counts.published, topics.counts.relayed, topics.counts.relayed_limited) == (3, 4, 0)


def test_the_text_names_the_topic() -> None:
    assert json.loads(published().text) == {"topic": ROOM, "payload": "hello"}


def test_who_listens_twice_hears_once_and_who_stops_hears_nothing() -> None:
    topics = make_topics()
    for _ in range(2):
        topics.take(elsewhere(1), Subscribed(ROOM), NOW)
    assert heard(topics, 2, published()) == [1]
    for _ in range(2):
        topics.take(elsewhere(1), Unsubscribed(ROOM), NOW)
    assert heard(topics, 2, published()) == []
    assert (len(topics), topics.listeners, topics.has(elsewhere(1).connection)) == (0, 0, False)


def test_who_is_gone_listens_on_nothing() -> None:
    topics = make_topics()
    topics.take(elsewhere(1), Subscribed(ROOM), NOW)
    topics.take(elsewhere(1), Subscribed("own"), NOW)
    for _ in range(2):
        topics.leave(elsewhere(1).connection)
    assert (len(topics), topics.listeners) == (0, 0)


def test_a_connection_listens_on_so_many_topics() -> None:
    topics = make_topics(TrackerLimits(swarms_per_connection=1))
    for number in range(TOPICS_PER_ROOM):
        topics.take(elsewhere(1), Subscribed(f"{number}"), NOW)
    topics.take(elsewhere(1), Subscribed("0"), NOW)
    with pytest.raises(SignalingError, match="more than 2 topics"):
        topics.take(elsewhere(1), Subscribed("one more"), NOW)


def test_an_address_has_so_many_places_on_a_topic() -> None:
    topics = make_topics(TrackerLimits(members_per_swarm_and_address=1))
    topics.take(source(1), Subscribed(ROOM), NOW)
    with pytest.raises(SignalingError, match="1 places on this topic are taken by your address"):
        topics.take(source(2), Subscribed(ROOM), NOW)
    topics.take(source(2), Subscribed("other"), NOW)


def test_the_newest_of_the_most_crowded_network_makes_room_for_one_from_elsewhere() -> None:
    topics = make_topics(TrackerLimits(members=1))
    for number in (1, 2):
        topics.take(source(number), Subscribed(ROOM), NOW)
    topics.take(elsewhere(3), Subscribed(ROOM), NOW)
    assert heard(topics, 4, published()) == [1, 3]
    assert not topics.has(source(2).connection)


def test_an_address_that_publishes_too_much_reaches_some_of_other_networks() -> None:
    said = published()
    cost = DELIVERY_BYTES + len(said.text)
    limits = TrackerLimits(relayed_bytes_per_second_and_address=cost, relayed_bytes_burst_and_address=5 * cost)
    topics = make_topics(limits)
    for number in range(4):
        topics.take(elsewhere(number), Subscribed(ROOM), NOW)
    assert heard(topics, 0, said) == [0, 1, 2, 3]
    (drawn,) = heard(topics, 0, said)
    assert drawn > 0, "of few, the publisher is none"
    assert heard(topics, 0, said) == []
    assert (topics.counts.relayed, topics.counts.relayed_limited) == (5, 7)
    # Others have their own.
    assert heard(topics, 1, said) == [0, 1, 2, 3]
    assert len(heard(topics, 0, said, now=2.0)) == 2
    assert heard(topics, 5, said) == [0, 1, 2, 3]


def test_whoever_is_drawn_is_drawn_by_networks() -> None:
    said = published()
    cost = DELIVERY_BYTES + len(said.text)
    limits = TrackerLimits(relayed_bytes_per_second_and_address=cost, relayed_bytes_burst_and_address=cost)
    topics = make_topics(limits)
    for number in range(100, 150):
        topics.take(source(number), Subscribed(ROOM), NOW)
    topics.take(elsewhere(1), Subscribed(ROOM), NOW)
    heard_by = Counter(heard(topics, 2, said, now=float(second))[0] for second in range(100))
    assert heard_by[1] > 30


def test_one_address_says_so_much_to_one_connection_elsewhere() -> None:
    limits = TrackerLimits(relayed_per_second_and_receiver=1.0, relayed_burst_and_receiver=2)
    topics = make_topics(limits)
    for topic in (ROOM, "own"):
        topics.take(source(1), Subscribed(topic), NOW)
    assert [heard(topics, 2, published(topic=topic)) for topic in (ROOM, "own", "own")] == [[1], [1], []]
    assert heard(topics, 3, published(topic="own")) == [1]
    assert heard(topics, 2, published(topic="own"), now=1.0) == [1]
    # Its own address is not elsewhere.
    for _ in range(3):
        assert [each.connection for each in topics.take(source(9), published(), NOW)] == [1]
