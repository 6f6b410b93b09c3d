"""Exact sums in SQL."""

import sqlite3
from contextlib import closing

from peerset.stores.indexed.exact_sum import EXACT_SUM, add_sums


def test_sums_of_fractions_are_alike_in_every_order() -> None:
    numbers = [1e16, 0.1, None, -1e16, 0.2]
    with closing(sqlite3.connect(":memory:")) as db:
        add_sums(db)
        for order in (numbers, numbers[::-1]):
            asked = f"SELECT {EXACT_SUM}(value) FROM json_each(?)"
            texts = ", ".join("null" if each is None else repr(each) for each in order)
            assert db.execute(asked, (f"[{texts}]",)).fetchone() == (0.1 + 0.2,)
        assert db.execute(asked, ("[null]",)).fetchone() == (None,)
