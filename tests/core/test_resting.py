"""Records that rest as their wire forms."""

import pickle

import pytest

import peerset.core.resting as resting_module
from peerset.core.record import Record, shell_of, sign_record
from peerset.core.resting import LIGHT_BYTES_MAX, LIGHT_TAGS_MAX, RestingRecord, at_rest, awake
from tests.protocol.pair import ROOM, START, key


def signed(*, tags: int = 0, size: int = 1) -> Record:
    named = [["h", ROOM.tag.hex()], *([["t", str(number)] for number in range(tags)])]
    return sign_record(key(1), created_at=START, kind=1_078, tags=named, content="x" * size)


def test_a_light_record_stays_as_it_was_read() -> None:
    light = signed(tags=LIGHT_TAGS_MAX - 1, size=100)
    assert at_rest(light) is light
    assert awake(light) is light
    shell = shell_of(light.id, light.author, light.created_at, light.kind)
    assert at_rest(shell) is shell


def test_a_heavy_record_rests_and_says_the_same() -> None:
    for heavy in (signed(tags=LIGHT_TAGS_MAX), signed(size=LIGHT_BYTES_MAX)):
        resting = at_rest(heavy)
        assert isinstance(resting, RestingRecord)
        assert at_rest(resting) is resting
        assert (resting.id, resting.author, resting.created_at) == (heavy.id, heavy.author, heavy.created_at)
        assert (resting.kind, resting.wire) == (heavy.kind, heavy.wire)
        assert (resting.tags, resting.content, resting.signature) == (heavy.tags, heavy.content, heavy.signature)
        assert resting.tag_value("h") == ROOM.tag.hex()
        assert resting.has_valid_signature()


def test_a_resting_record_is_equal_to_the_one_it_was() -> None:
    heavy, other = signed(size=LIGHT_BYTES_MAX), signed(size=LIGHT_BYTES_MAX + 1)
    resting = at_rest(heavy)
    assert resting == heavy
    assert heavy == resting
    assert resting != at_rest(other)
    assert hash(resting) == hash(heavy)
    assert repr(resting) == repr(heavy)
    assert pickle.loads(pickle.dumps(resting)) == heavy


def test_whoever_is_awakened_is_a_record_as_it_was_read() -> None:
    heavy = signed(tags=LIGHT_TAGS_MAX)
    again = awake(at_rest(heavy))
    assert type(again) is Record
    assert again == heavy
    assert again.wire == heavy.wire


def test_a_tag_is_found_in_a_resting_record_as_in_one_that_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    heavy = signed(tags=LIGHT_TAGS_MAX)
    resting = at_rest(heavy)
    several = {str(number) for number in range(2, 40)}
    for name, values in [("t", {"1"}), ("t", {"x", "9"}), ("h", {"1"}), ("t", {"no"}), ("t", set()), ("t", several)]:
        assert resting.has_tag(name, values) == heavy.has_tag(name, values)
    assert not resting.has_tag("t", {"\ud800"})

    monkeypatch.setattr(resting_module, "awake", None)
    assert not resting.has_tag("t", {"nobody says this"}), "without reading it"
