"""Counts that are kept are those that are found by counting, whatever happens to documents."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from peerset.documents.definition import define
from peerset.documents.plan import Plan, plan
from peerset.stores.indexed import counts
from peerset.stores.indexed.counts import Asked, keep_count, kept_count, values_of
from peerset.testing.check_documents import build
from peerset.testing.sample_documents import ANN, BOB, NOON, PLACES, PLACES_SCHEMA, SPAN_SECONDS, document
from tests.stores.document_crash_child import COUNTED, DEFINITIONS, change, make_pool
from tests.stores.document_crash_child import count as count_often
from tests.stores.files import opened
from tests.stores.indexed.filled import Filled
from tests.stores.test_document_crash import check_counts, rebuilt

BERLIN = {"city": "Berlin"}


def asked(where: Any, **options: Any) -> Plan:
    return plan(PLACES, where, now=NOON, **options)


def places(count: int, city: str = "Berlin") -> list[Any]:
    return [document(ANN, at, {"title": f"{city} {at}", "city": city, "stars": at % 3}) for at in range(count)]


def kept(filled: Filled, where: Any) -> int | None:
    search = filled.search(asked(where))
    values = values_of(search.definition, search.plan.where)
    return None if values is None else kept_count(filled.db, search.table, values)


@pytest.mark.real_time
@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_they_are_what_counting_gives(
    path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "ROWS_MIN", 1)
    rng, pool, most = random.Random(seed), make_pool(), 0
    declared = {each.name: each for each in DEFINITIONS}
    async with opened(path) as store:
        await store.define(DEFINITIONS, span_seconds=SPAN_SECONDS)
        await store.add(pool[:100])
        for _ in range(40):
            await change(store, rng, pool, declared)
            await build(store)
            if declared.get("places") is PLACES:
                memory = await rebuilt(store)
                assert await count_often(store, PLACES) == [await memory.count(asked(where)) for where in COUNTED]
            with closing(sqlite3.connect(path)) as db:
                most = max(most, check_counts(db))
    assert most == len(COUNTED)


def test_what_is_kept_is_read_at_once(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add([*places(30), *places(7, "Rome")])
    assert kept(filled, BERLIN) is None
    assert not keep_count(db, filled.search(asked(BERLIN)))
    assert (kept(filled, BERLIN), kept(filled, {"city": "Rome"}), kept(filled, {})) == (30, None, None)
    filled.add([document(BOB, 99, {"title": "t", "city": "Berlin"})], places(4))
    assert kept(filled, BERLIN) == 27
    filled.purge(places(30)[10])
    assert kept(filled, BERLIN) == 26
    check_counts(db)


@pytest.mark.parametrize(
    "where",
    [
        {"city": {"in": ["Berlin"]}},
        {"city": None},
        {"city": 4},
        {"stars": {"gte": 1}},
        {"tags": ["x"]},
        {"tags": {"has": "x"}},
        {"any": [BERLIN, {"city": "Rome"}]},
        {"city": "Berlin", "stars": 1, "open": True, "title": "t", "owner.name": "x"},
    ],
)
def test_nothing_else_is_kept(db: sqlite3.Connection, where: Any) -> None:
    filled = Filled(db, [PLACES])
    filled.add(places(3))
    assert values_of(PLACES, asked(where).where) is None
    assert not keep_count(db, filled.search(asked(where)))
    assert check_counts(db) == 0


def test_one_number_is_kept_once_however_it_is_written(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add(places(9))
    keep_count(db, filled.search(asked({"stars": 2})))
    keep_count(db, filled.search(asked({"stars": 2.0})))
    filled.add([document(BOB, 5, {"title": "t", "stars": 2.0})])
    assert (kept(filled, {"stars": 2}), kept(filled, {"stars": 2.0}), check_counts(db)) == (4, 4, 1)


@pytest.mark.parametrize(
    ("limit", "wheres"),
    [
        ("KEPT_MAX", [{"title": f"Berlin {at}"} for at in range(4)]),
        ("FIELDS_MAX", [BERLIN, {"stars": 1}, {"title": "Berlin 1"}, {"city": "Berlin", "stars": 1}]),
    ],
)
def test_what_is_kept_has_an_end(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, limit: str, wheres: list[Any]
) -> None:
    monkeypatch.setattr(counts, limit, 3)
    filled = Filled(db, [PLACES])
    filled.add(places(9))
    assert [keep_count(db, filled.search(asked(where))) for where in wheres] == [False, False, False, True]
    assert [kept(filled, where) is not None for where in wheres] == [False, False, False, True]
    filled.add(places(12)[9:])
    assert check_counts(db) == 1


def test_only_what_many_have_and_is_counted_again_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, many = Asked(), counts.ROWS_MIN
    assert [seen.is_worth_keeping(asked(BERLIN), many - 1) for _ in range(3)] == [False] * 3
    assert [seen.is_worth_keeping(asked(BERLIN), many) for _ in range(4)] == [False, True, False, False]
    seen.forget()
    assert [seen.is_worth_keeping(asked(BERLIN), many) for _ in range(2)] == [False, True]
    assert not any(seen.is_worth_keeping(asked({"tags": ["x"]}), many) for _ in range(3))
    assert not any(seen.is_worth_keeping(asked({"any": [BERLIN, BERLIN]}), many) for _ in range(3))
    assert not any(seen.is_worth_keeping(asked(BERLIN, at=NOON), many) for _ in range(3))
    monkeypatch.setattr(counts, "ASKED_MAX", 3)
    for at in range(9):
        seen.is_worth_keeping(asked({"stars": at}), many)
    assert len(seen._times) <= 3


@pytest.mark.real_time
async def test_another_schema_has_counts_of_its_own(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "ROWS_MIN", 1)
    other = define("places", PLACES_SCHEMA | {"required": ["open"]}, indexes=["title", "city"])
    async with opened(path) as store:
        for definition in (PLACES, other, PLACES):
            await store.define([definition], span_seconds=SPAN_SECONDS)
            await build(store)
            await store.add([document(ANN, 50, {"title": "t", "city": "Berlin", "open": True}), *places(5)])
            wanted = 1 if definition is other else 6
            assert [await store.count(plan(definition, BERLIN, now=NOON)) for _ in range(4)] == [wanted] * 4
            with closing(sqlite3.connect(path)) as db:
                assert check_counts(db) == 1
        await store.drop(["places"])
        with closing(sqlite3.connect(path)) as db:
            assert check_counts(db) == 0


@pytest.mark.real_time
async def test_a_file_without_room_is_counted_still(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "ROWS_MIN", 1)
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.add(places(5))
        await store._file.run(lambda db: db.execute("PRAGMA max_page_count = 1").fetchone())
        assert [await store.count(asked(BERLIN)) for _ in range(4)] == [5] * 4
