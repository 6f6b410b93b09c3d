import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.bridge.original import hash_of, read_original
from peerset.bridge.translation import is_ours, original_of, sign_original, uuid_of
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey, npub
from peerset.core.record import KIND_RECORD, Record, RecordId, sign_record
from peerset.core.seal import make_seals, new_seal
from peerset.core.signal import RoomName
from peerset.errors import MalformedError
from tests.bridge.test_original import ORIGINAL
from tests.sealed import Writer

BRIDGE, ALICE = SecretKey(bytes([7]) * 32), SecretKey(bytes([9]) * 32)
TAG = RoomName("app", "room").tag


def theirs(**changes: Any) -> Record:
    return sign_original(replace(ORIGINAL, **changes), BRIDGE, room_tag=TAG, collection="places")


def ours(content: object, *, kind: int = KIND_RECORD, tags: tuple[tuple[str, ...], ...] = ()) -> Record:
    all_tags = (("h", TAG.hex()), ("us", "250000"), ("c", "places"), *tags)
    text = content if isinstance(content, str) else json.dumps(content)
    return sign_record(ALICE, created_at=UnixTime(1_792_195_200), kind=kind, tags=all_tags, content=text)


def test_a_record_of_theirs_says_here_what_policies_read() -> None:
    record = theirs()
    assert record.author == BRIDGE.public_key
    assert (record.created_at, record.tag_values("us")) == (1_792_195_200, ["123000"])
    assert record.tag_values("i") == [ORIGINAL.uuid]
    assert record.tag_values("c") == ["places"]
    assert json.loads(record.content) == {
        "text": "naïve ☃",
        "link": "https://example.com/1",
        "latitude": 52.5,
        "longitude": 13.0,
    }
    assert "link" not in json.loads(theirs(link="").content)


def test_the_same_record_of_theirs_is_the_same_here_whenever_it_comes() -> None:
    assert theirs() == theirs()
    assert theirs().id != theirs(text="another").id


def test_a_record_of_theirs_is_given_back_as_it_came() -> None:
    assert original_of(theirs(), BRIDGE.public_key) == ORIGINAL
    assert original_of(theirs(link=""), BRIDGE.public_key) == replace(ORIGINAL, link="")


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_text_comes_back(text: str) -> None:
    try:
        record = theirs(text=text)
    except MalformedError:
        return
    given_back = original_of(record, BRIDGE.public_key)
    assert given_back is not None
    assert given_back.text == text


def test_what_is_sealed_stays_in_the_room_though_it_be_open_here() -> None:
    content = {"text": "secret", "latitude": 1, "longitude": 2}
    assert original_of(ours(content), BRIDGE.public_key) is not None
    seals = make_seals([new_seal()], TAG)
    tags = (("h", TAG.hex()), ("c", "places"))
    at = UnixTime(1_792_195_200)
    opened = Writer(ALICE, seals).sign(created_at=at, kind=KIND_RECORD, tags=tags, content=json.dumps(content))
    assert json.loads(opened.content) == content
    assert [original_of(record, BRIDGE.public_key) for record in (opened, opened.envelope)] == [None, None]


def test_what_another_bridge_brought_is_not_carried_back() -> None:
    assert original_of(theirs(), ALICE.public_key) is None


def test_a_record_of_ours_takes_their_shape() -> None:
    record = ours({"text": "here", "latitude": 52, "longitude": -13.5})
    original = original_of(record, BRIDGE.public_key)
    assert original is not None
    assert (original.uuid, original.created_at_ms, original.bucket) == (
        uuid_of(record.id),
        1_792_195_200_250,
        "2026-10-17",
    )
    assert (original.npub, original.text, original.link) == (npub(ALICE.public_key), "here", "")
    assert (original.latitude, original.longitude) == (52.0, -13.5)
    assert original.hash == hash_of(original)
    assert read_original(original.uuid, original.write()) == original


def test_a_record_of_ours_is_known_when_it_comes_back() -> None:
    original = original_of(ours({"text": "here", "latitude": 52, "longitude": 13}), BRIDGE.public_key)
    assert original is not None
    assert is_ours(original)
    assert not is_ours(ORIGINAL)
    assert not is_ours(replace(original, uuid=ORIGINAL.uuid))
    assert not is_ours(replace(original, signature="peerset:?"))
    assert not is_ours(replace(original, signature="peerset:"))


@pytest.mark.parametrize(
    "content",
    [
        "no JSON",
        "[" * 100_000,
        [],
        {"text": "nowhere"},
        {"text": 1, "latitude": 1, "longitude": 1},
        {"text": "", "latitude": 91, "longitude": 0},
        {"text": "", "latitude": float("nan"), "longitude": 0},
        {"text": "", "latitude": "1", "longitude": 1},
        {"text": "", "latitude": 1, "longitude": 1, "link": 5},
    ],
)
def test_what_says_no_place_is_not_carried(content: object) -> None:
    if content == "[" * 100_000:
        content = "[" * 20_000
    assert original_of(ours(content), BRIDGE.public_key) is None


def test_other_kinds_are_not_carried() -> None:
    assert original_of(ours({"text": "", "latitude": 1, "longitude": 1}, kind=1), BRIDGE.public_key) is None


def test_a_tag_that_is_no_uuid_of_theirs_is_no_matter() -> None:
    record = ours({"text": "", "latitude": 1, "longitude": 1}, tags=(("i", "isbn:9780141036144"),))
    assert original_of(record, BRIDGE.public_key) is not None


def test_uuids_are_of_version_4() -> None:
    assert uuid_of(RecordId(bytes(range(32)))) == "00010203-0405-4607-8809-0a0b0c0d0e0f"
