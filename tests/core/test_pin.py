"""Pins: one form, read strictly."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.pin import checked_in, pin_content, pin_tags, pinned_in
from peerset.core.record import KIND_PIN, Record, record_of, sign_record
from peerset.errors import MalformedError

VECTORS: Final = Path(__file__).parents[1] / "vectors"
PINS: Final = json.loads((VECTORS / "pins.json").read_text(encoding="utf-8"))
KEY: Final = SecretKey(bytes([3]) * 32)


def of_size(size: int) -> Record:
    """Make a record whose wire form has so many bytes."""
    bare = len(sign("x" * 1_000).wire) - 1_000
    return sign("x" * (size - bare))


def sign(content: str, *, kind: int = 1078) -> Record:
    return sign_record(KEY, created_at=UnixTime(5), kind=kind, tags=[("h", PINS["room"])], content=content)


def test_the_vector_file_is_what_its_script_writes() -> None:
    made: str = runpy.run_path(str(VECTORS / "make_pins.py"))["make"]()

    assert made == (VECTORS / "pins.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("vector", PINS["pins"], ids=lambda vector: vector["name"])
def test_a_pin_holds_the_record_of_the_vector(vector: dict[str, Any]) -> None:
    pin, inside = record_of(vector["event"]), record_of(vector["inside"])

    assert checked_in(pin) == inside
    assert pinned_in(pin) == inside
    assert pin.content == pin_content(inside)
    assert pin.tags[1:] == tuple(pin_tags(inside))


@pytest.mark.parametrize("vector", PINS["refusals"], ids=lambda vector: vector["name"])
def test_what_holds_nothing_to_pin_is_refused_with_its_word(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as caught:
        checked_in(record_of(vector["event"]))

    assert str(caught.value) == vector["says"]


@pytest.mark.parametrize(("size", "is_pinned"), PINS["sizes"])
def test_the_limit_is_of_the_wire_form(size: int, *, is_pinned: bool) -> None:
    record = of_size(size)
    assert len(record.wire) == size
    if is_pinned:
        assert pin_content(record)
    else:
        with pytest.raises(MalformedError, match="at most 32768"):
            pin_content(record)


def test_the_largest_that_can_be_pinned_fits_into_a_pin() -> None:
    record = of_size(PINS["sizes"][0][0])
    tags = [("h", PINS["room"]), ("us", "999999"), *pin_tags(record)]
    pin = sign_record(KEY, created_at=UnixTime(6), kind=KIND_PIN, tags=tags, content=pin_content(record))

    assert checked_in(pin) == record
