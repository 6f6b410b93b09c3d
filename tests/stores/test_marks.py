"""Which deletions name what."""

import tracemalloc

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_DELETION, Record, sign_record
from peerset.stores.marks import Marks
from tests.protocol.pair import ROOM, START, key

ONE, OTHER = bytes(31) + b"1", bytes(31) + b"2"
AUTHOR = key(1).public_key


def deletion(*names: bytes, author: int = 1, at: int = START) -> Record:
    tags = [["h", ROOM.tag.hex()], *(["e", name.hex()] for name in names)]
    return sign_record(key(author), created_at=UnixTime(at), kind=KIND_DELETION, tags=tags, content="")


def found(marks: Marks, name: bytes, author: PublicKey = AUTHOR) -> set[bytes]:
    return set(marks.of(name, author))


def test_deletions_are_found_by_what_they_name_and_their_author() -> None:
    marks = Marks()
    first, second, strange = deletion(ONE, OTHER), deletion(ONE, at=START + 1), deletion(ONE, author=2)
    for each in (first, first, second, second, strange):
        marks.add(each)
    assert found(marks, ONE) == {first.id, second.id}
    assert found(marks, OTHER) == {first.id}
    assert found(marks, ONE, strange.author) == {strange.id}
    assert found(marks, OTHER, strange.author) == set()
    assert marks.authors() == {AUTHOR, strange.author}


def test_what_is_let_go_of_leaves_nothing_behind() -> None:
    marks = Marks()
    deletions = [deletion(ONE, OTHER, at=START + number) for number in range(3)]
    for each in deletions:
        marks.add(each)
    marks.remove(deletions[0])
    assert found(marks, ONE) == {deletions[1].id, deletions[2].id}
    marks.remove(deletions[1])
    marks.remove(deletions[0])
    assert found(marks, ONE) == {deletions[2].id}
    marks.remove(deletions[2])
    marks.remove(deletions[2])
    assert len(marks) == 0
    assert marks.authors() == set()


def test_marks_that_are_let_go_of_leave_the_others_where_they_are() -> None:
    marks = Marks()
    deletions = [deletion(*(number.to_bytes(32, "big") for number in range(60)), at=START + each) for each in range(9)]
    for each in deletions:
        marks.add(each)
    for each in deletions[::2]:
        marks.remove(each)
    left = {each.id for each in deletions[1::2]}
    assert all(found(marks, number.to_bytes(32, "big")) == left for number in range(60))
    assert len(marks) == 60 * len(left)


def test_a_name_that_nobody_has_costs_a_few_bytes_and_no_object() -> None:
    marks = Marks()
    deletions = [deletion(*((60 * each + n).to_bytes(32, "big") for n in range(60))) for each in range(200)]
    tracemalloc.start()
    try:
        for each in deletions:
            marks.add(each)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(marks) == 12_000
    assert taken / len(marks) < 50
