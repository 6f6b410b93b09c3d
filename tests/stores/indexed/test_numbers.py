"""Numbers that a file keeps in its table of facts."""

import sqlite3

from peerset.stores.indexed.numbers import read_number, write_number


def test_a_number_is_kept_by_its_name(db: sqlite3.Connection) -> None:
    assert read_number(db, "swept") == 0
    write_number(db, "swept", 2**40)
    assert (read_number(db, "swept"), read_number(db, "forgotten")) == (2**40, 0)
