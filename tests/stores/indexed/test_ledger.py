"""States that change in one transaction, and what the log says of it."""

import sqlite3

import pytest

from peerset.core.limits import CHANGES_KEPT_MAX, CHANGES_KEPT_SECONDS
from peerset.documents.change import ChangeKind
from peerset.documents.document import State
from peerset.stores.indexed import ledger
from peerset.stores.indexed.ledger import Ledger, log_gone, sweep_gone
from peerset.stores.indexed.numbers import read_number, write_number
from peerset.testing.sample_documents import ANN, PLACES, document
from tests.stores.indexed.filled import Filled

RECORDS = [document(ANN, number, {"title": "x"}) for number in range(4)]


def entries(db: sqlite3.Connection) -> list[tuple[str, int, int]]:
    return db.execute("SELECT why, number, came FROM gone ORDER BY cursor").fetchall()


def test_what_is_seen_no_more_is_logged_once_with_when_it_came(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add(RECORDS)
    changing = Ledger(db, 4)
    first, second = changing.load([1, 2], filled.catalog.tables.values())
    changing.revise(first, bits=State.EXPIRED)
    second.mark = State.HIDDEN
    changing.revise(second)
    changing.revise(second)
    changing.finish()
    assert entries(db) == [("removed", 1, 1), ("hidden", 2, 2)]
    assert filled.states() == {1: State.EXPIRED, 2: State.HIDDEN}
    again = Ledger(db, 6)
    (entry,) = again.load([2], filled.catalog.tables.values())
    entry.mark = State(0)
    again.revise(entry)
    again.finish()
    assert db.execute("SELECT number, came FROM standing WHERE state = 0").fetchall() == [(2, 7)]


def test_what_comes_back_within_a_transaction_is_not_logged(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add(RECORDS)
    changing = Ledger(db, 4)
    (entry,) = changing.load([1], filled.catalog.tables.values())
    changing.write(entry, State.SUPERSEDED)
    changing.write(entry, State(0))
    changing.finish()
    assert (entries(db), filled.states()) == ([], {})


def test_the_log_has_a_limit(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CHANGES_KEPT_MAX == 100_000
    monkeypatch.setattr(ledger, "CHANGES_KEPT_MAX", 2)
    Filled(db, [PLACES]).add(RECORDS)
    for number in (1, 2, 3):
        log_gone(db, [(number, number, ChangeKind.HIDDEN)])
    assert [number for _, number, _ in entries(db)] == [2, 3]
    assert read_number(db, "forgotten") == 5


def test_an_entry_of_a_long_log_takes_no_more_steps_than_one_of_a_short_log(db: sqlite3.Connection) -> None:
    Filled(db, [PLACES]).add(RECORDS)

    def steps() -> int:
        taken = [0]

        def count() -> int:
            taken[0] += 1
            return 0

        db.set_progress_handler(count, 1)
        log_gone(db, [(1, 1, ChangeKind.HIDDEN)])
        db.set_progress_handler(None, 1)
        return taken[0]

    log_gone(db, [(1, 1, ChangeKind.HIDDEN)])
    before = steps()
    log_gone(db, [(1, 1, ChangeKind.HIDDEN)] * 1_000)
    assert steps() <= before + 10


def test_the_log_forgets_what_went_long_ago(db: sqlite3.Connection) -> None:
    Filled(db, [PLACES]).add(RECORDS)
    log_gone(db, [(1, 1, ChangeKind.HIDDEN)])
    write_number(db, "swept", 100)
    log_gone(db, [(2, 2, ChangeKind.HIDDEN)])
    sweep_gone(db, CHANGES_KEPT_SECONDS)
    assert len(entries(db)) == 2
    sweep_gone(db, CHANGES_KEPT_SECONDS + 1)
    assert [number for _, number, _ in entries(db)] == [2]
