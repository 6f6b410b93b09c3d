"""What is left of purged documents, in the file."""

import sqlite3

from peerset.documents.document import State
from peerset.documents.plan import plan
from peerset.stores.indexed import remains
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.selection import number_array
from peerset.testing.sample_documents import ANN, NOON, PLACES, WIKI, document
from tests.stores.indexed.filled import Filled


def test_it_is_kept_whether_or_not_its_collection_is_known_and_goes_with_the_record(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    place = document(ANN, 1, {"title": 5}, key="k")
    page = document(ANN, 2, {"text": "secret"}, key="k", collection=WIKI, follows=[place])
    filled.add([place, page])
    remains.keep(db, number_array([1, 2, 3]), filled.catalog.tables.values(), opening=Catalog().open)
    rows = db.execute("SELECT number, name, key, own, parents FROM remains").fetchall()
    assert rows == [(1, "places", "k", int(State.MISFIT), b""), (2, "wiki", "k", 0, place.id)]
    assert b"secret" not in b"".join(str(row).encode() for row in db.execute("SELECT * FROM remains"))
    remains.forget(db, number_array([2]))
    assert db.execute("SELECT number FROM remains").fetchall() == [(1,)]


def test_it_stands_in_a_table_that_is_made_later(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add([document(ANN, 2, {"text": "x"}, key="k", collection=WIKI)])
    remains.keep(db, number_array([1]), [], opening=Catalog().open)
    filled = Filled(db, [WIKI])
    (left,) = db.execute(f"SELECT key, own FROM {filled.search(plan(WIKI, now=NOON)).table.docs}").fetchall()
    assert left == ("k", 0)
    assert remains.left_for(db, filled.search(plan(WIKI, now=NOON)).table) == []


def test_a_damaged_record_leaves_nothing(db: sqlite3.Connection) -> None:
    Filled(db, [PLACES]).add([document(ANN, 1, {"title": "x"})])
    db.execute("UPDATE record SET wire = x'01'")
    remains.keep(db, number_array([1]), [], opening=Catalog().open)
    assert db.execute("SELECT * FROM remains").fetchall() == []
