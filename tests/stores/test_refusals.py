"""Refused ids in a store's file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.clock import UnixTime
from peerset.stores.refusals import forget_refused, refuse, refused_under
from peerset.stores.schema import prepare

OURS, THEIRS = bytes(32), bytes(31) + b"\x01"
ONE, TWO = (10, b"1" * 32), (20, b"2" * 32)


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        yield db


def test_what_was_refused_is_given_under_the_same_rules_alone(db: sqlite3.Connection) -> None:
    assert refused_under(db, OURS) == []
    refuse(db, [TWO, ONE, TWO], OURS)
    assert (refused_under(db, OURS), refused_under(db, THEIRS)) == ([ONE, TWO], [])


def test_other_rules_begin_anew(db: sqlite3.Connection) -> None:
    refuse(db, [ONE], OURS)
    refuse(db, [TWO], THEIRS)
    assert (refused_under(db, OURS), refused_under(db, THEIRS)) == ([], [TWO])


@pytest.mark.parametrize(("before", "left"), [(-1, [ONE, TWO]), (10, [ONE, TWO]), (11, [TWO]), (2**70, [])])
def test_what_is_too_old_is_forgotten(db: sqlite3.Connection, before: int, left: list[tuple[int, bytes]]) -> None:
    refuse(db, [ONE, TWO], OURS)
    forget_refused(db, UnixTime(before))
    assert refused_under(db, OURS) == left
