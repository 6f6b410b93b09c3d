"""Names, keys and sealed texts agree with Trystero's own, byte by byte."""

import base64
import json
import random
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peerset.core.ciphers import seal_whole
from peerset.core.signal import RoomName
from peerset.errors import ConfigError, SignalingError
from peerset.signaling.sealing import Seal, info_hash_of, root_topic, sealing_key, self_topic

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "trystero.json").read_text("utf-8")
)
SEAL: Final = Seal(sealing_key(RoomName("app", "room"), "password"))
NONCE: Final = ",".join(["7"] * 16)


class ScriptedRandom(random.Random):
    """Draws the nonce of a vector."""

    def __init__(self, nonce: bytes) -> None:
        super().__init__()
        self._nonce = nonce

    def randbytes(self, n: int) -> bytes:
        assert n == len(self._nonce)
        return self._nonce


def room_of(vector: dict[str, str]) -> RoomName:
    return RoomName(vector["appId"], vector["roomId"])


@pytest.mark.parametrize("vector", VECTORS["topics"], ids=lambda vector: vector["root_topic"])
def test_topics_and_info_hashes_are_trysteros(vector: dict[str, str]) -> None:
    room = room_of(vector)
    assert root_topic(room) == vector["root_topic"]
    assert self_topic(room, vector["peer_id"]) == vector["self_topic"]
    assert info_hash_of(room) == vector["torrent_info_hash"]


@pytest.mark.parametrize("vector", VECTORS["keys"], ids=lambda vector: vector["key_hex"][:8])
def test_keys_are_trysteros(vector: dict[str, str]) -> None:
    assert sealing_key(room_of(vector), vector["password"]).hex() == vector["key_hex"]


@pytest.mark.parametrize("vector", VECTORS["encrypted"], ids=lambda vector: f"{vector['name']} {vector['key_hex'][:8]}")
def test_sealed_texts_are_trysteros(vector: dict[str, str]) -> None:
    seal = Seal(sealing_key(room_of(vector), vector["password"]))
    nonce = bytes(int(number) for number in vector["iv_text"].split(","))
    assert seal.seal(vector["plaintext"], ScriptedRandom(nonce)) == vector["wire"]
    assert seal.open(vector["wire"]) == vector["plaintext"]


@pytest.mark.parametrize("dialect", ["torrent_modern", "torrent_legacy"])
def test_what_pages_sealed_opens(dialect: str) -> None:
    captures = VECTORS["captures"]
    seal = Seal(sealing_key(room_of(captures), captures["password"]))
    capture = captures[dialect]
    assert seal.open(capture["offer_received"]["offer"]["sdp"]) == capture["offer_sdp_plaintext"]
    assert seal.open(capture["answer_received"]["answer"]["sdp"]) == capture["answer_sdp_plaintext"]


@given(text=st.text(), seed=st.integers())
def test_what_is_sealed_opens_again(text: str, seed: int) -> None:
    assert SEAL.open(SEAL.seal(text, random.Random(seed))) == text


def test_another_password_opens_nothing() -> None:
    other = Seal(sealing_key(RoomName("app", "room"), "Password"))
    assert other.open(SEAL.seal("v=0", random.Random(0))) is None


def test_a_password_that_is_no_text_is_refused() -> None:
    with pytest.raises(ConfigError, match="surrogates"):
        sealing_key(RoomName("app", "room"), "\ud800")


@pytest.mark.parametrize(
    ("sealed", "reason"),
    [
        ("", "nonce"),
        (NONCE, "nonce"),
        (NONCE.removesuffix(",7") + "$AAAA", "nonce"),
        (NONCE + ",7$AAAA", "nonce"),
        ("-1" + NONCE.removeprefix("7") + "$AAAA", "nonce"),
        ("256" + NONCE.removeprefix("7") + "$AAAA", "256"),
        ("\u0667" + NONCE.removeprefix("7") + "$AAAA", "nonce"),
        (NONCE + "$", "0 bytes"),
        (NONCE + "$A", "base64"),
        (NONCE + "$\u00fc", "base64"),
        (NONCE + "$AA AA", "base64"),
        (NONCE + "$" + base64.b64encode(bytes(15)).decode(), "15 bytes"),
    ],
)
def test_what_is_not_sealed_is_refused(sealed: str, reason: str) -> None:
    with pytest.raises(SignalingError, match=reason):
        SEAL.open(sealed)


def test_sealed_bytes_that_are_no_text_are_refused() -> None:
    ciphertext = seal_whole(SEAL._key, bytes([7] * 16), b"\xff")
    with pytest.raises(SignalingError, match="UTF-8"):
        SEAL.open(NONCE + "$" + base64.b64encode(ciphertext).decode())


@given(st.text())
@example("$")
def test_any_text_opens_or_is_refused(text: str) -> None:
    try:
        assert SEAL.open(text) is None
    except SignalingError:
        return
