import json
import runpy
from pathlib import Path
from typing import Final

import pytest

from peerset.core.keys import PublicKey, SecretKey
from peerset.core.sealed import SALT_BYTES, seal, unseal
from peerset.errors import LocalProtocolError

VECTORS: Final = Path(__file__).parents[1] / "vectors"
CASES: Final = json.loads((VECTORS / "sealed.json").read_text("utf-8"))["sealed"]
SOURCE, TO, OTHER = (SecretKey(bytes([number]) * 32) for number in (1, 2, 3))
SALT, CONTEXT = bytes(SALT_BYTES), b"lobby"


def sealed(text: bytes = b"an offer") -> bytes:
    return seal(text, SOURCE, TO.public_key, context=CONTEXT, salt=SALT)


def test_the_vectors_are_what_their_script_writes() -> None:
    assert runpy.run_path(str(VECTORS / "make_sealed.py"))["make"]() == (VECTORS / "sealed.json").read_text("utf-8")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_vector_is_opened_by_whom_it_is_for(case: dict[str, str]) -> None:
    data = {name: bytes.fromhex(value) for name, value in case.items() if name != "name"}
    source, to = SecretKey(data["from"]), SecretKey(data["to"])
    assert unseal(data["sealed"], to, context=data["context"]) == (source.public_key, data["text"])


def test_nobody_else_opens_it_not_even_who_passes_it_on() -> None:
    assert unseal(sealed(), TO, context=CONTEXT) == (SOURCE.public_key, b"an offer")
    assert unseal(sealed(), OTHER, context=CONTEXT) is None


def test_what_was_sealed_for_one_pair_of_ids_is_not_opened_for_another() -> None:
    assert unseal(sealed(), TO, context=b"attic") is None


def test_nobody_seals_in_the_name_of_another() -> None:
    assert unseal(OTHER.public_key + sealed()[32:], TO, context=CONTEXT) is None


@pytest.mark.parametrize("place", [0, 32, 48, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    data = bytearray(sealed())
    data[place] ^= 1
    assert unseal(bytes(data), TO, context=CONTEXT) is None


@pytest.mark.parametrize("size", [0, 31, 32, 47, 48, 63])
def test_what_is_too_short_is_not_opened(size: int) -> None:
    assert unseal(sealed()[:size], TO, context=CONTEXT) is None


def test_a_key_that_is_no_point_and_a_short_salt_are_bugs_of_ours() -> None:
    with pytest.raises(LocalProtocolError, match="ffff"):
        seal(b"", SOURCE, PublicKey(b"\xff" * 32), context=CONTEXT, salt=SALT)
    with pytest.raises(LocalProtocolError, match="15 bytes"):
        seal(b"", SOURCE, TO.public_key, context=CONTEXT, salt=SALT[1:])
