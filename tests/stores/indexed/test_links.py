"""What documents follow, and heads; more in `check_documents`."""

import sqlite3

from peerset.stores.indexed.links import heads, links_of, parents_of
from peerset.testing.sample_documents import ANN, PLACES, document
from tests.stores.indexed.filled import Filled


def test_heads_are_found_without_reading_what_is_followed(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    log = [document(ANN, 0, {"title": "0"})]
    for number in range(1, 1_500):
        log.append(document(ANN, number, {"title": str(number)}, follows=[log[-1]]))
    filled.add(log[::-1][:700])
    filled.add(log[::-1][700:])
    table = filled.catalog.tables["places"]
    filled.catalog.refresh(db)
    table = filled.catalog.tables["places"]
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    db.set_progress_handler(count, 100)
    assert [record_id for record_id, _ in heads(db, table, 16)] == [log[-1].id]
    db.set_progress_handler(None, 0)
    assert steps < 20
    (number,) = filled.numbers(log[5])
    assert parents_of(db, [number]) == {*filled.numbers(log[4])}
    assert [link.child for link in links_of(db, [log[4].id], of_parents=True)] == [log[5].id]


def test_heads_of_one_moment_come_by_their_ids(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    records = [document(ANN, 0, {"title": str(number)}) for number in range(9)]
    filled.add(records)
    found = [record_id for record_id, _ in heads(db, filled.catalog.tables["places"], 4)]
    assert found == sorted(each.id for each in records)[:4]
