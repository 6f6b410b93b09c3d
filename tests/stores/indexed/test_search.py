"""Which index a search uses."""

import sqlite3
from typing import Any

import pytest

from peerset.documents.plan import plan
from peerset.testing.sample_documents import NOON, PLACES
from tests.stores.indexed.filled import Filled

CASES: list[tuple[Any, Any, list[str] | None, bool]] = [
    ({}, "-time", ["time"], True),
    ({}, "time", ["time"], True),
    ({"city": "Berlin"}, "-time", ["city", "-time"], True),
    ({"city": "Berlin"}, "-stars", ["city", "-stars", "-time"], True),
    ({"city": "Berlin", "stars": {"gte": 4}}, "-stars", ["city", "-stars", "-time"], True),
    ({"city": {"prefix": "B"}}, "city", ["city", "-time"], True),
    ({"stars": {"gt": 3}}, "-stars", ["-stars", "-time"], True),
    ({"stars": {"gt": 3}}, ("stars", "time"), ["-stars", "-time"], True),
    ({"city": "Berlin"}, "title", ["city", "-time"], False),
    ({}, "stars", ["-stars", "-time"], True),
    ({"key": "k"}, "-time", ["key", "-time"], True),
    ({}, "owner.name", None, False),
    ({"owner.name": "x"}, "-time", None, False),
    ({"stars": {"gt": 3}}, "-time", ["-stars", "-time"], False),
    ({"city": "Berlin", "stars": {"gt": 3}}, "-time", ["city", "-stars", "-time"], False),
    ({"key": {"in": ["a", "b"]}}, "-time", ["key", "-time"], False),
    ({"key": {"in": ["a", None]}}, "-time", None, False),
    ({"time": {"gt": NOON}}, "-stars", ["time"], False),
]


@pytest.mark.parametrize(("where", "order", "index", "is_ordered"), CASES)
def test_the_index_that_narrows_most_is_used_and_of_those_one_that_sorts(
    db: sqlite3.Connection, where: Any, order: Any, index: list[str] | None, is_ordered: bool
) -> None:
    search = Filled(db, [PLACES]).search(plan(PLACES, where, order=order, now=NOON))
    found = None if search.index is None else [str(term) for term in search.index.terms]
    assert (found, search.is_ordered) == (index, is_ordered)
    assert search.is_exact


def test_what_columns_do_not_tell_is_tested_afterwards(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    search = filled.search(plan(PLACES, {"tags": ["a"]}, now=NOON))
    assert not search.is_exact
    assert filled.search(plan(PLACES, {"tags": {"has": "a"}}, now=NOON)).is_exact


def test_beside_what_narrows_stands_what_gives_the_order(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    for where, order, walked in (
        ({"owner.name": "x"}, "-time", ["time"]),
        ({"stars": {"gt": 3}}, "-time", ["time"]),
        ({"city": "x", "stars": {"gt": 3}}, "-time", ["city", "-time"]),
        ({"city": "x"}, "title", None),
        ({"city": "x"}, "-time", None),
        ({}, "-stars", None),
    ):
        walk = filled.search(plan(PLACES, where, order=order, now=NOON)).walk
        found = None if walk is None or walk.index is None else [str(term) for term in walk.index.terms]
        assert found == walked, where
    # To test documents in order, until a page is full, it is better walked.
    search = filled.search(plan(PLACES, {"tags": ["a"], "stars": {"gt": 3}}, now=NOON))
    assert search.stream is search.walk
    search = filled.search(plan(PLACES, {"tags": ["a"], "city": "x"}, order="title", now=NOON))
    assert search.stream is search
