"""Counting rows."""

from peerset.stores.indexed.tally import Tally


def test_nothing_is_known_until_something_was_counted() -> None:
    tally = Tally()
    assert tally.rows is None
    tally.add(3)
    tally.add(0)
    assert tally.rows == 3
