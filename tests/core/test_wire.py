import importlib.util
import json
import tracemalloc
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peerset.core import wire
from peerset.core.clock import UnixTime
from peerset.core.limits import (
    ANNOUNCE_IDS_MAX,
    FRAME_BYTES_MAX,
    IDS_PER_MESSAGE_MAX,
    INTEGER_MAX,
    MESSAGE_BYTES_MAX,
    REASON_BYTES_MAX,
    RECORD_BYTES_MAX,
    RECORDS_PER_MESSAGE_MAX,
)
from peerset.core.message import (
    Announce,
    BlobPart,
    Bound,
    Credit,
    Days,
    Fin,
    Fingerprint,
    Goodbye,
    GoodbyeReason,
    Hello,
    IdList,
    Message,
    Ping,
    Pong,
    Proof,
    Pull,
    RangeItem,
    Ranges,
    Records,
    Role,
    Root,
    Skip,
    Unknown,
    Want,
)
from peerset.core.signal import RoomTag
from peerset.core.wire import AT_ONCE_BYTES_MAX, LAYOUTS, decode, encode
from peerset.errors import LocalProtocolError, WireError

VECTORS: Final = Path(__file__).parents[1] / "vectors"
MESSAGES: Final = json.loads((VECTORS / "messages.json").read_text("utf-8"))
REASONS: Final = {
    "size": "a message of .* bytes; the limit",
    "envelope": "begins with a type",
    "type": "no message has type",
    "fields": "is an array of",
    "msgpack": "broken msgpack|not a byte string|not a whole number",
    "form": "shortest msgpack form",
    "value": r"\.[a-z_]+: (not|a text with)",
    "packed": r"\.[a-z_]+: ",
    "limit": "limit",
}


def make_messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_messages", VECTORS / "make_messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def numbers(most: int = 2**32 - 1, *, least: int = 0) -> st.SearchStrategy[int]:
    edges = [number for number in (0, 1, 127, 128, 255, 256, 65_535, 65_536, most) if least <= number <= most]
    return st.sampled_from(edges) | st.integers(least, most)


def octets(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


times: Final = numbers().map(UnixTime)
short_ids: Final = st.lists(octets(8), max_size=64).map(tuple)
listed_ids: Final = st.lists(octets(5), max_size=64).map(tuple)
texts: Final = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=64)
cells: Final = st.tuples(numbers(least=1), octets(8)) | st.just((0, b""))
bounds: Final = st.tuples(numbers(INTEGER_MAX), st.binary(max_size=32))


def items(upper: Bound) -> st.SearchStrategy[RangeItem]:
    return (
        st.just(Skip(upper))
        | octets(8).map(lambda fingerprint: Fingerprint(upper, fingerprint))
        | listed_ids.map(lambda ids: IdList(upper, ids))
    )


ranges: Final = st.lists(bounds, max_size=12, unique=True).flatmap(
    lambda uppers: st.tuples(*(items(upper) for upper in sorted(uppers)))
)
messages: Final[st.SearchStrategy[Message]] = st.one_of(
    st.builds(
        Hello,
        numbers(255),
        octets(16).map(RoomTag),
        octets(32),
        octets(32),
        octets(32),
        numbers(),
        st.sampled_from(Role),
        numbers(),
        numbers(INTEGER_MAX).map(UnixTime),
    ),
    st.builds(Proof, octets(64)),
    st.builds(Ping, numbers()),
    st.builds(Pong, numbers()),
    st.builds(Goodbye, st.sampled_from(GoodbyeReason), texts),
    st.builds(Root, numbers(), numbers(), times, numbers(), octets(16)),
    st.builds(Days, numbers(), numbers(), times, numbers(96, least=1), st.lists(cells, max_size=96).map(tuple)),
    st.builds(Ranges, numbers(), ranges, st.booleans()),
    st.builds(Want, numbers(), listed_ids),
    st.builds(Records, numbers(), st.lists(st.binary(max_size=300), max_size=20).map(tuple)),
    st.builds(Credit, numbers(), numbers(INTEGER_MAX)),
    st.builds(Fin, numbers(), numbers(), octets(16)),
    st.builds(Announce, short_ids),
    st.builds(Pull, short_ids),
)
"""Every message that may be sent."""

