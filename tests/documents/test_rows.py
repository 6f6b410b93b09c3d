"""What SQL gives."""

import pytest

from peerset.documents.rows import Rows, told_apart


def test_rows_are_dicts_and_tuples() -> None:
    rows = Rows(("city", "n"), (("Berlin", 2), ("Roma", 1)))
    assert list(rows) == [{"city": "Berlin", "n": 2}, {"city": "Roma", "n": 1}]
    assert (len(rows), rows[-1], rows[1:]) == (2, {"city": "Roma", "n": 1}, Rows(("city", "n"), (("Roma", 1),)))
    assert rows.cells[0] == ("Berlin", 2)
    with pytest.raises(IndexError):
        rows[2]


def test_columns_of_one_name_lose_nothing() -> None:
    assert told_apart(["id", "id", "id:1", "id"]) == ("id", "id:1", "id:1:1", "id:2")
