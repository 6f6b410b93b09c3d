"""Numbers that a file keeps in its table of facts."""

import sqlite3

from peerset.stores.indexed.numbers import Outset, read_number, read_outset, write_number
from peerset.stores.numbering import last_number, reserve_numbers


def test_a_number_is_kept_by_its_name(db: sqlite3.Connection) -> None:
    assert read_number(db, "swept") == 0
    write_number(db, "swept", 2**40)
    assert (read_number(db, "swept"), read_number(db, "forgotten")) == (2**40, 0)


def test_what_a_transaction_begins_with_is_read_at_once(db: sqlite3.Connection) -> None:
    assert read_outset(db) == Outset(last=0, generation=0, swept=0, has_commits=False)
    write_number(db, "swept", 7)
    write_number(db, "tables", 2)
    reserve_numbers(db, 3)
    assert read_outset(db) == Outset(last=last_number(db), generation=2, swept=7, has_commits=False)
    db.execute("INSERT INTO listing (author, nonce, number, id, is_here) VALUES (x'00', '', 1, x'00', 0)")
    assert read_outset(db).has_commits
