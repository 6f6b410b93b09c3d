"""Keys and signatures: the official BIP-340 vectors, and what coincurve itself does not check."""

import copy
import json
import pickle
import random
from pathlib import Path
from typing import Any, Final

import pytest
from coincurve import PublicKeyXOnly

from peerset.core.keys import PublicKey, SecretKey, is_public_key, verify
from peerset.errors import ConfigError

BIP340: Final = json.loads((Path(__file__).parents[1] / "vectors" / "bip340.json").read_text(encoding="utf-8"))[
    "vectors"
]
KEY: Final = SecretKey(bytes([1]) * 32)
MESSAGE: Final = bytes(range(32))

vectors = pytest.mark.parametrize("vector", BIP340, ids=lambda vector: str(vector["index"]))


def parts(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(vector[name]) for name in names]


def test_all_official_vectors_are_here() -> None:
    assert [vector["index"] for vector in BIP340] == list(range(19))


@vectors
def test_verifying_agrees_with_bip_340(vector: dict[str, Any]) -> None:
    public_key, message, signature = parts(vector, "public_key", "message", "signature")

    # The last four rows sign messages of other sizes, which we never do.
    assert verify(PublicKey(public_key), message, signature) == (vector["is_valid"] and len(message) == 32)


@vectors
def test_coincurve_agrees_with_bip_340_on_messages_of_every_size(vector: dict[str, Any]) -> None:
    public_key, message, signature = parts(vector, "public_key", "message", "signature")

    if is_public_key(public_key):
        assert PublicKeyXOnly(public_key).verify(signature, message) == vector["is_valid"]
    else:
        assert not vector["is_valid"]


@vectors
def test_signing_agrees_with_bip_340(vector: dict[str, Any]) -> None:
    if not vector["secret_key"]:
        return
    secret, public_key, message, aux, signature = parts(
        vector, "secret_key", "public_key", "message", "aux", "signature"
    )
    key = SecretKey(secret)

    assert key.public_key == public_key
    if len(message) == 32:
        assert key.sign(message, aux) == signature


@pytest.mark.parametrize("size", [0, 1, 31, 33, 36, 64])
def test_a_public_key_of_another_size_never_reaches_coincurve(size: int) -> None:
    public_key = PublicKey((KEY.public_key * 2)[:size])

    assert not is_public_key(public_key)
    assert not verify(public_key, MESSAGE, KEY.sign(MESSAGE))


@pytest.mark.parametrize("size", [0, 63, 65, 128])
def test_a_signature_of_another_size_is_not_valid(size: int) -> None:
    assert not verify(KEY.public_key, MESSAGE, (KEY.sign(MESSAGE) * 2)[:size])


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33), bytes(32), b"\xff" * 32])
def test_a_secret_of_another_size_or_range_is_refused(secret: bytes) -> None:
    with pytest.raises(ConfigError):
        SecretKey(secret)


@pytest.mark.parametrize(
    ("message", "aux"), [(b"", bytes(32)), (bytes(33), bytes(32)), (MESSAGE, b""), (MESSAGE, b"1")]
)
def test_only_32_bytes_are_signed_with_32_bytes_of_randomness(message: bytes, aux: bytes) -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        KEY.sign(message, aux)


def test_the_same_seed_draws_the_same_key() -> None:
    assert SecretKey.generate(random.Random(1)) == SecretKey.generate(random.Random(1))
    assert SecretKey.generate(random.Random(1)) != SecretKey.generate(random.Random(2))


def test_a_secret_is_not_shown() -> None:
    shown = [repr(KEY), str(KEY), f"{KEY}", repr([KEY])]

    assert all(text not in "".join(shown) for text in ("\\x01", KEY.secret.hex(), KEY.to_nsec(), repr(KEY.secret)))


def test_a_key_that_was_copied_still_signs() -> None:
    for copied in (copy.copy(KEY), copy.deepcopy(KEY), pickle.loads(pickle.dumps(KEY))):
        assert copied == KEY
        assert hash(copied) == hash(KEY)
        assert copied.sign(MESSAGE) == KEY.sign(MESSAGE)
