"""Stamps: when records were written, to the microsecond, and the order of readers."""

import json
import random
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, record_of, sign_record
from peerset.core.stamp import MICROSECONDS, microseconds_of, newest_first, split_stamp, stamp_of

VECTORS: Final = Path(__file__).parents[1] / "vectors"
STAMPS: Final[dict[str, Any]] = json.loads((VECTORS / "stamps.json").read_text(encoding="utf-8"))


def record_at(created_at: int, tags: list[list[str]]) -> Record:
    key = SecretKey(bytes(31) + b"\1")
    return sign_record(key, created_at=UnixTime(created_at), kind=1_078, tags=tags, content="")


def test_the_vectors_are_what_their_script_writes() -> None:
    make = runpy.run_path(str(VECTORS / "make_stamps.py"))["make"]
    assert make() == (VECTORS / "stamps.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", STAMPS["records"], ids=lambda row: str(row["tags"]))
def test_the_first_tag_us_gives_the_microseconds_and_nonsense_counts_as_none(row: dict[str, Any]) -> None:
    assert microseconds_of(record_at(1, row["tags"])) == row["microseconds"]
    assert stamp_of(record_at(3, row["tags"])) == 3 * MICROSECONDS + row["microseconds"]


def test_readers_see_the_newest_first_and_of_equal_stamps_the_lowest_id() -> None:
    expected = [record_of(event) for event in STAMPS["order"]]
    shuffled = random.Random(1).sample(expected, len(expected))
    assert sorted(shuffled, key=newest_first) == expected


@pytest.mark.parametrize("stamp", [0, 1, 999_999, 1_000_000, 1_790_000_000_000_001, 2**53])
def test_a_stamp_is_said_by_a_time_and_a_tag_and_read_again(stamp: int) -> None:
    created_at, tags = split_stamp(stamp)
    assert stamp_of(record_at(created_at, [list(tag) for tag in tags])) == stamp
    assert (tags == ()) == (stamp % MICROSECONDS == 0)
