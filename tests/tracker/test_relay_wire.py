"""Texts of clients that use the tracker as a relay become messages or reasons."""

import json
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.errors import SignalingError
from peerset.tracker.relay_wire import (
    RELAYED_BYTES_MAX,
    TOPIC_LENGTH_MAX,
    Published,
    Subscribed,
    Unsubscribed,
    decode,
)

TOPIC: Final = "3k1x0z"
PUBLISH: Final[dict[str, object]] = {"type": "publish", "topic": TOPIC, "payload": '{"peerId":"p"}'}


def test_clients_begin_and_end_to_listen() -> None:
    assert decode({"type": "subscribe", "topic": TOPIC}) == Subscribed(TOPIC)
    assert decode({"type": "unsubscribe", "topic": TOPIC}) == Unsubscribed(TOPIC)


@given(st.text() | st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_what_is_published_is_passed_on_with_its_topic_as_it_was(payload: object) -> None:
    said = decode(PUBLISH | {"payload": payload})
    assert isinstance(said, Published)
    assert said.text.isascii()
    assert json.loads(said.text) == {"topic": TOPIC, "payload": payload}


def nested(depth: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(depth):
        value = {"": value}
    return value


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"type": "shout"}, "type is 'shout'"),
        ({"type": ["publish"]}, "type is list"),
        ({"topic": None}, "topic is NoneType"),
        ({"topic": ""}, "topic is ''"),
        ({"topic": "t" * (TOPIC_LENGTH_MAX + 1)}, "expected 1 to 256 characters"),
        ({"payload": None}, "payload is NoneType"),
        ({"payload": [1]}, "payload is list"),
        ({"payload": "x" * RELAYED_BYTES_MAX}, "as it is passed on, expected 32768"),
        ({"payload": "\u2603" * (RELAYED_BYTES_MAX // 6)}, "as it is passed on"),
        ({"payload": nested(100_000)}, "cannot be passed on"),
    ],
    ids=range(10),
)
def test_what_makes_no_sense_is_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(SignalingError, match=reason):
        decode(PUBLISH | fields)


VALUES: Final = st.none() | st.integers() | st.text(max_size=9) | st.sampled_from(["publish", "subscribe", TOPIC])


@given(st.dictionaries(st.sampled_from(["type", "topic", "payload"]), VALUES | st.lists(VALUES, max_size=2)))
def test_any_fields_are_a_message_or_an_error(fields: dict[str, object]) -> None:
    try:
        decode(fields)
    except SignalingError:
        return
