"""Pages as one statement, of more documents than are walked at once; more in `check_queries`."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from peerset.core.action import Json
from peerset.core.record import Record
from peerset.documents.document import row_of, seat_of
from peerset.documents.plan import plan
from peerset.stores.finding import Document, matching, page
from peerset.stores.indexed.pages import WALKED, WALKED_SHARE, page_of
from peerset.stores.indexed.tally import Tally
from peerset.stores.schema import prepare
from peerset.testing.sample_documents import ANN, BOB, NOON, PLACES, SPAN_SECONDS, document
from tests.stores.indexed.filled import Filled

COUNT = WALKED * WALKED_SHARE + 500
WHERES: tuple[Any, ...] = (
    {},
    {"city": "c1"},
    {"open": True},
    {"owner.name": "rare"},
    {"owner.name": "rarest"},
    {"owner.name": "old"},
    {"city": "c2", "owner.name": "rare"},
    {"stars": {"gte": 9}},
    {"stars": {"gte": 1}, "open": True},
    {"stars": {"in": [3, 5]}},
    {"author": BOB.public_key.hex()},
    {"any": [{"city": "c1"}, {"owner.name": "rare"}]},
    {"key": {"in": ["k3", "k70", "nothing"]}},
    {"stars": "none"},
)
ORDERS: tuple[Any, ...] = ("-time", "time", "-stars", ("stars", "time"), ("city", "-stars"), "title", ("-open", "key"))


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Many of one moment, and of few values, so that ids decide; some conditions hold of hardly any."""
    rng, found = random.Random(1), []
    for number in range(COUNT):
        name = "rarest" if number == COUNT // 2 else "rare" if number % 400 == 0 else "old" if number < 30 else "x"
        value: dict[str, Json] = {
            "title": f"t{rng.randrange(5)}",
            "city": f"c{rng.randrange(4)}",
            "owner": {"name": name},
            "n": number,
        }
        if rng.random() < 0.9:
            value |= {"stars": rng.randrange(10), "open": rng.random() < 0.5}
        key = f"k{number}" if number % 10 == 0 else None
        author = BOB if number % 300 == 0 else ANN
        stamp = number // 7 * SPAN_SECONDS * 1_000_000 * 21 // COUNT
        found.append(document(author, stamp, value, key=key))
    return found


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> Iterator[Filled]:
    """All of them in one file, which is only read."""
    path = tmp_path_factory.mktemp("pages") / "room.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        filled = Filled(db, [PLACES])
        filled.add(records)
        yield filled


@pytest.fixture(scope="module")
def matches(records: list[Record]) -> list[tuple[Any, list[Document]]]:
    """What each of the conditions holds of, whatever the order."""
    rows = [(record, row_of(PLACES, record)) for record in records]
    documents: list[Document] = [(record, row) for record, row in rows if row is not None]
    return [(where, matching(documents, plan(PLACES, where, now=NOON), ())) for where in WHERES]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_are_those_of_all_documents_in_order(
    filled: Filled, matches: list[tuple[Any, list[Document]]], order: Any
) -> None:
    for where, documents in matches:
        asked = plan(PLACES, where, order=order, limit=20, now=NOON)
        wanted = page(documents, replace(asked, limit=COUNT))
        by_id = {record.id: (record, row) for record, row in documents}
        for start in (0, 1, len(wanted) // 2, len(wanted) - 3, len(wanted)):
            if 0 <= start <= len(wanted):
                seat = None if start == 0 else seat_of(asked.order, *by_id[wanted[start - 1].id])
                found = page_of(filled.db, filled.search(replace(asked, after=seat)), Tally())
                assert [record_id for record_id, _ in found] == [each.id for each in wanted[start : start + 20]], where
    assert page_of(filled.db, filled.search(plan(PLACES, limit=0, now=NOON)), Tally()) == []


def steps_of(filled: Filled, where: Any, order: Any) -> int:
    steps, db = 0, filled.db

    def count() -> None:
        nonlocal steps
        steps += 1

    db.set_progress_handler(count, 1_000)
    try:
        assert page_of(db, filled.search(plan(PLACES, where, order=order, limit=20, now=NOON)), Tally())
    finally:
        db.set_progress_handler(None, 0)
    return steps


def test_what_is_found_by_an_index_or_is_common_costs_no_more_than_a_page(filled: Filled) -> None:
    for where, order in (({}, "-time"), ({}, "-stars"), ({"city": "c1"}, "-time"), ({"open": True}, "-stars")):
        assert steps_of(filled, where, order) < 25, (where, order)
    # What is rare is looked for in the whole table once, not row by row along an index.
    assert 30 < steps_of(filled, {"owner.name": "rarest"}, "-time") < 150
