"""Rows in order, read no further than they are taken; more in `test_store`."""

import sqlite3
from itertools import islice

from peerset.core.clock import DAY_SECONDS
from peerset.core.record import Record
from peerset.documents.plan import plan
from peerset.stores.indexed.streams import all_numbers, rows_of_search, spans_of
from peerset.testing.sample_documents import ANN, NOON, PLACES, document
from tests.stores.indexed.filled import Filled


def filled_with(db: sqlite3.Connection, count: int) -> tuple[Filled, list[Record]]:
    step = 12 * DAY_SECONDS * 1_000_000 // count
    records = [document(ANN, at * step, {"title": "x", "stars": at * 7 % count}) for at in range(count)]
    filled = Filled(db, [PLACES])
    filled.add(records)
    return filled, records


def test_a_page_in_order_reads_little_more_than_itself(db: sqlite3.Connection) -> None:
    filled, records = filled_with(db, 3_000)
    for order in ("-stars", "-time", "time"):
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1

        search = filled.search(plan(PLACES, order=order, now=NOON))
        db.set_progress_handler(count, 100)
        found = list(islice(rows_of_search(db, search), 20))
        db.set_progress_handler(None, 0)
        assert len(found) == 20
        assert steps < 40, order
    assert len(list(all_numbers(db, search))) == len(records)


def test_only_the_spans_of_the_time_asked_for_are_looked_at(db: sqlite3.Connection) -> None:
    filled, _ = filled_with(db, 100)
    table = filled.catalog.tables["places"]
    everything = spans_of(db, table, (), None)
    assert everything == sorted(everything, reverse=True)
    assert len(everything) >= 3
    late = plan(PLACES, {"time": {"gte": NOON + 11 * DAY_SECONDS}}, now=NOON).where
    assert spans_of(db, table, late, None) == everything[:1]
    early = plan(PLACES, {"time": {"lt": NOON}}, now=NOON).where
    assert spans_of(db, table, early, None) in ([], everything[-1:])
    assert len(spans_of(db, table, (), NOON * 1_000_000)) == 1
