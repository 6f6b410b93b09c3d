"""Sealed keys: the official vector of NIP-49, and texts made to harm."""

import hashlib
from typing import Final

import pytest
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from peerset.core import bech32
from peerset.core.keys import SecretKey
from peerset.core.nip49 import seal_key, unseal_key
from peerset.errors import ConfigError

OFFICIAL: Final = (
    "ncryptsec1qgg9947rlpvqu76pj5ecreduf9jxhselq2nae2kghhvd5g7dgjtcxfqtd67p9m0w57lspw8gsq6yphnm8623nsl8xn9j4jdzz84zm3f"
    "rztj3z7s35vpzmqf6ksu8r89qk5z2zxfmu5gv8th8wclt0h4p"
)
OFFICIAL_SECRET: Final = "3501454135014541350145413501453fefb02227e449e57cf4d3a3ce05378683"
KEY: Final = SecretKey(bytes([1]) * 32)
SALT: Final = bytes(range(16))
NONCE: Final = bytes(range(24))


def seal(passphrase: str) -> str:
    return seal_key(KEY, passphrase, salt=SALT, nonce=NONCE, log_n=1)


def payload(text: str) -> bytearray:
    return bytearray(bech32.decode("ncryptsec", text, size=91))


def test_the_official_text_opens_with_its_passphrase() -> None:
    assert unseal_key(OFFICIAL, "nostr").secret.hex() == OFFICIAL_SECRET


def test_a_key_is_sealed_as_the_official_text_is_but_for_the_note_on_its_past() -> None:
    official = payload(OFFICIAL)
    official[42] = 2

    sealed = seal_key(
        SecretKey(bytes.fromhex(OFFICIAL_SECRET)),
        "nostr",
        salt=bytes(official[2:18]),
        nonce=bytes(official[18:42]),
        log_n=official[1],
    )

    # The note is authenticated, so only the last 16 bytes differ.
    assert payload(sealed)[:-16] == official[:-16]
    assert unseal_key(sealed, "nostr").secret.hex() == OFFICIAL_SECRET


def test_a_sealed_key_opens_with_its_passphrase_only() -> None:
    assert unseal_key(seal("secret"), "secret") == KEY
    with pytest.raises(ConfigError, match="wrong passphrase"):
        unseal_key(seal("secret"), "Secret")


def test_a_passphrase_is_the_same_in_every_unicode_form() -> None:
    # The example of NIP-49.
    sealed = seal("\u212b\u2126\u1e9b\u0323")

    assert unseal_key(sealed, "\u00c5\u03a9\u1e69") == KEY


@pytest.mark.parametrize("log_n", [0, 19, 22, 63, 255])
def test_a_text_that_asks_for_too_much_memory_is_refused_before_any_is_taken(log_n: int) -> None:
    data = payload(OFFICIAL)
    data[1] = log_n

    with pytest.raises(ConfigError, match="rounds of scrypt"):
        unseal_key(bech32.encode("ncryptsec", bytes(data)), "nostr")


@pytest.mark.parametrize("place", [2, 17, 18, 41, 42, 43, 74, 75, 90])
def test_every_part_of_the_text_is_authenticated(place: int) -> None:
    data = payload(seal("secret"))
    data[place] ^= 1

    with pytest.raises(ConfigError, match="damaged"):
        unseal_key(bech32.encode("ncryptsec", bytes(data)), "secret")


def test_another_version_is_refused() -> None:
    data = payload(OFFICIAL)
    data[0] = 1

    with pytest.raises(ConfigError, match="version 1"):
        unseal_key(bech32.encode("ncryptsec", bytes(data)), "nostr")


def test_a_sealed_zero_is_no_key() -> None:
    sealing_key = hashlib.scrypt(b"secret", salt=SALT, n=2, r=8, p=1, dklen=32)
    ciphertext = crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(32), b"\x02", NONCE, sealing_key)

    with pytest.raises(ConfigError, match="zero"):
        unseal_key(bech32.encode("ncryptsec", b"\x02\x01" + SALT + NONCE + b"\x02" + ciphertext), "secret")


@pytest.mark.parametrize("text", ["", "nsec1qqqq", OFFICIAL[:-1], OFFICIAL[:-1] + "q", OFFICIAL + "q"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        unseal_key(text, "nostr")


@pytest.mark.parametrize("passphrase", ["", "my secret \ud800"])
def test_an_empty_or_broken_passphrase_is_refused_and_not_repeated(passphrase: str) -> None:
    with pytest.raises(ConfigError, match="empty or has a lone surrogate") as caught:
        seal(passphrase)

    assert "my secret" not in repr(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("salt", "nonce"), [(bytes(15), NONCE), (SALT, bytes(12))])
def test_salt_and_nonce_have_their_sizes(salt: bytes, nonce: bytes) -> None:
    with pytest.raises(ConfigError, match="salt must be 16 bytes"):
        seal_key(KEY, "secret", salt=salt, nonce=nonce)
