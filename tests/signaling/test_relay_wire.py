"""Texts to relays are those of Trystero's ws-relay; texts from relays become values or clear errors."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.errors import SignalingError
from peerset.signaling.relay_wire import (
    Refused,
    Relayed,
    decode,
    encode_publish,
    encode_subscribe,
    encode_unsubscribe,
)
from peerset.tracker import relay_wire


def test_what_we_say_our_relay_understands() -> None:
    read = [relay_wire.decode(json.loads(text)) for text in (encode_subscribe("t"), encode_unsubscribe("t"))]
    assert read == [relay_wire.Subscribed("t"), relay_wire.Unsubscribed("t")]


@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_what_is_published_comes_back_as_it_was(topic: str, content: str) -> None:
    said = relay_wire.decode(json.loads(encode_publish(topic, content)))
    assert isinstance(said, relay_wire.Published)
    assert decode(said.text) == Relayed(topic, content)


def test_a_content_may_be_an_object() -> None:
    assert decode('{"topic":"t","payload":{"peerId":"p"}}') == Relayed("t", '{"peerId":"p"}')


def test_a_refusal_says_why() -> None:
    assert decode('{"topic":"t","failure reason":"no\\nroom"}') == Refused(r"'no\nroom'")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "topic is NoneType"),
        ('{"topic":7,"payload":""}', "topic is int"),
        ('{"topic":"t"}', "payload is NoneType"),
        ('{"topic":"t","payload":[1]}', "payload is list"),
        ("[]", "expected an object"),
    ],
)
def test_what_makes_no_sense_is_an_error(text: str, reason: str) -> None:
    with pytest.raises(SignalingError, match=reason):
        decode(text)
