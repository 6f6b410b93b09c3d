"""What is written beside records; more in `check_documents`."""

import sqlite3

from peerset.core.record import Record
from peerset.documents.plan import plan
from peerset.stores.indexed.writing import number_rows
from peerset.testing.sample_documents import ANN, NOON, PLACES, WIKI, deletion, document, sample_places
from tests.stores.indexed.filled import Filled

TABLES = ("doc_1", "item_1", "doc_2", "link", "expiry", "part", "standing", "listing")


def sizes(db: sqlite3.Connection) -> dict[str, int]:
    return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}


def everything() -> list[Record]:
    records = [*sample_places(), document(ANN, 1, {"text": "x"}, collection=WIKI, key="k", expires_at=NOON + 5)]
    return [*records, document(ANN, 2, {"title": "x", "tags": ["a", 1, True, "a"]}, follows=records, batch="0a" * 16)]


def test_nothing_is_left_of_what_is_removed_even_without_its_collections(db: sqlite3.Connection) -> None:
    filled, records = Filled(db, [PLACES, WIKI]), everything()
    filled.add(records)
    assert all(count for name, count in sizes(db).items() if name != "listing")
    filled.catalog.definitions = {}
    filled.catalog.forget()
    filled.add([], records)
    assert sizes(db) == dict.fromkeys(TABLES, 0)


def test_what_is_purged_leaves_no_value(db: sqlite3.Connection) -> None:
    filled, records = Filled(db, [PLACES, WIKI]), everything()
    filled.add(records)
    filled.purge(*records)
    assert sizes(db)["item_1"] == 0
    assert db.execute("SELECT count(*) FROM doc_1 WHERE f0 IS NOT NULL").fetchone() == (0,)
    assert filled.find(plan(PLACES, now=NOON)) == []


def test_records_that_are_no_documents_cost_no_row(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add([deletion(ANN, each) for each in sample_places()])
    assert db.execute("SELECT (SELECT count(*) FROM doc_1) + (SELECT count(*) FROM standing)").fetchone() == (0,)


def test_ids_are_found_where_they_are(db: sqlite3.Connection) -> None:
    filled, records = Filled(db, [PLACES]), sample_places()
    filled.add(records)
    assert number_rows(db, [records[3].id, records[1].id, deletion(ANN, records[0]).id]) in ([4, 2], [2, 4])
