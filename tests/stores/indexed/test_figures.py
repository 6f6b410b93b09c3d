"""Figures that the file computes; more in `check_documents`."""

import sqlite3

import pytest

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
    assert row == {"all": pytest.approx(2**53 * 1_100), "mean": pytest.approx(2**53), "none": None}
    assert isinstance(row["all"], float)
    assert count_rows(db, search) == 1_100
