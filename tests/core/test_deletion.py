"""What deletions name and cover."""

import hashlib
import runpy
from pathlib import Path
from typing import Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.deletion import (
    Mark,
    address_of,
    address_text,
    key_of,
    marks_of,
    names_deleted,
    newest_of,
    outline_of,
)
from peerset.core.record import Record, RecordId, sign_record
from tests.protocol.pair import START, key

VECTORS: Final = Path(__file__).parents[1] / "vectors"
AUTHOR = key(1).public_key


def test_the_vectors_are_what_their_script_writes() -> None:
    make = runpy.run_path(str(VECTORS / "make_deletions.py"))["make"]
    assert make() == (VECTORS / "deletions.json").read_text(encoding="utf-8")


def record_of_kind(kind: int, tags: list[list[str]], *, at: int = START, author: int = 1) -> Record:
    return sign_record(key(author), created_at=UnixTime(at), kind=kind, tags=tags, content="")


def test_an_address_names_author_kind_and_the_first_key() -> None:
    record = record_of_kind(30_078, [["d"], ["d", "a:b"], ["d", "other"]])
    assert key_of(record) == "a:b"
    assert address_of(record) == hashlib.sha256(f"30078:{AUTHOR.hex()}:a:b".encode()).digest()
    assert address_of(record_of_kind(30_078, [])) == address_of(record_of_kind(30_078, [["d", ""]]))
    assert address_of(record_of_kind(1_078, [["d", "a"]])) is None


def test_an_outline_is_found_by_its_id_and_its_address() -> None:
    keyed, plain = outline_of(record_of_kind(30_000, [["d", "x"], ["us", "7"]])), outline_of(record_of_kind(1, []))
    assert keyed.names == (keyed.id, keyed.address)
    assert keyed.microseconds == 7
    assert plain.names == (plain.id,)


def test_a_deletion_names_ids_of_anybody_and_addresses_of_its_own_author_each_once() -> None:
    own, foreign = address_text(30_078, AUTHOR, "x"), address_text(30_078, key(2).public_key, "x")
    tags = [["e", "ab" * 32], ["a", own], ["a", foreign], ["e", "ab" * 32], ["a", own], ["e", "cd" * 32]]
    address = hashlib.sha256(own.encode()).digest()
    assert names_deleted(record_of_kind(5, tags)) == (b"\xab" * 32, b"\xcd" * 32, address)
    assert names_deleted(record_of_kind(1, tags)) == ()


@pytest.mark.parametrize("kind", [0, 3, 10_000, 19_999])
def test_an_address_of_what_an_author_has_one_of_has_no_key(kind: int) -> None:
    record = record_of_kind(kind, [["d", "x"]])
    name = hashlib.sha256(f"{kind}:{AUTHOR.hex()}:".encode()).digest()
    assert (key_of(record), address_of(record)) == ("", name)
    assert names_deleted(record_of_kind(5, [["a", f"{kind}:{AUTHOR.hex()}:"]])) == (name,)
    (mark,) = marks_of([record_of_kind(5, [["a", f"{kind}:{AUTHOR.hex()}:"]])])
    covered = [mark.covers(outline_of(record_of_kind(kind, [], at=START + later))) for later in (-1, 0, 1)]
    assert covered == [True, True, False]


NO_KIND = [
    "1078",
    "20000",
    "40000",
    "030078",
    "+3007",
    "3007٨",
    "²0078",
    "",
    "3 078",
    "1",
    "00",
    "03",
    "9999",
    "100000",
]


@pytest.mark.parametrize("kind", NO_KIND)
def test_an_address_of_no_kind_with_versions_names_nothing(kind: str) -> None:
    assert names_deleted(record_of_kind(5, [["a", f"{kind}:{AUTHOR.hex()}:x"], ["a"], ["a", kind]])) == ()


def test_a_mark_covers_what_it_names_of_its_author_up_to_its_time() -> None:
    record = record_of_kind(30_078, [["d", "x"]])
    by_address = record_of_kind(5, [["a", address_text(30_078, AUTHOR, "x")]])
    (mark,) = marks_of([by_address])
    assert mark == Mark(outline_of(record).names[1], AUTHOR, START, by_address.id)
    assert mark.covers(outline_of(record))
    assert mark.covers(outline_of(record_of_kind(30_078, [["d", "x"]], at=START - 9)))
    assert not mark.covers(outline_of(record_of_kind(30_078, [["d", "x"]], at=START + 1)))
    assert not mark.covers(outline_of(record_of_kind(30_078, [["d", "y"]])))
    assert not mark.covers(outline_of(record_of_kind(30_078, [["d", "x"]], author=2)))


def test_the_newest_mark_counts_and_of_equal_ones_the_lowest_id() -> None:
    marks = [Mark(b"n", AUTHOR, UnixTime(at), RecordId(name)) for at, name in ((1, b"a"), (2, b"c"), (2, b"b"))]
    assert newest_of(marks) == marks[2]
    assert newest_of([]) is None
