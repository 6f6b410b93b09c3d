"""Answers of a collection's tables; more in `check_documents`."""

import sqlite3

from peerset.documents.plan import Slot, plan
from peerset.stores.indexed.advice import explain
from peerset.stores.indexed.answers import count, find, ids_of, misfits, versions
from peerset.stores.indexed.tally import Tally
from peerset.testing.sample_documents import ANN, NOON, PLACES, document, sample_places
from tests.stores.indexed.filled import Filled, decode


def test_tests_on_documents_go_on_until_the_page_is_full(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    records = [document(ANN, at, {"title": "x", "tags": ["a"] * (at % 50 == 0)}) for at in range(1_000)]
    filled.add(records)
    search = filled.search(plan(PLACES, {"tags": ["a"]}, limit=15, now=NOON))
    assert find(db, search, decode, Tally()) == [each for each in records[::-1] if '["a"]' in each.content][:15]
    assert count(db, search, decode) == 20


def test_it_says_which_index_to_declare(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add(sample_places())
    told = explain(db, filled.search(plan(PLACES, {"owner.name": "x"}, now=NOON)))
    assert told.advice == "indexes=['owner.name']"
    told = explain(db, filled.search(plan(PLACES, {"city": "Berlin"}, now=NOON)))
    assert (told.index, told.advice) == (("city", "-time"), "")


def test_versions_and_misfits_and_ids(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    bad, good = document(ANN, 1, {}, key="k"), document(ANN, 2, {"title": "x"}, key="k")
    filled.add([bad, good])
    table = filled.catalog.tables["places"]
    assert [each.id for each in versions(db, table, Slot("k", None))] == [good.id, bad.id]
    assert misfits(db, table, decode) == [bad]
    assert ids_of(db, filled.numbers(good)) == [good.id]
