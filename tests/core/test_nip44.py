"""Texts between two keys."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.keys import PublicKey, SecretKey
from peerset.core.nip44 import SEALED_TEXT_BYTES_MAX, conversation_key, open_text, padded_bytes, seal_text
from peerset.errors import ConfigError, MalformedError

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "nip44.json").read_text(encoding="utf-8"))["v2"]
VALID: Final = VECTORS["valid"]
INVALID: Final = VECTORS["invalid"]
CONVERSATION: Final = bytes(32)
NONCE: Final = bytes(range(32))


@pytest.mark.parametrize("row", VALID["get_conversation_key"], ids=lambda row: row["sec1"][:8] + row["pub2"][:8])
def test_what_two_keys_share_is_what_nip_44_says(row: dict[str, str]) -> None:
    key = SecretKey(bytes.fromhex(row["sec1"]))
    assert conversation_key(key, PublicKey(bytes.fromhex(row["pub2"]))).hex() == row["conversation_key"]


@pytest.mark.parametrize("row", INVALID["get_conversation_key"], ids=lambda row: row["note"])
def test_what_is_no_key_shares_nothing(row: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        conversation_key(SecretKey(bytes.fromhex(row["sec1"])), PublicKey(bytes.fromhex(row["pub2"])))


@pytest.mark.parametrize("row", VALID["encrypt_decrypt"], ids=lambda row: row["nonce"][:8])
def test_texts_are_sealed_as_in_nip_44_and_opened_by_both_ends(row: dict[str, str]) -> None:
    one, other = (SecretKey(bytes.fromhex(row[name])) for name in ("sec1", "sec2"))
    conversation = conversation_key(one, other.public_key)
    assert conversation == conversation_key(other, one.public_key) == bytes.fromhex(row["conversation_key"])
    assert seal_text(row["plaintext"], conversation, nonce=bytes.fromhex(row["nonce"])) == row["payload"]
    assert open_text(row["payload"], conversation) == row["plaintext"]


@pytest.mark.parametrize("row", VALID["encrypt_decrypt_long_msg"], ids=lambda row: row["repeat"])
def test_long_texts_are_sealed_as_in_nip_44(row: dict[str, Any]) -> None:
    text = row["pattern"] * row["repeat"]
    conversation = bytes.fromhex(row["conversation_key"])
    payload = seal_text(text, conversation, nonce=bytes.fromhex(row["nonce"]))
    assert hashlib.sha256(payload.encode()).hexdigest() == row["payload_sha256"]
    assert open_text(payload, conversation) == text


def test_lengths_are_padded_as_in_nip_44() -> None:
    assert [padded_bytes(size) for size, _ in VALID["calc_padded_len"]] == [
        padded for _, padded in VALID["calc_padded_len"]
    ]


@pytest.mark.parametrize("row", INVALID["decrypt"], ids=lambda row: row["note"])
def test_what_is_wrong_in_nip_44_is_not_opened(row: dict[str, str]) -> None:
    with pytest.raises(MalformedError):
        open_text(row["payload"], bytes.fromhex(row["conversation_key"]))


@pytest.mark.parametrize("size", INVALID["encrypt_msg_lengths"])
def test_an_empty_text_and_one_that_is_too_long_are_refused(size: int) -> None:
    with pytest.raises(ConfigError, match=f"not {size}"):
        seal_text("x" * size, CONVERSATION, nonce=NONCE)


def test_no_byte_can_be_changed_and_nobody_else_opens_it() -> None:
    payload = seal_text("hello", CONVERSATION, nonce=NONCE)
    rng = random.Random(1)
    for _ in range(200):
        place = rng.randrange(len(payload))
        changed = payload[:place] + rng.choice("ABCDEFGHijklmnop0123+/=\u00fc") + payload[place + 1 :]
        if changed != payload:
            with pytest.raises(MalformedError):
                open_text(changed, CONVERSATION)
    with pytest.raises(MalformedError, match="somebody else"):
        open_text(payload, bytes(31) + b"\1")
    assert len(seal_text("x" * SEALED_TEXT_BYTES_MAX, CONVERSATION, nonce=NONCE)) == 87_472
