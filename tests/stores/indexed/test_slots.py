"""Which version of a register counts, whatever came and went."""

import random
import sqlite3

from peerset.core.record import Record
from peerset.documents.document import State
from peerset.documents.plan import plan
from peerset.testing.sample_documents import ANN, NOON, PLACES, document
from tests.stores.indexed.filled import Filled


def version(number: int) -> Record:
    return document(ANN, number, {"title": str(number)}, key="k")


def test_one_of_many_versions_counts_and_the_rest_is_superseded(db: sqlite3.Connection) -> None:
    rng, filled = random.Random(3), Filled(db, [PLACES])
    left, here = [version(number) for number in range(60)], list[Record]()
    rng.shuffle(left)
    for _ in range(80):
        added = [left.pop() for _ in range(min(len(left), rng.randint(0, 3)))]
        removed = [each for each in here if rng.random() < 0.1]
        filled.add(added, removed)
        here = [each for each in [*here, *added] if each not in removed]
        left = removed + left
        newest = max(here, key=lambda each: int(each.content.split('"')[3]), default=None)
        assert filled.find(plan(PLACES, now=NOON)) == ([] if newest is None else [newest])
        assert [*filled.states().values()] == [State.SUPERSEDED] * max(0, len(here) - 1)


def test_a_long_history_is_not_read_for_a_new_version(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add(version(number) for number in range(2_000))
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    db.set_progress_handler(count, 100)
    filled.add([version(2_000)])
    db.set_progress_handler(None, 0)
    assert steps < 100


def test_many_registers_at_once_compete_each_with_its_own_versions(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    old = [document(ANN, number, {"title": "old"}, key=f"k{number}") for number in range(0, 30, 2)]
    new = [document(ANN, 1_000 + number, {"title": "new"}, key=f"k{number}") for number in range(30)]
    filled.add(old)
    filled.add(new)
    assert {each.id for each in filled.find(plan(PLACES, now=NOON))} == {each.id for each in new}
    assert [*filled.states().values()] == [State.SUPERSEDED] * len(old)
