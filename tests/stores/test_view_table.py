"""Rows of a view in memory; what they must be is in `peerset.testing.check_views`."""

import pytest

from peerset.errors import ConfigError
from peerset.stores.view_table import ViewTable


def test_what_is_undone_was_never_written() -> None:
    table = ViewTable()
    table.put(["a"], 1)
    table.put(["b"], 2)
    table.commit()
    table.put(["a"], 5)
    table.put(["a"], 6)
    table.delete(["b"])
    table.put(["c"], 7)
    table.delete(["d"])
    table.undo()
    assert table.range() == [(["a"], 1), (["b"], 2)]
    table.undo()
    assert table.range(reverse=True, limit=1) == [(["b"], 2)]


def test_there_is_no_sql_in_memory() -> None:
    with pytest.raises(ConfigError, match="a view in memory has no SQL for 'SELECT 1': use a SQLite store"):
        ViewTable().execute("SELECT 1")
