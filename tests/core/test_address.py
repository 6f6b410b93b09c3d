"""Addresses: what they say, and what is none."""

import json
import re
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core import bech32
from peerset.core.address import (
    Address,
    FileTarget,
    KeyTarget,
    RecordTarget,
    is_address,
    make_address,
    make_link,
    parse_address,
)
from peerset.core.keys import SecretKey
from peerset.core.limits import ADDRESS_CHARACTERS_MAX, RETENTION_SECONDS_MAX
from peerset.core.record import RecordId
from peerset.core.signal import RoomName
from peerset.errors import ConfigError

FOLDER: Final = Path(__file__).parents[1] / "vectors"
MADE: Final = runpy.run_path(str(FOLDER / "make_addresses.py"))
VECTORS: Final = json.loads((FOLDER / "addresses.json").read_text(encoding="utf-8"))
LOBBY: Final = RoomName("peerset", "lobby")
SEAL: Final = bech32.encode("seal", bytes(32))
LOBBY_RULED: Final = Address(LOBBY, policies=("words", "kinds:allow=1078"))
SECRET: Final = Address(LOBBY, password="correct horse", seals=(SEAL,), grants=("AQID" * 48,))

texts = st.text(st.characters(min_codepoint=32, codec="utf-8"), min_size=1, max_size=20)
collections = st.from_regex(r"[a-z][a-z0-9_.-]{0,20}", fullmatch=True)
authors = st.none() | st.sampled_from([SecretKey(bytes([number]) * 32).public_key for number in range(1, 5)])
ids = st.binary(min_size=32, max_size=32).map(RecordId)
names = texts.filter(lambda text: "/" not in text and text not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
targets = st.one_of(
    st.none(),
    st.builds(RecordTarget, ids),
    st.builds(KeyTarget, collections, texts, authors, st.none() | ids),
    st.builds(FileTarget, collections, paths, authors, st.none() | ids),
)
addresses = st.builds(
    Address,
    st.builds(RoomName, texts, texts),
    targets,
    signaling=st.lists(texts, max_size=4, unique=True).map(tuple),
    phases=st.none() | st.integers(3_600, 2_592_000),
    policies=st.sampled_from([(), ("words",), ("links:allow=a.example,b.example", "budget:off")]),
    retention=st.none() | st.integers(86_400, RETENTION_SECONDS_MAX),
    password=st.just("") | texts,
    seals=st.lists(ids.map(lambda data: bech32.encode("seal", data)), max_size=3, unique=True).map(tuple),
    grants=st.lists(st.from_regex(r"[A-Za-z0-9_-]{192,210}", fullmatch=True), max_size=3, unique=True).map(tuple),
)


def test_the_vectors_are_what_their_script_writes() -> None:
    assert MADE["make"]() == (FOLDER / "addresses.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", VECTORS["addresses"], ids=lambda row: row["text"][:60])
def test_addresses_are_read_and_written_as_in_the_vectors(row: dict[str, Any]) -> None:
    address = parse_address(row["text"])
    assert is_address(row["text"])
    assert MADE["json_of"](address) == row["address"]
    assert (make_address(address), make_link(address, VECTORS["page"])) == (row["written"], row["link"])
    assert parse_address(row["written"]) == parse_address(row["link"]) == address


@pytest.mark.parametrize("row", VECTORS["refusals"], ids=lambda row: row["says"])
def test_what_is_no_address_is_refused_and_no_secret_is_repeated(row: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_address(row["text"])
    assert row["says"] in str(caught.value)
    secret = re.search(r"[#&?](?:seal|grant|password|author)=(.{5,})", row["text"])
    assert secret is None or secret[1] not in str(caught.value)


@pytest.mark.parametrize("unit", ["x", " ", "%", "#", "&a=", "/"])
def test_an_address_of_a_megabyte_is_refused_before_it_is_looked_at(unit: str) -> None:
    with pytest.raises(ConfigError, match=f"at most {ADDRESS_CHARACTERS_MAX} characters"):
        parse_address(f"peerset:peerset/lobby?{unit * 2**20}")


@given(addresses)
def test_any_address_is_read_as_it_was_written(address: Address) -> None:
    assert parse_address(make_address(address)) == address
    assert parse_address(make_link(address, "https://chat.example/")) == address


@given(
    st.lists(st.sampled_from([*"a/?#&=%\u00fc", "peerset:", "%20", "key", "file", "record", "signaling", "seal", ".."]))
)
def test_any_text_is_read_or_refused(pieces: list[str]) -> None:
    text = "peerset:a/b" + "".join(pieces)
    try:
        address = parse_address(text)
    except ConfigError:
        return
    assert parse_address(make_address(address)) == address


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"password": "a\n"}, "no control characters"),
        ({"password": "\ud800"}, "half of a surrogate pair"),
        ({"signaling": ("lan:", "lan:")}, "twice"),
        ({"signaling": ("",)}, "an empty one"),
        ({"policies": ("command:rm",)}, "cannot name the policy"),
        ({"phases": 60}, "from an hour"),
        ({"retention": 60}, "from an hour"),
        ({"seals": ("passphrase",)}, "begins with seal1"),
        ({"seals": (SEAL.upper(),)}, "lower case"),
        ({"grants": ("a b",)}, "a grant is a text"),
    ],
)
def test_what_nobody_could_read_again_is_no_address(part: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Address(LOBBY, **part)


def test_an_address_that_would_be_too_long_is_not_written() -> None:
    address = Address(LOBBY, signaling=tuple(f"lan:{number}{chr(252) * 200}" for number in range(16)))
    with pytest.raises(ConfigError, match="would have"):
        make_address(address)


@pytest.mark.parametrize("page", ["chat.example", "ftp://chat.example", "https://chat.example/#a", "https://a/b c"])
def test_a_link_is_to_a_page_of_the_web(page: str) -> None:
    with pytest.raises(ConfigError, match="a page has an address"):
        make_link(Address(LOBBY), page)


def test_secrets_go_and_stand_nowhere_before_the_hash() -> None:
    before, _, after = make_address(SECRET).partition("#")
    assert make_address(SECRET.public) == before == "peerset:peerset/lobby"
    assert all(word in after for word in ("password=correct%20horse", f"seal={SEAL}", "grant=AQIDAQID"))
    assert make_link(SECRET, "https://chat.example/").partition("#")[0] == "https://chat.example/"


def test_the_address_of_a_sealed_room_names_what_who_cannot_read_it_can_follow() -> None:
    address = replace(LOBBY_RULED, seals=(SEAL,))
    assert make_address(address.public) == "peerset:peerset/lobby?policy=kinds:allow=1078"
    assert make_address(LOBBY_RULED.public) == make_address(LOBBY_RULED)
    assert parse_address(make_address(address)).policies == LOBBY_RULED.policies


def test_the_repr_of_an_address_shows_no_secret() -> None:
    assert not any(secret in repr(SECRET) for secret in ("horse", SEAL, "AQIDAQID"))


def test_names_that_are_no_addresses_are_none() -> None:
    assert all(map(is_address, ("peerset-device:x", "HTTPS://chat.example/#peerset-link:x", " peerset-tomorrow:")))
    assert not any(
        map(is_address, ("lobby", "peerset-", "peerset-2:", "peer", "https://chat.example/", "x peerset:a/b", ""))
    )