values: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.binary(max_size=80)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=12)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=20))
    ),
    max_leaves=20,
)
"""Whatever msgpack can write."""


def read(data: bytes) -> None:
    """Decode hostile *data*, which must give a message with one form, or a WireError short enough to be sent."""
    message: Message | str
    try:
        message = decode(data)
    except WireError as error:
        message = str(error)
    if isinstance(message, str):
        assert encode(Goodbye(GoodbyeReason.FAULT, message))
    elif not isinstance(message, Unknown):
        assert encode(message) == data


@given(messages)
def test_a_message_survives_the_wire(message: Message) -> None:
    assert decode(encode(message)) == message


@given(messages, messages)
def test_different_messages_have_different_bytes(one: Message, other: Message) -> None:
    assert (encode(one) == encode(other)) == (one == other)


@given(st.binary(max_size=200))
@example(b"\x92\x02" + b"\x91" * 100_000)
@example(b"\x93\x09\x00\xdd\xff\xff\xff\xff")
@example(b"\x93\x09\x00\xdc\x04\x00" + b"\xdc\x04\x00" * 80_000)
def test_any_bytes_give_a_message_or_a_wire_error(data: bytes) -> None:
    read(data)


@given(st.integers(0, 127), st.lists(values, max_size=10))
def test_any_fields_give_a_message_or_a_wire_error(number: int, fields: list[Any]) -> None:
    read(msgpack.packb([number, *fields]))


@given(messages, st.data())
def test_a_message_with_one_field_replaced_gives_a_message_or_a_wire_error(
    message: Message, data: st.DataObject
) -> None:
    array = msgpack.unpackb(encode(message))
    array[data.draw(st.integers(1, len(array) - 1))] = data.draw(values)
    read(msgpack.packb(array))


@given(messages, st.data())
def test_a_damaged_message_gives_a_message_or_a_wire_error(message: Message, data: st.DataObject) -> None:
    damaged = bytearray(encode(message))
    start = data.draw(st.integers(0, len(damaged)))
    end = data.draw(st.integers(start, min(len(damaged), start + 4)))
    damaged[start:end] = data.draw(st.binary(max_size=4))
    read(bytes(damaged))


@given(messages, st.data())
def test_a_small_message_is_read_at_once_as_it_is_field_by_field(message: Message, data: st.DataObject) -> None:
    whole = encode(message)
    array = msgpack.unpackb(whole)
    layout = LAYOUTS[array[0]]
    if not isinstance(message, Records):
        assert wire._read_at_once(whole, layout) == wire._read_one_by_one(whole, layout)
    array[data.draw(st.integers(1, len(array) - 1))] = data.draw(values)
    odd = msgpack.packb(array) + data.draw(st.binary(max_size=2))

    found = wire._read_at_once(odd, layout)

    assert found is None or repr(found) == repr(wire._read_one_by_one(odd, layout))


@given(messages, st.data())
def test_a_message_cut_off_anywhere_is_refused(message: Message, data: st.DataObject) -> None:
    whole = encode(message)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(WireError):
        decode(cut)


def test_the_vectors_are_what_their_script_writes() -> None:
    assert make_messages().make() == (VECTORS / "messages.json").read_text("utf-8")


@pytest.mark.parametrize("vector", MESSAGES["accepted"], ids=lambda vector: vector["name"])
def test_an_accepted_vector_is_its_message_both_ways(vector: dict[str, Any]) -> None:
    message = decode(bytes.fromhex(vector["hex"]))
    assert make_messages().plain_message(message) == vector["message"]
    assert encode(message).hex() == vector["hex"]


@pytest.mark.parametrize("vector", MESSAGES["ignored"], ids=lambda vector: vector["name"])
def test_an_unknown_extension_is_read_as_unknown(vector: dict[str, Any]) -> None:
    assert decode(bytes.fromhex(vector["hex"])) == Unknown(vector["type"])


@pytest.mark.parametrize("vector", MESSAGES["refused"], ids=lambda vector: vector["name"])
def test_a_refused_vector_is_refused_for_its_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(WireError, match=REASONS[vector["reason"]]):
        decode(bytes.fromhex(vector["hex"]) + bytes(vector["zeros"]))


