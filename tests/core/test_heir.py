"""Successions: what their tokens say, and for whom records speak that carry them."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.grant import spoken_for
from peerset.core.heir import HEIRS_CACHED, known_succession, read_succession, sign_succession
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.record import record_of
from peerset.errors import MalformedError

FOLDER: Final = Path(__file__).parents[1] / "vectors"
VECTORS: Final = json.loads((FOLDER / "heirs.json").read_text("utf-8"))
OLD, HEIR = SecretKey(bytes([1]) * 32), SecretKey(bytes([2]) * 32)


def test_the_vectors_are_what_their_script_writes() -> None:
    assert runpy.run_path(str(FOLDER / "make_heirs.py"))["make"]() == (FOLDER / "heirs.json").read_text("utf-8")


@pytest.mark.parametrize("case", VECTORS["successions"], ids=lambda case: str(case["since"]))
def test_an_heir_is_named_and_read_as_in_the_vectors(case: dict[str, Any]) -> None:
    key, heir = SecretKey(bytes.fromhex(case["secret_key"])), PublicKey(bytes.fromhex(case["heir"]))
    said = sign_succession(key, heir, since=case["since"])
    assert (said.text, read_succession(case["token"]), said.is_genuine) == (case["token"], said, True)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_a_record_speaks_for_whoever_the_chain_of_heirs_began_with(case: dict[str, Any]) -> None:
    assert spoken_for(record_of(case["event"])).hex() == case["speaks_for"]


@pytest.mark.parametrize("case", VECTORS["refusals"], ids=lambda case: case["name"])
def test_what_is_no_token_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(MalformedError):
        read_succession(case["text"])
    assert known_succession(case["text"]) is None


def test_a_megabyte_is_refused_by_its_length_and_nobody_is_its_own_heir() -> None:
    with pytest.raises(MalformedError, match="has 187 characters"):
        read_succession("heir1" + "A" * 2**20)
    for heir, since in ((OLD, 0), (HEIR, -1), (HEIR, 2**53)):
        with pytest.raises(MalformedError):
            sign_succession(OLD, heir.public_key, since=UnixTime(since))


def test_of_many_tokens_the_newest_are_remembered() -> None:
    known_succession.cache_clear()
    for number in range(HEIRS_CACHED + 5):
        known_succession(str(number))
    assert known_succession.cache_info().currsize == HEIRS_CACHED
