"""A connection that answers on the thread that asks: what it leaves to others, and that nothing is left open."""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from peerset.errors import StoreError
from peerset.stores import nearby
from peerset.stores.nearby import Nearby, Turn

COUNTING = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) SELECT count(*) FROM n"


def counted(count: int, db: sqlite3.Connection) -> int:
    (found,) = db.execute(COUNTING, (count,)).fetchone()
    return int(found)


def make(path: Path) -> Nearby:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE one (x)")
    return Nearby(path, partial(sqlite3.connect, path, isolation_level=None))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no answer be slow, however busy the machine is."""
    monkeypatch.setattr(nearby, "SLOW_SECONDS", 1_000)


def rows(db: sqlite3.Connection) -> int:
    (found,) = db.execute("SELECT count(*) FROM one").fetchone()
    return int(found)


def test_it_answers_once_it_is_open_and_until_it_is_closed(path: Path) -> None:
    near = make(path)
    assert near.is_wanted
    assert near.ask(rows) is None
    near.open()
    assert not near.is_wanted
    assert near.ask(rows) == 0
    near.close()
    assert near.ask(rows) is None
    assert near.is_wanted


def test_it_sees_what_was_written_before(path: Path) -> None:
    near = make(path)
    near.open()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for number in range(3):
            assert near.ask(rows) == number
            db.execute("INSERT INTO one VALUES (1)")
    near.close()


def test_what_takes_many_steps_is_given_up_and_what_takes_few_never(path: Path) -> None:
    near = make(path)
    near.open()
    assert near.ask(partial(counted, 1_000_000)) is None
    # The file counts the steps of a statement over all its uses.
    assert [near.ask(partial(counted, 100)) for _ in range(200)] == [100] * 200
    near.close()


def test_what_was_slow_is_asked_elsewhere_for_a_while(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near = make(path)
    near.open()
    monkeypatch.setattr(nearby, "SLOW_SECONDS", -1)
    assert near.ask(rows) == 0
    assert near.ask(rows) is None
    monkeypatch.setattr(nearby, "SLOW_SECONDS", 1_000)
    near._rests_until = 0
    assert near.ask(rows) == 0
    near.close()


def test_a_file_that_was_moved_away_is_let_go(path: Path) -> None:
    near = make(path)
    near.open()
    path.rename(path.with_name("elsewhere.db"))
    assert near.ask(rows) is None
    assert near.is_wanted
    near.open()
    assert near.ask(rows) is None
    # Who cannot open it does not try at each question.
    assert not near.is_wanted


def test_what_goes_wrong_meanwhile_leaves_nothing_open(path: Path) -> None:
    def fail(db: sqlite3.Connection) -> int:
        rows(db)
        raise StoreError("damaged")

    near = make(path)
    near.open()
    with pytest.raises(StoreError, match="damaged"):
        near.ask(fail)
    assert near.ask(lambda db: db.execute("SELECT nonsense").fetchone()) is None
    assert near.ask(rows) == 0
    near.close()


def test_it_is_opened_once_and_again_after_it_was_closed(path: Path) -> None:
    near = make(path)
    near.open()
    first = near.ask(lambda db: db)
    near.open()
    assert near.ask(lambda db: db) is first
    near.close()
    near.open()
    assert near.ask(rows) == 0
    near.close()


async def test_who_asks_on_and_on_lets_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn()
    monkeypatch.setattr(nearby, "TURN_SECONDS", 1_000)
    assert [turn.has_time() for _ in range(3)] == [True] * 3
    monkeypatch.setattr(nearby, "TURN_SECONDS", 0)
    assert not turn.has_time()
    await asyncio.sleep(0)
    monkeypatch.setattr(nearby, "TURN_SECONDS", 1_000)
    assert turn.has_time()