def test_every_type_has_an_accepted_vector() -> None:
    assert {vector["message"]["is"] for vector in MESSAGES["accepted"]} == {
        layout.kind.__name__ for layout in LAYOUTS.values()
    }


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Ping(2**32), "Ping: not a whole number"),
        (Goodbye(GoodbyeReason.FAULT, "x" * (REASON_BYTES_MAX + 1)), "limit is 256"),
        (Goodbye(GoodbyeReason.FAULT, "\ud800"), "lone surrogate"),
        (Goodbye(GoodbyeReason.FAULT, "two\nlines"), "control characters"),
        (Want(1, (bytes(5),) * (IDS_PER_MESSAGE_MAX + 1)), "limit of 8192"),
        (Announce((bytes(8),) * (ANNOUNCE_IDS_MAX + 1)), "limit of 64"),
        (Records(1, (b"",) * (RECORDS_PER_MESSAGE_MAX + 1)), "limit of 1024"),
        (Records(1, (bytes(RECORD_BYTES_MAX + 1),)), "limit of 65536"),
        (Records(1, (bytes(RECORD_BYTES_MAX),) * 4), f"limit is {MESSAGE_BYTES_MAX}"),
        (Ranges(1, (IdList((0, b""), (bytes(5),) * 12_000),)), f"limit is {FRAME_BYTES_MAX}"),
        (Unknown(64), "Unknown is never sent"),
    ],
)
def test_a_message_that_no_peer_would_accept_is_not_encoded(message: Message, reason: str) -> None:
    with pytest.raises(LocalProtocolError, match=reason):
        encode(message)


def test_the_largest_messages_are_accepted() -> None:
    for message in (
        Want(1, (bytes(5),) * IDS_PER_MESSAGE_MAX),
        Records(1, (b"",) * RECORDS_PER_MESSAGE_MAX),
        Records(1, (bytes(RECORD_BYTES_MAX),) * 3),
        Ranges(1, (IdList((0, b""), (bytes(5),) * 11_985),)),
        Goodbye(GoodbyeReason.FAULT, "é" * (REASON_BYTES_MAX // 2)),
    ):
        assert decode(encode(message)) == message


@pytest.mark.parametrize(
    "data",
    [
        b"\x92\x02" + b"\x9f" * (AT_ONCE_BYTES_MAX - 2),
        b"\x92\x02" + b"\xdd\x00\x01\x00\x00" * 50_000,
        b"\x93\x09\x00\xdc\x04\x00" + b"\xdc\x04\x00" * 80_000,
        b"\x92\x01\xc6\xff\xff\xff\xff" + bytes(250_000),
        b"\x92\x01\xdb\xff\xff\xff\xff" + bytes(250_000),
        b"\x94\x07\x01\xc5\xea\x00" + b"\x00\x80\xff\xff\xff\xff\xff\xff\xff\x0f" * 5_990,
    ],
    ids=[
        "small lists of lists",
        "arrays of 65,536",
        "lists of lists",
        "4 GiB of bytes",
        "4 GiB of text",
        "lists of 2^53 ids",
    ],
)
def test_a_promise_of_more_than_arrives_costs_no_memory(data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decode(data)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 2 * MESSAGE_BYTES_MAX


def test_a_branch_of_a_day_costs_eleven_bytes() -> None:
    branches = tuple(Fingerprint((1_792_195_200 + 1_350 * number, b""), bytes(8)) for number in range(1, 65))
    assert len(encode(Ranges(1, branches))) <= 64 * 11 + 16


@given(st.integers(0, 2**32 - 1), st.binary(max_size=64), st.integers(65_500, 65_600))
def test_what_is_long_at_the_end_has_the_form_of_msgpack_and_no_other(piece: int, proof: bytes, size: int) -> None:
    part = BlobPart(bytes(32), piece, proof, bytes(size))
    data = encode(part)
    assert data == msgpack.packb([83, bytes(32), piece, proof, bytes(size)])
    assert decode(data) == part
    at = data.index(msgpack.packb(piece), 36)
    longer = data[:at] + b"\xd3" + piece.to_bytes(8, "big") + data[at + len(msgpack.packb(piece)) :]
    for other in (longer, data + b"\0", data[:-1]):
        with pytest.raises(WireError):
            decode(other)
