import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.clock import UnixTime
from peerset.core.envelope import NONCE_BYTES, Closed, OpenedRecord, open_record, seal_id_of
from peerset.core.keys import SecretKey
from peerset.core.limits import RECORD_BYTES_MAX, RECORD_TAGS_MAX
from peerset.core.pin import checked_in, pin_content, pin_tags
from peerset.core.record import KIND_RECORD, Tags, decode_record, event_of, record_of, sign_record
from peerset.core.seal import Seal, Seals, Secret
from peerset.core.signal import RoomTag
from peerset.errors import MalformedError
from tests.sealed import sign_sealed

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "seal.json").read_text("utf-8"))
ROOM: Final = RoomTag(bytes.fromhex(VECTORS["room"]))
SEAL: Final = Seal(Secret(bytes.fromhex(VECTORS["secret"])), ROOM)
OTHER: Final = Seal(Secret(bytes(32)), ROOM)
KEY: Final = SecretKey(bytes.fromhex(VECTORS["author"]))
NOW: Final = UnixTime(VECTORS["created_at"])
H: Final = ("h", ROOM.hex())
TEXTS: Final = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


def sealed(content: str = "said", *tags: tuple[str, ...]) -> OpenedRecord:
    return sign_sealed(
        KEY, SEAL, created_at=NOW, kind=KIND_RECORD, tags=(H, *tags), content=content, nonce=bytes(NONCE_BYTES)
    )


def frozen(tags: list[list[str]]) -> Tags:
    return tuple(tuple(tag) for tag in tags)


@pytest.mark.parametrize("case", VECTORS["envelopes"], ids=[case["name"] for case in VECTORS["envelopes"]])
def test_sealing_gives_the_envelope_of_the_vector_and_opening_gives_what_was_sealed(case: dict[str, Any]) -> None:
    event, nonce = case["event"], bytes.fromhex(case["nonce"])
    tags, content, kind = frozen(case["tags"]), case["content"], event["kind"]
    made = sign_sealed(KEY, SEAL, created_at=NOW, kind=kind, tags=tags, content=content, nonce=nonce)
    assert event_of(made.envelope) == event
    assert made.wire.hex() == case["wire"]
    opened = open_record(Seals([OTHER, SEAL]), record_of(event))
    assert opened == made
    assert (opened.tags, opened.content) == (frozen(case["opened"]), content)


@pytest.mark.parametrize("case", VECTORS["closed"], ids=[case["name"] for case in VECTORS["closed"]])
def test_what_does_not_open_says_why(case: dict[str, Any]) -> None:
    seals = Seals([Seal(Secret(bytes.fromhex(secret)), ROOM) for secret in case["secrets"]])
    record = record_of(case["event"])
    assert record.has_valid_signature()
    assert open_record(seals, record) is Closed[case["why"].upper()]


def test_a_pin_is_read_as_it_is_and_what_it_holds_opens() -> None:
    case, seals = VECTORS["pin"], Seals([SEAL])
    pin = record_of(case["event"])
    assert open_record(seals, pin) is pin
    inside = open_record(seals, checked_in(pin))
    assert isinstance(inside, OpenedRecord)
    assert (inside.tags, inside.content) == (frozen(case["opened"]), case["content"])
    assert (pin_tags(inside), pin_content(inside)) == ([("pin", inside.id.hex())], pin.content)


def test_an_opened_record_is_its_envelope_to_all_others() -> None:
    opened = sealed("said", ("c", "places"), ("t", "x"))
    envelope = opened.envelope
    assert (opened.tag_value("c"), opened.tag_value("t"), opened.content) == ("places", "x", "said")
    assert opened.has_valid_signature()
    assert decode_record(opened.wire) == envelope
    assert envelope.envelope is envelope
    assert opened != envelope
    assert type(envelope) is not OpenedRecord
    assert not any(word in opened.wire for word in (b"places", b"said"))


@given(tags=st.lists(st.lists(TEXTS, min_size=1, max_size=3).map(tuple), max_size=5), content=TEXTS)
def test_what_is_sealed_opens_again(tags: list[tuple[str, ...]], content: str) -> None:
    own = [tag for tag in tags if tag[0] not in ("h", "e", "sealed")]
    opened = sealed(content, *own)
    assert opened.content == content
    assert sorted(opened.tags) == sorted([H, *own])
    assert open_record(Seals([SEAL]), decode_record(opened.wire)) == opened


@given(data=st.data())
def test_a_damaged_envelope_does_not_open(data: st.DataObject) -> None:
    envelope = sealed().envelope
    place = data.draw(st.integers(0, len(envelope.content) - 1))
    other = data.draw(st.characters(codec="ascii", categories=("L", "N")))
    content = envelope.content[:place] + other + envelope.content[place + 1 :]
    damaged = sign_record(KEY, created_at=NOW, kind=KIND_RECORD, tags=envelope.tags, content=content)
    found = open_record(Seals([SEAL]), damaged)
    assert found is Closed.BROKEN or content == envelope.content


def test_sizes_are_in_steps_of_256() -> None:
    sizes = {len(sealed("x" * size).envelope.content) for size in range(700)}
    assert sorted(sizes) == [-(-(24 + 16 + 256 * blocks) // 3) * 4 for blocks in (1, 2, 3)]


def test_the_largest_that_goes_is_sealed_and_more_is_refused() -> None:
    largest = 256 * 191 - 6
    assert len(sealed("x" * largest).wire) <= RECORD_BYTES_MAX
    with pytest.raises(MalformedError, match=f"the limit is {RECORD_BYTES_MAX}"):
        sealed("x" * (largest + 1))


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ((("sealed", "x"),), "no tag 'sealed' of its own"),
        ((("t", "\0"),), "U\\+0000"),
        ((("t",),) * RECORD_TAGS_MAX, f"at most {RECORD_TAGS_MAX}"),
    ],
)
def test_what_breaks_the_rules_of_records_is_not_sealed(tags: Tags, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        sealed("", *tags)


def test_a_tag_given_as_one_text_is_not_taken_apart() -> None:
    with pytest.raises(MalformedError, match="a tag must be an array"):
        sign_sealed(KEY, SEAL, created_at=NOW, kind=1, tags=["text"], content="", nonce=bytes(NONCE_BYTES))


def test_the_first_tag_says_which_secret_sealed() -> None:
    assert seal_id_of((H, ("sealed", "00" * 8), ("sealed", "11" * 8))) == bytes(8)
    assert [seal_id_of((H, tag)) for tag in (("sealed",), ("sealed", "0"), ("sealed", "0x" * 8), ("t", "x"))] == [
        None
    ] * 4
