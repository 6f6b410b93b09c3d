"""What is answered at once is what is answered otherwise, whatever changes meanwhile."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from peerset.documents.definition import define
from peerset.documents.order import Seat
from peerset.documents.plan import Plan, plan
from peerset.stores.indexed.prepared import KINDS_MAX, SHY, STATEMENTS_MAX, Prepared
from peerset.stores.reading import Decoder
from peerset.stores.schema import prepare
from peerset.testing.check_queries import ORDERS, WHERES, seated
from peerset.testing.sample_documents import ANN, NOON, PLACES, SPAN_SECONDS, document, sample_places
from tests.stores.files import opened
from tests.stores.indexed.filled import Filled

DEFINITIONS = {PLACES.name: PLACES}


def asked(where: Any = None, **options: Any) -> Plan:
    return plan(PLACES, where, now=NOON, **options)


@pytest.fixture
def prepared(path: Path) -> Prepared:
    return Prepared(Decoder(path))


@pytest.mark.parametrize("order", ORDERS)
def test_pages_and_counts_are_those_that_are_found_otherwise(
    db: sqlite3.Connection, prepared: Prepared, order: Any
) -> None:
    filled = Filled(db, [PLACES])
    filled.add(sample_places())
    # Twice, for what is kept of the first time.
    for where in (*WHERES, *WHERES):
        whole = asked(where, order=order)
        records = filled.find(whole)
        assert prepared.count(db, DEFINITIONS, whole) in (None, len(records)), where
        for at in (None, 0, 7, len(records) - 1):
            if at is None or 0 <= at < len(records):
                seat = None if at is None else seated(PLACES, whole.order, records[at])
                for limit in (1, 7, 100):
                    wanted = records[0 if at is None else at + 1 :][:limit]
                    found = prepared.find(db, DEFINITIONS, replace(whole, after=seat, limit=limit))
                    assert found in (None, wanted), (where, at, limit)


def test_what_an_index_finds_in_order_is_answered_at_once(db: sqlite3.Connection, prepared: Prepared) -> None:
    filled = Filled(db, [PLACES])
    filled.add(sample_places())
    for where, order in (({"city": "Berlin"}, "-time"), ({"key": "k1"}, "-time"), ({}, "-time"), ({}, "time")):
        assert prepared.find(db, DEFINITIONS, asked(where, order=order, limit=20)) is not None
    assert prepared.count(db, DEFINITIONS, asked({"city": "Berlin"})) is not None
    assert prepared.count(db, DEFINITIONS, asked()) == len(filled.find(asked()))


def test_what_may_take_long_or_more_than_an_index_is_left_to_others(db: sqlite3.Connection, prepared: Prepared) -> None:
    filled = Filled(db, [PLACES])
    filled.add(sample_places())
    left = [
        asked({"title": "x"}),
        asked({"tags": {"has": "vegan"}}),
        asked(text="vegan"),
        asked(at=NOON),
        asked(limit=0),
    ]
    for each in left:
        assert prepared.find(db, DEFINITIONS, each) is None
    for each in left[1:4]:
        assert prepared.count(db, DEFINITIONS, each) is None
    assert prepared.find(db, {}, asked()) is None
    assert prepared.count(db, {}, asked()) is None


def test_a_kind_of_query_that_was_given_up_is_left_to_others_for_a_while(
    db: sqlite3.Connection, prepared: Prepared
) -> None:
    filled = Filled(db, [PLACES])
    filled.add(sample_places())
    db.set_progress_handler(lambda: True, 150)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        prepared.find(db, DEFINITIONS, asked({"city": "Berlin"}))
    db.set_progress_handler(None, 0)
    assert prepared.find(db, DEFINITIONS, asked({"stars": 4})) is not None
    answered = [prepared.find(db, DEFINITIONS, asked({"city": "Äpfingen"})) is not None for _ in range(SHY + 2)]
    assert answered == [False] * SHY + [True] * 2


def test_what_is_kept_has_an_end(db: sqlite3.Connection, prepared: Prepared) -> None:
    filled = Filled(db, [PLACES])
    filled.add(sample_places())
    for count in range(1, KINDS_MAX + 10):
        prepared.find(db, DEFINITIONS, asked({"stars": {"in": list(range(count))}, "city": "Berlin"}, limit=5))
    assert 0 < len(prepared._kinds) <= KINDS_MAX
    for day in range(12):
        for end in range(day, 12):
            seconds = {"gte": NOON + day * SPAN_SECONDS, "lte": NOON + end * SPAN_SECONDS}
            prepared.find(db, DEFINITIONS, asked({"time": seconds}, limit=5))
    assert all(len(kind.statements) <= STATEMENTS_MAX for kind in prepared._kinds.values())


def test_a_cursor_of_other_types_finds_what_it_finds_otherwise(db: sqlite3.Connection, prepared: Prepared) -> None:
    filled = Filled(db, [PLACES])
    filled.add(sample_places())
    for value in (None, True, 4, "4"):
        seat = Seat((value,), (NOON + 500_000) * 1_000_000, sample_places()[0].id)
        each = asked(order="-stars", after=None, limit=30)
        each = replace(each, after=seat)
        assert prepared.find(db, DEFINITIONS, each) in (None, filled.find(each)), value


def test_what_is_kept_of_one_connection_says_nothing_of_another(prepared: Prepared, tmp_path: Path) -> None:
    # Each counts the versions of the file by itself.
    for count in (3, 40):
        with closing(sqlite3.connect(tmp_path / f"{count}.db", isolation_level=None)) as db:
            prepare(db)
            filled = Filled(db, [PLACES])
            filled.add(sample_places()[:count])
            whole = asked({"city": "Berlin"})
            assert prepared.find(db, DEFINITIONS, whole) == filled.find(whole)


@pytest.mark.real_time
async def test_whoever_was_answered_at_once_sees_what_came_since(path: Path) -> None:
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        newest = asked({"city": "Berlin"}, limit=5)
        assert await store.find(newest) == []
        records = []
        for number in range(40):
            # Each in another span, sooner or later.
            stamp = number * SPAN_SECONDS * 1_000_000 * (-1) ** number // 3
            records.append(document(ANN, stamp, {"title": "t", "city": "Berlin"}))
            await store.add(records[-1:])
            wanted = sorted(records, key=lambda each: -each.created_at)[:5]
            assert await store.find(newest) == wanted
            assert await store.count(newest) == len(records)
        await store.add([], removed=[records[2].id])
        assert await store.count(newest) == 39
        other = define("places", {"type": "object", "properties": {"city": {"type": "string"}}}, indexes=["-city"])
        await store.define([other], span_seconds=SPAN_SECONDS)
        while await store.build():
            pass
        assert await store.count(plan(other, {"city": "Berlin"}, now=NOON)) == 39
        assert await store.count(plan(other, {"city": {"gt": "A"}}, now=NOON)) == 39
        assert len(await store.find(plan(other, {"city": "Berlin"}, limit=50, now=NOON))) == 39


@pytest.mark.parametrize("order", ORDERS)
def test_registers_by_their_keys_are_answered_at_once_in_any_order(
    db: sqlite3.Connection, prepared: Prepared, order: Any
) -> None:
    filled = Filled(db, [PLACES])
    filled.add(sample_places())
    keys = [None, *(f"k{number}" for number in range(9)), "Ä", "none"]
    wheres: list[Any] = [{"key": {"in": keys[1:]}}, {"key": "k1"}, {"key": {"in": ["k2", "k2"]}, "title": {"gte": ""}}]
    for where in wheres:
        whole = asked(where, order=order, author=ANN.public_key)
        records = filled.find(whole)
        assert records, where
        for at in (None, *range(len(records))):
            seat = None if at is None else seated(PLACES, whole.order, records[at])
            for limit in (1, 3, 100):
                wanted = records[0 if at is None else at + 1 :][:limit]
                each = replace(whole, after=seat, limit=limit)
                found = prepared.find(db, DEFINITIONS, each)
                assert found == wanted or (found is None and filled.search(whole).kinds is None), (where, at, limit)
    wheres = [{"key": {"in": keys}}, {"key": None}]
    for where in wheres:
        whole = asked(where, order=order, author=ANN.public_key)
        assert prepared.find(db, DEFINITIONS, whole) in (None, filled.find(whole))


def test_the_newest_of_one_moment_are_told_apart_by_their_ids(db: sqlite3.Connection, prepared: Prepared) -> None:
    filled = Filled(db, [PLACES])
    filled.add(document(ANN, at // 4 * SPAN_SECONDS * 10**6, {"title": "t", "visits": at}) for at in range(12))
    for order in ("-time", "time"):
        records = filled.find(asked(order=order, limit=20))
        for limit in range(1, 14):
            found = prepared.find(db, DEFINITIONS, asked(order=order, limit=limit))
            # A page that ends among them is left to others.
            assert found == (None if limit < 12 and limit % 4 else records[:limit]), (order, limit)
