"""The index that a query is told to declare is the one that the file then uses."""

import sqlite3
from ast import literal_eval
from typing import Any

import pytest

from peerset.core.record import Record
from peerset.documents.definition import Definition, define
from peerset.documents.plan import Plan, plan
from peerset.stores.indexed import pages
from peerset.stores.indexed.advice import FEW_ROWS, explain
from peerset.testing.sample_documents import ANN, NOON, PLACES_SCHEMA, document
from tests.stores.indexed.filled import Filled

COUNT = 2 * FEW_ROWS
QUERIES: list[tuple[Any, Any, str]] = [
    ({"title": "t3"}, "-time", "indexes=['title']"),
    ({}, "-stars", "indexes=['-stars']"),
    ({}, ("city", "-stars"), "indexes=[('city', '-stars')]"),
    ({"stars": {"gte": 3}}, "-time", "indexes=['stars']"),
    ({"stars": {"gte": 3}}, "-stars", "indexes=['-stars']"),
    ({"city": "c1"}, "-stars", "indexes=[('city', '-stars')]"),
    ({"city": "c1", "stars": {"lt": 7}}, "-time", "indexes=[('city', 'stars')]"),
    ({"city": "c1", "open": True}, ("title", "time"), "indexes=[('city', 'open', 'title')]"),
    ({"city": {"in": ["c1", "c2"]}}, "-time", "indexes=['city']"),
    ({"city": {"prefix": "c"}, "owner.name": "x"}, "city", "indexes=[('owner.name', 'city')]"),
    ({"author": ANN.public_key.hex()}, "-time", "indexes=['author']"),
    ({"time": {"gte": NOON}, "city": "c1"}, "-time", "indexes=['city']"),
]
IDLE: list[tuple[Any, Any]] = [
    ({}, "-time"),
    ({}, "time"),
    ({"key": "k"}, "-time"),
    ({"key": {"prefix": "k"}}, "key"),
    ({"time": {"gte": NOON}}, "-time"),
    ({"city": {"ne": "c1"}}, "-time"),
    ({"owner": {"name": "x"}}, "-time"),
    ({"any": [{"city": "c1"}, {"stars": 3}]}, "-time"),
]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return [
        document(
            ANN,
            at,
            {
                "title": f"t{at % 40}",
                "city": f"c{at % 2}",
                "stars": at % 10,
                "open": at % 3 == 0,
                "owner": {"name": "x" if at % 2 else "y"},
            },
        )
        for at in range(COUNT)
    ]


def asked_of(definition: Definition, where: Any, order: Any) -> Plan:
    return plan(definition, where, order=order, limit=20, now=NOON)


def filled_with(db: sqlite3.Connection, indexes: object, records: list[Record]) -> tuple[Filled, Definition]:
    definition = define("places", PLACES_SCHEMA, indexes=indexes)
    filled = Filled(db, [definition])
    filled.add(records)
    return filled, definition


@pytest.mark.parametrize(("where", "order", "advice"), QUERIES)
def test_what_is_advised_is_used(
    db: sqlite3.Connection, records: list[Record], where: Any, order: Any, advice: str
) -> None:
    filled, bare = filled_with(db, (), records)
    before = explain(db, filled.search(asked_of(bare, where, order)))
    assert before.advice == advice
    declared = literal_eval(advice.removeprefix("indexes="))
    with sqlite3.connect(":memory:", isolation_level=None) as other:
        db.backup(other)
        other.create_function("from_hex", 1, bytes.fromhex, deterministic=True)
        again, definition = filled_with(other, declared, [])
        again.build()
        search = again.search(asked_of(definition, where, order))
        after = explain(other, search)
        assert after.advice == ""
        terms = declared[0] if isinstance(declared[0], tuple) else (declared[0],)
        assert after.index is not None
        assert after.index[: len(terms)] == terms
        assert after.rows_read <= before.rows_read
        assert _uses(other, search) == {search.index.name if search.index is not None else None}
    other.close()


def _uses(db: sqlite3.Connection, search: Any) -> set[str | None]:
    """Ask the file itself by which indexes it goes about a page."""
    branches = pages._branches(db, search, search.clause)
    sql, values = pages._statement(search, branches, None)
    steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", (*values, 20))]
    return {step.split("INDEX ")[1].split()[0] for step in steps if "doc_" in step and "INDEX " in step}


@pytest.mark.parametrize(("where", "order"), IDLE)
def test_nothing_is_advised_where_nothing_helps(
    db: sqlite3.Connection, records: list[Record], where: Any, order: Any
) -> None:
    filled, bare = filled_with(db, (), records)
    assert explain(db, filled.search(asked_of(bare, where, order))).advice == ""


def test_it_says_how_many_rows_are_read(db: sqlite3.Connection, records: list[Record]) -> None:
    filled, places = filled_with(db, ["city", ("city", "-stars")], records)
    for where, order, rows in (
        ({}, "-time", 20),
        ({"city": "c1"}, "-time", 20),
        ({"city": "c1", "stars": {"gte": 8}}, "-stars", 20),
        ({"city": "c1", "open": True}, "-time", COUNT // 2),
        ({"city": "c1"}, "title", COUNT // 2),
        ({"city": "nowhere"}, "-time", 0),
        ({"open": True}, "-time", COUNT),
    ):
        assert explain(db, filled.search(asked_of(places, where, order))).rows_read == rows, where


def test_no_more_is_counted_than_a_page_reads(db: sqlite3.Connection, records: list[Record]) -> None:
    filled, places = filled_with(db, ["-stars"], records)
    search = filled.search(asked_of(places, {"stars": {"lt": 9}}, "-stars"))
    steps: list[int] = []
    db.set_progress_handler(lambda: steps.append(1), 100)
    assert explain(db, search).rows_read == 20
    db.set_progress_handler(None, 0)
    # To count all that is below would take some thousands of steps.
    assert len(steps) < COUNT // 100
