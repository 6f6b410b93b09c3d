"""Queries that read much to give little are told of once, with the index to declare."""

import logging
import sqlite3
from typing import Any

import pytest

from peerset.core.record import Record
from peerset.documents.definition import define
from peerset.documents.plan import plan
from peerset.stores.indexed import answers
from peerset.stores.indexed.slow import ROWS_MANY, SlowQueries
from peerset.testing.sample_documents import ANN, NOON, PLACES_SCHEMA, document
from tests.stores.indexed.filled import Filled, decode

CITIES = define("places", PLACES_SCHEMA, indexes=["city"])
COUNT = ROWS_MANY + 500


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """More than are read unseen; some conditions hold of few, some of many."""
    return [
        document(ANN, at, {"title": f"t{at % 3_000}", "city": f"c{at % 2}", "open": at % 2 == 0}, collection=CITIES)
        for at in range(COUNT)
    ]


class Asker:
    def __init__(self, filled: Filled) -> None:
        self.filled, self.slow = filled, SlowQueries()

    def find(self, where: Any, order: str = "-time", limit: int = 20) -> int:
        search = self.filled.search(plan(CITIES, where, order=order, limit=limit, now=NOON))
        db = self.filled.db
        return len(self.slow.watch(db, search, lambda tally: answers.find(db, search, decode, tally), len))

    def count(self, where: Any) -> int:
        search = self.filled.search(plan(CITIES, where, now=NOON))
        db = self.filled.db
        return self.slow.watch(db, search, lambda _: answers.count(db, search, decode), int)


def test_it_is_said_once_for_each_kind(
    db: sqlite3.Connection, records: list[Record], caplog: pytest.LogCaptureFixture
) -> None:
    filled = Filled(db, [CITIES])
    filled.add(records)
    asker = Asker(filled)
    with caplog.at_level(logging.WARNING, "peerset.stores.indexed.slow"):
        assert asker.find({"title": "t7"}) == 4
        assert asker.find({"title": "t8"}) == 4
        assert asker.count({"title": "t8"}) == 4
        assert asker.find({"tags": ["nothing"]}) == 0
        # Common, by an index, or all that was read:
        assert asker.find({"open": True}) == 20
        assert asker.find({"city": "c1"}, limit=1_000) == 1_000
        assert asker.count({"city": "c1"}) == COUNT // 2
        assert asker.count({"open": True}) == COUNT // 2
        assert asker.count({}) == COUNT
    assert [record.getMessage() for record in caplog.records] == [
        f"a query of 'places' (title eq, by -time) read {COUNT} rows to give 4: declare indexes=['title']",
        f"a query of 'places' (tags eq, by -time) read {COUNT} rows to give 0: no index would help",
    ]


def test_nothing_is_said_of_few_rows(
    db: sqlite3.Connection, records: list[Record], caplog: pytest.LogCaptureFixture
) -> None:
    filled = Filled(db, [CITIES])
    filled.add(records[: ROWS_MANY - 1])
    assert Asker(filled).find({"title": "t7"}) == 4
    assert caplog.records == []
