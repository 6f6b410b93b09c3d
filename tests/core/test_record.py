"""Records: what is one, what is refused, and that nothing else can happen."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import (
    INTEGER_MAX,
    KIND_MAX,
    RECORD_BYTES_MAX,
    RECORD_TAGS_MAX,
    TAG_ELEMENTS_MAX,
    TAG_VALUE_BYTES_MAX,
)
from peerset.core.record import (
    Record,
    canonical_json,
    decode_record,
    event_of,
    hash_fields,
    record_of,
    sign_record,
)
from peerset.errors import MalformedError

VECTORS: Final = Path(__file__).parents[1] / "vectors"
RECORDS: Final = json.loads((VECTORS / "records.json").read_text(encoding="utf-8"))
REFUSALS: Final = json.loads((VECTORS / "refusals.json").read_text(encoding="utf-8"))
KEY: Final = SecretKey(bytes.fromhex(RECORDS["secret_key"]))
NOW: Final = UnixTime(1_790_000_000)
ROOM: Final = "00112233445566778899aabbccddeeff"

own_records = pytest.mark.parametrize("vector", RECORDS["records"], ids=lambda vector: vector["name"])
all_records = pytest.mark.parametrize(
    "vector", RECORDS["records"] + RECORDS["foreign"], ids=lambda vector: vector["id"]
)
wire_refusals = pytest.mark.parametrize("vector", REFUSALS["wires"], ids=lambda vector: vector["name"])
event_refusals = pytest.mark.parametrize("vector", REFUSALS["events"], ids=lambda vector: vector["name"])

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32))])).map(
    lambda text: text.encode()[:1_024].decode(errors="ignore")
)
tag_lists = st.lists(st.lists(texts, min_size=1, max_size=16).filter(lambda tag: tag[0] not in ("e", "h")), max_size=10)


def sign(*, tags: list[list[str]] | None = None, content: str = "", kind: int = 1_078) -> Record:
    return sign_record(KEY, created_at=NOW, kind=kind, tags=tags or [], content=content)


def event_in(vector: dict[str, Any]) -> dict[str, Any]:
    return {name: vector[name] for name in ("id", "pubkey", "created_at", "kind", "tags", "content", "sig")}


def test_the_vector_files_are_what_their_script_writes() -> None:
    rendered: dict[str, str] = runpy.run_path(str(VECTORS / "make_records.py"))["render"]()

    assert rendered == {name: (VECTORS / name).read_text(encoding="utf-8") for name in rendered}


@own_records
def test_signing_gives_the_record_of_the_vector(vector: dict[str, Any]) -> None:
    record = sign_record(
        KEY,
        created_at=UnixTime(vector["created_at"]),
        kind=vector["kind"],
        tags=vector["tags"],
        content=vector["content"],
    )

    assert record.wire.hex() == vector["wire"]
    assert event_of(record) == event_in(vector)


@all_records
def test_decoding_the_wire_form_gives_the_record_of_the_vector(vector: dict[str, Any]) -> None:
    record = decode_record(bytes.fromhex(vector["wire"]))

    assert event_of(record) == event_in(vector)
    assert record.has_valid_signature()


@all_records
def test_the_canonical_text_is_that_of_the_vector(vector: dict[str, Any]) -> None:
    record = decode_record(bytes.fromhex(vector["wire"]))

    text = canonical_json(record.author, record.created_at, record.kind, record.tags, record.content)

    assert text.decode() == vector["canonical"]


@all_records
def test_an_event_becomes_the_record_it_came_from(vector: dict[str, Any]) -> None:
    record = record_of(json.loads(json.dumps(event_in(vector))))

    assert record.wire.hex() == vector["wire"]
    assert record == decode_record(record.wire)


def test_members_that_relays_and_signers_add_are_left_out() -> None:
    record = sign()
    assert record_of({**event_of(record), "seenOn": ["wss://relay.example"], "ots": "x"}) == record


@pytest.mark.parametrize("name", ["id", "pubkey", "created_at", "kind", "tags", "content", "sig"])
def test_an_event_that_lacks_a_member_is_refused(name: str) -> None:
    event = event_of(sign())
    del event[name]
    with pytest.raises(MalformedError, match="an event is an object of id"):
        record_of(event)


@wire_refusals
def test_a_wire_form_that_breaks_a_rule_is_refused(vector: dict[str, Any]) -> None:
    wire = bytes.fromhex(vector["wire"])

    if vector["reason"] == "signature":
        assert not decode_record(wire).has_valid_signature()
    else:
        with pytest.raises(MalformedError):
            decode_record(wire)


@event_refusals
def test_an_event_that_breaks_a_rule_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        record_of(json.loads(vector["event"]))


def test_an_event_whose_numbers_are_floats_is_refused_though_javascript_cannot_tell() -> None:
    with pytest.raises(MalformedError, match="created_at"):
        record_of({**event_of(sign()), "created_at": float(NOW)})


@pytest.mark.parametrize("control", [chr(code) for code in range(32) if chr(code) not in "\t\n\r"])
def test_every_control_character_but_tab_and_line_ends_is_refused(control: str) -> None:
    with pytest.raises(MalformedError, match=f"U\\+{ord(control):04X}"):
        sign(content=control)


def test_tab_line_feed_quote_and_backslash_are_escaped_and_nothing_else() -> None:
    content = '\t\n\r"\\/\x7f\u2028\u00e9'

    assert (
        canonical_json(KEY.public_key, 0, 1, (), content).decode().endswith('[],"\\t\\n\\r\\"\\\\/\x7f\u2028\u00e9"]')
    )


def test_a_lone_surrogate_cannot_be_signed() -> None:
    with pytest.raises(MalformedError, match=r"U\+D83D"):
        sign(content="\ud83d")


def test_a_tag_given_as_one_text_is_not_taken_apart() -> None:
    with pytest.raises(MalformedError, match="a tag must be an array"):
        sign_record(KEY, created_at=NOW, kind=1, tags=["topic"], content="")


def test_tags_may_come_from_a_generator() -> None:
    record = sign_record(KEY, created_at=NOW, kind=1, tags=(iter(["r", str(i)]) for i in range(2)), content="")

    assert record.tags == (("r", "0"), ("r", "1"))


@pytest.mark.parametrize("kind", [-1, KIND_MAX + 1, True, 1.0])
def test_a_kind_out_of_range_cannot_be_signed(kind: int) -> None:
    with pytest.raises(MalformedError, match="kind"):
        sign(kind=kind)


@pytest.mark.parametrize("created_at", [-1, INTEGER_MAX + 1, 1.5])
def test_a_time_out_of_range_cannot_be_signed(created_at: UnixTime) -> None:
    with pytest.raises(MalformedError, match="created_at"):
        sign_record(KEY, created_at=created_at, kind=1, tags=[], content="")


@pytest.mark.parametrize(
    "tags",
    [
        [["x"]] * (RECORD_TAGS_MAX + 1),
        [["x"] * (TAG_ELEMENTS_MAX + 1)],
        [["x", "a" * (TAG_VALUE_BYTES_MAX + 1)]],
        [["x", "\u00e9" * (TAG_VALUE_BYTES_MAX // 2 + 1)]],
    ],
    ids=["tags", "elements", "bytes", "bytes of other letters"],
)
def test_tags_past_a_limit_cannot_be_signed(tags: list[list[str]]) -> None:
    with pytest.raises(MalformedError, match=r"at most 64|1 to 16|the limit is 1024"):
        sign(tags=tags)


def test_a_record_of_exactly_the_largest_size_is_accepted() -> None:
    rest = len(sign(content="x" * 60_000).wire) - 60_000

    record = sign(content="x" * (RECORD_BYTES_MAX - rest))

    assert len(record.wire) == RECORD_BYTES_MAX
    assert decode_record(record.wire) == record


def test_a_record_one_byte_larger_can_neither_be_signed_nor_imported_nor_decoded() -> None:
    rest = len(sign(content="x" * 60_000).wire) - 60_000
    content = "x" * (RECORD_BYTES_MAX - rest + 1)
    signed = sign()
    fields = (signed.author, NOW, 1_078, (), content, signed.signature)
    record_id = hash_fields(signed.author, NOW, 1_078, (), content)

    with pytest.raises(MalformedError, match="65537 bytes"):
        sign(content=content)
    with pytest.raises(MalformedError, match="65537 bytes"):
        decode_record(msgpack.packb(fields))
    with pytest.raises(MalformedError, match="65537 bytes"):
        record_of({**event_of(signed), "content": content, "id": record_id.hex()})


def test_nesting_deeper_than_msgpack_allows_is_refused() -> None:
    with pytest.raises(MalformedError):
        decode_record(b"\x91" * 2_000 + b"\xc0")


def test_the_same_fields_give_the_same_signature_unless_randomness_is_mixed_in() -> None:
    mixed = sign_record(KEY, created_at=NOW, kind=1_078, tags=[], content="", aux=bytes([7]) * 32)

    assert sign() == sign()
    assert mixed.id == sign().id
    assert mixed.signature != sign().signature
    assert mixed.has_valid_signature()


def test_the_first_room_tag_names_the_room() -> None:
    assert sign(tags=[["c", "x"], ["h", ROOM], ["h", "f" * 32]]).room_tag == bytes.fromhex(ROOM)
    assert sign(tags=[["c", "x"]]).room_tag is None


def test_tag_values_skip_tags_without_a_value() -> None:
    assert sign(tags=[["c"], ["c", "a", "b"], ["d", "x"], ["c", ""]]).tag_values("c") == ["a", ""]


def test_a_tag_value_is_that_of_the_first_tag_that_has_one() -> None:
    record = sign(tags=[["c"], ["c", "a", "b"], ["d", "x"], ["c", "y"]])
    assert [record.tag_value(name) for name in ("c", "d", "z")] == ["a", "x", None]


def test_kinds_from_20000_to_29999_are_ephemeral() -> None:
    assert [sign(kind=kind).is_ephemeral for kind in (19_999, 20_000, 29_999, 30_000)] == [False, True, True, False]


def test_the_wire_form_is_not_shown() -> None:
    assert "wire" not in repr(sign())


@given(created_at=st.integers(0, 2**53 - 1), kind=st.integers(0, 65_535), tags=tag_lists, content=texts)
def test_what_is_signed_is_read_back(created_at: int, kind: int, tags: list[list[str]], content: str) -> None:
    record = sign_record(KEY, created_at=UnixTime(created_at), kind=kind, tags=tags, content=content)

    assert decode_record(record.wire) == record
    assert record_of(event_of(record)) == record


@given(tags=tag_lists, content=texts)
def test_the_canonical_text_is_what_any_json_writer_gives(tags: list[list[str]], content: str) -> None:
    frozen = tuple(map(tuple, tags))

    text = canonical_json(KEY.public_key, 1, 2, frozen, content)

    array = [0, KEY.public_key.hex(), 1, 2, tags, content]
    assert text == json.dumps(array, ensure_ascii=False, separators=(",", ":")).encode()


@given(st.binary())
def test_any_bytes_are_a_record_or_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_record(data)


@given(st.data())
def test_a_damaged_record_is_another_record_or_malformed(data: st.DataObject) -> None:
    wire = bytearray.fromhex(data.draw(st.sampled_from(RECORDS["records"]))["wire"])
    start = data.draw(st.integers(0, len(wire)))
    wire[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))

    try:
        record = decode_record(bytes(wire))
    except MalformedError:
        return
    assert record.wire == wire


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text()
    | st.binary()
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(values, min_size=6, max_size=6), st.integers(0, 2**6 - 1))
def test_any_msgpack_values_in_any_fields_are_a_record_or_malformed(strange: list[object], chosen: int) -> None:
    valid = [KEY.public_key, NOW, 1, [["c", "x"]], "text", bytes(64)]
    fields = [
        other if chosen >> place & 1 else own for place, (own, other) in enumerate(zip(valid, strange, strict=True))
    ]
    wire = msgpack.packb(fields, unicode_errors="surrogatepass")

    try:
        assert decode_record(wire).wire == wire
    except MalformedError:
        return


@given(st.dictionaries(st.sampled_from(sorted(event_of(sign()))), values))
def test_any_json_values_in_an_event_are_a_record_or_malformed(strange: dict[str, object]) -> None:
    event = {**event_of(sign()), **strange}

    try:
        assert event_of(record_of(event)) == event
    except MalformedError:
        return
