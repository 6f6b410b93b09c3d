"""What every `peerset.ports.DocumentStore` must find; part of `check_documents`."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import cmp_to_key, partial
from typing import Any, Final

from peerset.core.action import Json
from peerset.core.clock import DAY_SECONDS
from peerset.core.record import Record
from peerset.documents.definition import Definition
from peerset.documents.document import Row, row_of, seat_of
from peerset.documents.order import Order, Seat, compare
from peerset.documents.plan import Figure, Plan, plan
from peerset.documents.value import Scalar
from peerset.documents.where import matches
from peerset.documents.words import has_words, words_of
from peerset.ports import DocumentStore
from peerset.testing.sample_documents import ANN, ANYTHING, BOB, NOON, PLACES, SPAN_SECONDS, document, sample_places

WHERES: Final[tuple[Any, ...]] = (
    {},
    {"city": "Berlin"},
    {"city": None},
    {"city": ""},
    {"city": {"ne": "Berlin"}},
    {"city": {"in": ["Berlin", None, 4]}},
    {"city": {"in": []}},
    {"city": {"prefix": "Berlin"}},
    {"city": {"prefix": ""}},
    {"city": {"gt": "Berlin"}},
    {"city": {"gte": "Berlin", "lt": "Berlin\U0001f30d"}},
    {"city": {"gt": 0}},
    {"city": {"exists": True}},
    {"city": {"exists": False}},
    {"stars": 4},
    {"stars": 0},
    {"stars": True},
    {"stars": "4"},
    {"stars": {"gte": 4}},
    {"stars": {"gt": 0, "lte": 4.5}},
    {"stars": {"lt": 0.2}},
    {"stars": {"ne": 4}},
    {"stars": {"in": [4, 4.5, 2**53 - 1]}},
    {"open": True},
    {"open": False},
    {"open": None},
    {"open": {"gte": False}},
    {"open": {"lt": 1}},
    {"open": 1},
    {"open": {"in": [True, None]}},
    {"tags": {"has": "vegan"}},
    {"tags": {"has": "süß"}},
    {"tags": {"has": 1}},
    {"tags": ["vegan"]},
    {"tags": {"exists": True}},
    {"at": {"within": [52, 13, 53, 14]}},
    {"at": {"within": [-18, 179, -17, -179]}},
    {"at": {"within": [-90, -180, 90, 180]}},
    {"at": {"near": [-17.8, 180, 11_000]}},
    {"at": {"near": [52.5, 13.4, 0]}},
    {"at.lat": {"gt": 0}},
    {"owner.name": "owner 1"},
    {"owner": {"name": "owner 1"}},
    {"key": "k1"},
    {"key": None},
    {"key": {"prefix": "k"}},
    {"key": {"gte": "k1", "lt": "k3"}},
    {"author": ANN.public_key.hex()},
    {"author": {"ne": ANN.public_key.hex()}},
    {"author": {"in": [ANN.public_key.hex(), BOB.public_key.hex()]}},
    {"time": {"gte": NOON + DAY_SECONDS, "lte": NOON + 9 * DAY_SECONDS}},
    {"time": {"lt": NOON + 5 * DAY_SECONDS}, "city": "Berlin"},
    {"city": "Berlin", "stars": {"gte": 0}, "open": True},
    {"any": [{"city": "Berlin"}, {"stars": {"gt": 4}}]},
    {"open": True, "any": [{"city": {"prefix": "B"}, "stars": 4}, {"tags": {"has": "vegan"}}]},
)

ORDERS: Final = (
    "-time",
    "time",
    "stars",
    "-stars",
    ("city", "-stars"),
    ("-city", "stars", "time"),
    ("open", "title"),
    ("-open", "time"),
    "key",
    ("author", "-key", "time"),
    "at.lat",
    "tags",
    "owner.name",
)

TEXTS: Final = ("vegan", "VEGAN café", "vegan*", "fish", "strasse", "küche", "suß", "süß vegan*", "v* k*")


_FIGURED: Final = ("stars", "open", "title", "time")


async def _check_conditions(store: DocumentStore) -> None:
    records = await with_places(store)
    for where in WHERES:
        asked = plan(PLACES, where, now=NOON)
        found, expected = await store.find(asked), _expected(records, asked)
        assert found == expected, f"find gives what matches {where}, newest first"
        assert await store.count(asked) == len(found), f"count counts what matches {where}"
        assert (await store.explain(asked)).rows_read >= 0, f"explain says how many rows it would read for {where}"


async def _check_orders(store: DocumentStore) -> None:
    records = await with_places(store)
    for order in ORDERS:
        for where in ({}, {"city": "Berlin"}, {"stars": {"gte": 0}}):
            asked = plan(PLACES, where, order=order, now=NOON)
            assert await store.find(asked) == _expected(records, asked), f"find sorts {where} by {order}"


async def _check_pages(store: DocumentStore) -> None:
    records = await with_places(store)
    for order in ORDERS:
        whole = plan(PLACES, {"stars": {"gte": 0}}, order=order, now=NOON)
        found = await store.find(whole)
        for limit in (0, 1, 7, len(found)):
            assert await store.find(replace(whole, limit=limit)) == found[:limit], f"a page of {limit} by {order}"
        seats = [seated(PLACES, whole.order, record) for record in found]
        for place, seat in enumerate(seats):
            page = await store.find(replace(whole, after=seat, limit=5))
            assert page == found[place + 1 : place + 6], f"a page begins after its seat, by {order}"
    # What comes before a seat, or goes, even what sits there, does not move the page after it.
    asked = plan(PLACES, order="-stars", now=NOON)
    found = await store.find(asked)
    seat = seated(PLACES, asked.order, found[20])
    late = document(ANN, 5, {"title": "late", "stars": 2**53 - 2})
    await store.add([late], removed=[found[20].id, found[3].id])
    assert await store.find(replace(asked, after=seat)) == found[21:], "pages are stable under inserts"
    assert late not in records


async def _check_words(store: DocumentStore) -> None:
    records = await with_places(store)
    for text in TEXTS:
        for where in ({}, {"city": "Berlin"}):
            for order in ("-time", "stars"):
                asked = plan(PLACES, where, text=text, order=order, now=NOON)
                found = await store.find(asked)
                assert found == _expected(records, asked), f"find gives what has the words {text!r}, by {order}"
                assert await store.count(asked) == len(found), f"count counts what has the words {text!r}"
                after = seated(PLACES, asked.order, found[0]) if found else None
                page = await store.find(replace(asked, limit=2, after=after))
                assert page == found[1:3] or not found, f"what has the words {text!r} comes by pages"
    asked = plan(PLACES, text="vegan", now=NOON)
    first, second, *_ = await store.find(asked)
    await store.purge([second.id])
    await store.add([], removed=[first.id])
    assert {first, second}.isdisjoint(await store.find(asked)), "what is gone has no words"


async def _check_as_of(store: DocumentStore) -> None:
    records = await with_places(store)
    for days in (-1, 0, 3, 6, 30):
        past = [each for each in records if each.created_at <= NOON + days * DAY_SECONDS]
        for where in ({}, {"city": "Berlin"}, {"key": {"prefix": "k"}}):
            asked = plan(PLACES, where, at=NOON + days * DAY_SECONDS, now=NOON)
            assert await store.find(asked) == _expected(past, asked), "as of a time, later versions are not there"
            assert await store.count(asked) == len(_expected(past, asked)), "nor are they counted"


async def _check_figures(store: DocumentStore) -> None:
    values: tuple[Json, ...] = (
        {"title": "a", "city": "B", "stars": 1, "open": True},
        {"title": "c", "city": "B", "stars": 2.5},
        {"title": "b", "stars": -1, "open": False},
        {"title": "d", "city": "A", "open": True},
    )
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    await store.add([document(ANN, place, value) for place, value in enumerate(values)])
    figures: list[Figure] = [Figure("n", "count", None)]
    figures += [Figure(f"{name} {field}", name, field) for name in ("sum", "min", "max", "mean") for field in _FIGURED]
    (row,) = await store.aggregate(plan(PLACES, now=NOON), figures, by=None)
    expected: dict[str, Scalar] = {"n": 4, "sum stars": 2.5, "min stars": -1, "max stars": 2.5, "mean stars": 0.625}
    expected |= {"sum open": 2, "min open": False, "max open": True, "mean open": 2 / 3}
    expected |= {"sum title": None, "min title": "a", "max title": "d", "mean title": None}
    start = NOON * 1_000_000
    expected |= {"sum time": 4 * start + 6, "min time": start, "max time": start + 3, "mean time": start + 1.5}
    assert row == expected, f"aggregate computes over all: {row}"
    assert (type(row["min open"]), type(row["max open"])) == (bool, bool), "booleans stay what they are"
    (none,) = await store.aggregate(plan(PLACES, {"city": "nowhere"}, now=NOON), figures, by=None)
    assert none == {name: 0 if name == "n" else None for name in expected}, "figures of nothing are null"
    best = [Figure("n", "count", None), Figure("best", "max", "stars")]
    by_city = await store.aggregate(plan(PLACES, limit=1, now=NOON), best, by="city")
    rows = [{"city": None, "n": 1, "best": -1}, {"city": "A", "n": 1, "best": 0}, {"city": "B", "n": 2, "best": 2.5}]
    assert by_city == rows, "aggregate groups by a field, in its order, whatever the limit"
    by_open = await store.aggregate(plan(PLACES, {"city": "B"}, now=NOON), best[:1], by="open")
    assert by_open == [{"open": None, "n": 1}, {"open": True, "n": 1}], "what matches is grouped, and nothing else"
    assert [type(row["open"]) for row in by_open] == [type(None), bool], "booleans stay what they are"
    assert await store.aggregate(plan(PLACES, {"city": "nowhere"}, now=NOON), best, by="city") == [], "no groups"


async def _check_without_schema(store: DocumentStore) -> None:
    await store.define([ANYTHING], span_seconds=SPAN_SECONDS)
    values: list[Any] = [{"a": 1}, {"a": "1"}, {"a": {"b": True}}, ["a"], "text", 5, False, {"a": [1, "x"]}]
    records = [document(ANN, place, value, collection=ANYTHING) for place, value in enumerate(values)]
    await store.add(records)
    for where, places in (({"a": 1}, [0]), ({"a.b": True}, [2]), ({"a": {"has": "x"}}, [7]), ({"a": {"gt": ""}}, [1])):
        found = await store.find(plan(ANYTHING, where, now=NOON))
        assert found == [records[place] for place in places], f"without a schema, any field is found: {where}"
    asked = plan(ANYTHING, order="a", now=NOON)
    assert (await store.find(asked))[-2:] == records[:2], "without a schema, any field sorts"


CHECKS: Final[tuple[Callable[[DocumentStore], Awaitable[None]], ...]] = (
    _check_conditions,
    _check_orders,
    _check_pages,
    _check_words,
    _check_as_of,
    _check_figures,
    _check_without_schema,
)


def expected_of(definition: Definition, records: Iterable[Record], asked: Plan) -> list[Record]:
    """Give what *asked* must find among *records*, all of which fit and came by no batch."""
    rows = {record: row for record in records if (row := row_of(definition, record)) is not None}
    newest: dict[object, Record] = {}
    for record, row in rows.items():
        slot = record.id if row.key is None else (row.key, None if definition.is_shared else row.author)
        newest[slot] = min(newest.get(slot, record), record, key=lambda each: (-rows[each].stamp, each.id))
    found = [
        record
        for record in newest.values()
        if matches(asked.where, partial(_field, rows[record], record))
        and has_words(asked.words, words_of(rows[record].value, definition.text))
    ]
    seated = [(seat_of(asked.order, record, rows[record]), record) for record in found]
    return [record for _, record in sorted(seated, key=cmp_to_key(partial(_compared, asked.order)))]


def seated(definition: Definition, order: Order, record: Record) -> Seat:
    """Say where *record*, a document, stands in *order*."""
    row = row_of(definition, record)
    assert row is not None, "it is a document"
    return seat_of(order, record, row)


def _field(row: Row, record: Record, name: str) -> Json:
    return row.field(name)


def _compared(order: Order, one: tuple[Seat, Record], other: tuple[Seat, Record]) -> int:
    return compare(order, one[0], other[0])


async def with_places(store: DocumentStore) -> list[Record]:
    """Define `PLACES`, add its samples, and give them."""
    records = sample_places()
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    for place in range(0, len(records), 7):
        await store.add(records[place : place + 7])
    return records


def _expected(records: Iterable[Record], asked: Plan) -> list[Record]:
    return expected_of(PLACES, records, asked)
