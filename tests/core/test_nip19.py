"""Names of authors, records and addresses as texts."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core import bech32
from peerset.core.keys import SecretKey, npub
from peerset.core.limits import POINTER_CHARACTERS_MAX
from peerset.core.nip19 import (
    FIELD_BYTES_MAX,
    AddressPointer,
    EventPointer,
    Pointer,
    ProfilePointer,
    decode_nip19,
    encode_nip19,
    is_pointer,
)
from peerset.core.record import RecordId
from peerset.errors import ConfigError

FOLDER: Final = Path(__file__).parents[1] / "vectors"
MADE: Final = runpy.run_path(str(FOLDER / "make_nip19.py"))
VECTORS: Final = json.loads((FOLDER / "nip19.json").read_text(encoding="utf-8"))
AUTHORS: Final = [SecretKey(bytes([number]) * 32).public_key for number in range(1, 9)]

relays = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40), max_size=5).map(tuple)
authors = st.sampled_from(AUTHORS)
ids = st.binary(min_size=32, max_size=32).map(RecordId)
kinds = st.integers(0, 65_535)
keys = st.text(st.characters(codec="utf-8"), max_size=63)
pointers = st.one_of(
    st.builds(ProfilePointer, authors, relays),
    st.builds(EventPointer, ids, relays, st.none() | authors, st.none() | kinds),
    st.builds(AddressPointer, kinds, authors, keys, relays),
)


def test_the_vectors_are_what_their_script_writes() -> None:
    assert MADE["make"]() == (FOLDER / "nip19.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", VECTORS["pointers"], ids=lambda row: row["text"][:24])
def test_texts_are_read_and_written_as_in_the_vectors(row: dict[str, Any]) -> None:
    pointer = decode_nip19(row["text"])
    assert is_pointer(row["text"])
    assert MADE["json_of"](pointer) == row["pointer"]
    assert encode_nip19(pointer) == row["written"]
    assert decode_nip19(row["written"]) == pointer


@pytest.mark.parametrize("row", VECTORS["refusals"], ids=lambda row: row["says"])
def test_what_is_no_name_is_refused_and_no_secret_is_repeated(row: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        decode_nip19(row["text"])
    assert row["says"] in str(caught.value)
    assert row["text"][5:] == "" or row["text"][5:] not in repr(caught.value)


@given(pointer=pointers)
def test_what_is_written_is_read_again(pointer: Pointer) -> None:
    text = encode_nip19(pointer)
    assert decode_nip19(text) == decode_nip19(f"nostr:{text.upper()}") == pointer


@given(data=st.binary(max_size=200), prefix=st.sampled_from(["nprofile", "nevent", "naddr"]))
def test_any_bytes_are_read_or_refused(data: bytes, prefix: str) -> None:
    try:
        pointer = decode_nip19(bech32.encode(prefix, data))
    except ConfigError:
        return
    assert decode_nip19(encode_nip19(pointer)) == pointer


def test_the_shortest_form_that_says_all_is_written() -> None:
    record_id = RecordId(bytes(32))
    assert encode_nip19(ProfilePointer(AUTHORS[0])) == npub(AUTHORS[0])
    prefixes: list[tuple[Pointer, str]] = [
        (ProfilePointer(AUTHORS[0], ("wss://a",)), "nprofile1"),
        (EventPointer(record_id), "note1"),
        (EventPointer(record_id, kind=0), "nevent1"),
        (AddressPointer(0, AUTHORS[0], ""), "naddr1"),
    ]
    assert [encode_nip19(pointer).startswith(prefix) for pointer, prefix in prefixes] == [True] * 4


def test_what_nobody_could_read_again_is_not_written() -> None:
    long = "x" * FIELD_BYTES_MAX
    with pytest.raises(ConfigError, match="at most 255 bytes a field, not 256"):
        encode_nip19(AddressPointer(30_023, AUTHORS[0], f"{long}x"))
    with pytest.raises(ConfigError, match="half of a surrogate pair"):
        encode_nip19(ProfilePointer(AUTHORS[0], ("wss://\ud800",)))
    most = next(count for count in range(1, 99) if _length(long, count + 1) > POINTER_CHARACTERS_MAX)
    pointer = ProfilePointer(AUTHORS[0], (long,) * most)
    assert decode_nip19(encode_nip19(pointer)) == pointer
    with pytest.raises(ConfigError, match=f"the limit is {POINTER_CHARACTERS_MAX}"):
        encode_nip19(ProfilePointer(AUTHORS[0], (long,) * (most + 1)))


def _length(relay: str, count: int) -> int:
    data = 34 + count * (2 + len(relay))
    return len("nprofile1") + -(-8 * data // 5) + bech32.CHECKSUM_CHARACTERS
