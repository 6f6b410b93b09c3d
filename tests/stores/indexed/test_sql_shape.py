"""The view of all records."""

import sqlite3

import pytest

from peerset.documents.document import State
from peerset.stores.indexed.sql_shape import time_of
from peerset.testing.sample_documents import ANN, NOON, PLACES, document
from tests.stores.indexed.filled import Filled


@pytest.mark.parametrize(
    ("stamp", "text"),
    [
        (0, "1970-01-01 00:00:00.000000"),
        (1_792_195_200_482_113, "2026-10-17 00:00:00.482113"),
        (1_000_007, "1970-01-01 00:00:01.000007"),
        (2**53 - 1, "2255-06-05 23:47:34.740991"),
    ],
)
def test_times_are_what_people_read(db: sqlite3.Connection, stamp: int, text: str) -> None:
    assert db.execute(f"SELECT {time_of('?1')}", (stamp,)).fetchone() == (text,)


def test_records_are_those_that_readers_see(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    one, other = (document(ANN, stamp, {"title": "t"}) for stamp in (0, 7))
    filled.add([one, other])
    writer = filled.writer()
    writer.mark(filled.numbers(other), State.HIDDEN, is_set=True)
    writer.finish()
    rows = db.execute("SELECT id, author, stamp, kind FROM records").fetchall()
    assert rows == [(one.id.hex(), one.author.hex(), NOON * 1_000_000, 1078)]
