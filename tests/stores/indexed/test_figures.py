"""Figures that the file computes; more in `check_documents`."""

import sqlite3

from peerset.documents.plan import Figure, plan
from peerset.stores.indexed.figures import count_rows, figures_of
from peerset.testing.sample_documents import ANN, NOON, PLACES, document
from tests.stores.indexed.filled import Filled


def test_a_sum_that_is_too_large_for_a_whole_number_becomes_another(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add(document(ANN, at, {"title": "x", "stars": 2**53 - 1}) for at in range(1_100))
    search = filled.search(plan(PLACES, now=NOON))
    figures = [Figure("all", "sum", "stars"), Figure("mean", "mean", "stars"), Figure("none", "mean", "title")]
    (row,) = figures_of(db, search, figures, None)
    assert row == {"all": float((2**53 - 1) * 1_100), "mean": float((2**53 - 1) * 1_100) / 1_100, "none": None}
    assert count_rows(db, search) == 1_100


def test_a_sum_of_fractions_does_not_depend_on_the_order(db: sqlite3.Connection) -> None:
    numbers = [0.1] * 10 + [1e16, 3, -1e16]
    figures = [Figure("all", "sum", "stars"), Figure("mean", "mean", "stars"), Figure("best", "max", "stars")]
    filled = Filled(db, [PLACES])
    filled.add(document(ANN, at, {"title": "x", "stars": each}) for at, each in enumerate(numbers))
    filled.add(document(ANN, -at, {"title": "y", "stars": each}) for at, each in enumerate(numbers, 1))
    for where in ({"title": "x"}, {"title": "y"}):
        (row,) = figures_of(db, filled.search(plan(PLACES, where, now=NOON)), figures, None)
        assert row == {"all": 4.0, "mean": 4.0 / 13, "best": 1e16}
