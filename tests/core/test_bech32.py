"""npub, nsec and ncryptsec texts: the vectors, and what is refused."""

import json
from pathlib import Path
from typing import Any, Final

import bech32 as codec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core import bech32
from peerset.core.keys import SecretKey, npub, parse_npub
from peerset.errors import ConfigError

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "npub.json").read_text(encoding="utf-8"))

keys = pytest.mark.parametrize("vector", VECTORS["keys"], ids=lambda vector: vector["npub"])
refusals = pytest.mark.parametrize("vector", VECTORS["refusals"], ids=lambda vector: vector["name"])


@keys
def test_keys_are_written_and_read_as_in_the_vectors(vector: dict[str, str]) -> None:
    key = SecretKey.from_nsec(vector["nsec"])

    assert key.secret.hex() == vector["secret_key"]
    assert key.to_nsec() == vector["nsec"]
    assert key.public_key.hex() == vector["public_key"]
    assert npub(key.public_key) == vector["npub"]
    assert parse_npub(vector["npub"]) == key.public_key


@keys
def test_upper_case_is_read_as_bip_173_asks(vector: dict[str, str]) -> None:
    assert bech32.decode("npub", vector["npub"].upper()).hex() == vector["public_key"]


@refusals
def test_other_texts_are_refused_without_repeating_a_secret(vector: dict[str, Any]) -> None:
    parse = {"npub": parse_npub, "nsec": SecretKey.from_nsec}[vector["prefix"]]

    with pytest.raises(ConfigError) as caught:
        parse(vector["text"])

    assert not vector["text"].startswith("nsec1") or vector["text"] not in repr(caught.value)


def test_an_endless_text_is_refused_by_its_length() -> None:
    with pytest.raises(ConfigError, match="must have 63 characters"):
        bech32.decode("npub", "npub1" + "q" * 10_000_000)


def test_a_text_whose_filling_bits_are_not_zero_is_refused() -> None:
    words = codec.convertbits(bytes(32), 8, 5) or []
    text = codec.bech32_encode("npub", [*words[:-1], words[-1] | 1])

    with pytest.raises(ConfigError, match="whole bytes"):
        bech32.decode("npub", text)


@pytest.mark.parametrize("text", ["npub1" + "b" * 58, "npub1" + "q" * 58, "npub1" + "\u00e9" * 58])
def test_a_wrong_character_or_checksum_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="wrong character or checksum"):
        bech32.decode("npub", text)


@given(st.binary(max_size=100))
def test_any_bytes_are_read_back_at_their_size(data: bytes) -> None:
    assert bech32.decode("ncryptsec", bech32.encode("ncryptsec", data), size=len(data)) == data


@given(st.text() | st.text("qpzry9x8gf2tvdw0s3jn54khce6mua7l1", min_size=58, max_size=58).map("npub1".__add__))
def test_any_text_is_a_key_or_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError):
        bech32.decode("npub", text)
