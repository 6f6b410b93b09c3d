"""When records expire."""

import json
import runpy
from pathlib import Path
from typing import Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.expiration import expires_at
from peerset.core.record import Record, sign_record
from tests.protocol.pair import START, key

VECTORS: Final = Path(__file__).parents[1] / "vectors"


def test_the_vectors_are_what_their_script_writes_and_what_is_read() -> None:
    text = (VECTORS / "seen.json").read_text(encoding="utf-8")
    assert runpy.run_path(str(VECTORS / "make_seen.py"))["make"]() == text
    for row in json.loads(text)["expirations"]:
        assert expires_at(record_with(*row["tags"])) == row["at"]


def record_with(*tags: list[str], content: str = "") -> Record:
    return sign_record(key(1), created_at=UnixTime(START), kind=1, tags=tags, content=content)


@pytest.mark.parametrize("seconds", [0, 7, 1_792_195_200, 2**53 - 1])
def test_the_tag_says_the_second(seconds: int) -> None:
    assert expires_at(record_with(["t", "x"], ["expiration", str(seconds)])) == seconds


def test_the_first_tag_that_says_anything_counts() -> None:
    assert expires_at(record_with(["expiration"], ["expiration", "5", "6"], ["expiration", "7"])) == 5
    assert expires_at(record_with(["expiration", "soon"], ["expiration", "7"])) is None


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", "1e3", " 1", "٣", "²", str(2**53), "0" * 17, "soon"])
def test_all_else_says_nothing(text: str) -> None:
    assert expires_at(record_with(["expiration", text])) is None


def test_what_only_speaks_of_it_does_not_expire() -> None:
    assert expires_at(record_with(["t", "expiration"], content="expiration 5")) is None
