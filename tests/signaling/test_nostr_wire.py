"""Events that carry topics, as real pages sign them, and what relays say besides."""

import json
import random
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import TOPIC_CONTENT_BYTES_MAX
from peerset.core.record import event_of
from peerset.errors import SignalingError
from peerset.signaling.nostr_wire import (
    Acknowledged,
    Ended,
    Noticed,
    Published,
    Stored,
    decode,
    encode_close,
    encode_event,
    encode_request,
    kind_of,
    sign_content,
)

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "trystero.json").read_text("utf-8")
)
KEY: Final = SecretKey.generate(random.Random(0))
NOW: Final = UnixTime(1_790_000_000)


def event(changed: dict[str, object]) -> str:
    made = event_of(sign_content(KEY, "topic", "content", now=NOW, aux=bytes(32)))
    return json.dumps(["EVENT", "sub", made | changed])


def test_kinds_are_those_of_pages() -> None:
    for room in VECTORS["topics"]:
        assert kind_of(room["root_topic"]) == room["nostr_kind_root"]
        assert kind_of(room["self_topic"]) == room["nostr_kind_self"]


def events(value: object) -> list[dict[str, Any]]:
    """Find the signed events in what was captured of real pages."""
    if isinstance(value, dict):
        found = [value] if "sig" in value else []
        return found + [each for inner in value.values() for each in events(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in events(inner)]
    return []


def test_events_of_real_pages_of_both_dialects_are_taken() -> None:
    captured = events(VECTORS["captures"])
    assert len(captured) >= 4
    for each in captured:
        said = decode(json.dumps(["EVENT", "sub", each]))
        assert said == Published(each["tags"][0][1], each["content"])


def test_what_we_publish_is_what_we_hear() -> None:
    content = '{"peerId":"ünï ☃"}'
    text = encode_event(sign_content(KEY, "topic", content, now=NOW, aux=bytes(32)))
    kind, made = json.loads(text)
    assert (kind, made["created_at"], made["tags"]) == ("EVENT", NOW, [["x", "topic"]])
    assert 20_000 <= made["kind"] < 30_000
    assert decode(json.dumps(["EVENT", "sub", made])) == Published("topic", content)


@pytest.mark.parametrize(
    "changed",
    [
        {"content": "forged"},
        {"sig": "0" * 128},
        {"kind": 1},
        {"kind": kind_of("topic") + 1},
        {"tags": []},
        {"tags": [["x", "another"]]},
        {"id": "0" * 64},
        {"pubkey": "short"},
        {"content": 7},
        {"content": "x" * (TOPIC_CONTENT_BYTES_MAX + 1)},
    ],
)
def test_an_event_that_is_not_what_its_author_signed_for_its_topic_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(SignalingError):
        decode(event(changed))


def test_an_event_whose_kind_is_not_that_of_its_topic_is_refused_however_well_it_is_signed() -> None:
    stranger = sign_content(KEY, "another", "content", now=NOW, aux=bytes(32))
    made = event_of(stranger) | {"tags": [["x", "topic"]]}
    with pytest.raises(SignalingError):
        decode(json.dumps(["EVENT", "sub", made]))


def test_a_subscription_names_kinds_and_topics() -> None:
    request = json.loads(encode_request("sub", ["one", "two"], since=NOW))
    wanted = {"kinds": sorted({kind_of("one"), kind_of("two")}), "since": NOW, "#x": ["one", "two"]}
    assert request == ["REQ", "sub", wanted]
    assert json.loads(encode_close("sub")) == ["CLOSE", "sub"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('["OK","id",true,""]', Acknowledged("id", True, "")),
        ('["OK","id",false,"rate-limited: slow down"]', Acknowledged("id", False, "rate-limited: slow down")),
        ('["OK","id",false]', Acknowledged("id", False, "")),
        ('["CLOSED","sub","auth-required: who are you?"]', Ended("auth-required: who are you?")),
        ('["NOTICE","hello"]', Noticed("'hello'")),
        ('["EOSE","sub"]', Stored()),
    ],
)
def test_what_relays_say_besides_is_read(text: str, message: object) -> None:
    assert decode(text) == message


@pytest.mark.parametrize("text", ["", "{}", "[]", '["OK"]', '["OK",1,true]', '["EVENT","sub",7]', "[" * 10_000, "7"])
def test_what_is_no_message_of_a_relay_is_refused(text: str) -> None:
    with pytest.raises(SignalingError):
        decode(text)


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_any_text_is_a_message_or_refused(text: str) -> None:
    try:
        decode(text)
    except SignalingError:
        return
