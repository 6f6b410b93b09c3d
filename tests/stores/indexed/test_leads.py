"""Words, elements of arrays and places lead to few documents, and give what memory gives."""

import asyncio
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from peerset.core.action import Json
from peerset.core.record import Record
from peerset.documents.document import State
from peerset.documents.plan import Plan, plan
from peerset.documents.words import words_in
from peerset.stores.indexed import answers
from peerset.stores.indexed.advice import explain
from peerset.stores.indexed.leads import FEWEST, WORD_BYTES_MAX, glance, led, rows_of
from peerset.stores.indexed.search import Search
from peerset.stores.indexed.tally import Tally
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import open_sqlite
from peerset.testing.sample_documents import ANN, BOB, NOON, PLACES, SPAN_SECONDS, document
from tests.stores.indexed.filled import Filled, decode

COMMON = FEWEST + 40


def followed(filled: Filled, asked: Plan, *, is_in_order: bool = True) -> Search:
    return led(filled.db, filled.search(asked), is_in_order=is_in_order)


def ask(where: Any = None, **options: Any) -> Plan:
    return plan(PLACES, where, **options, now=NOON)


@pytest.fixture(scope="module")
def many() -> list[Record]:
    """Documents of which most have one word, one tag and one place, and a few another."""
    found = []
    for number in range(COMMON):
        is_rare = number % 100 == 0
        value: dict[str, Json] = {
            "title": f"common {'rare' if is_rare else 'other'} w{number}",
            "tags": ["usual", *(["odd"] if is_rare else [])],
            "city": "Berlin" if number % 2 else "Roma",
            "at": {"lat": 52.5, "lon": 13.4} if not is_rare else {"lat": -17, "lon": 179.99},
        }
        found.append(document(ANN, number, value))
    return found


@pytest.fixture
def filled(db: sqlite3.Connection, many: list[Record]) -> Filled:
    filled = Filled(db, [PLACES])
    filled.add(many)
    return filled


@pytest.mark.parametrize(
    ("asked", "name", "rows"),
    [
        (ask(text="rare"), "text", 3),
        (ask(text="COMMON rar*"), "text", 3),
        (ask(text="nothing"), "text", 0),
        (ask({"tags": {"has": "odd"}}), "tags[]", 3),
        (ask({"tags": {"has": "none"}}), "tags[]", 0),
        (ask({"at": {"within": [-18, 179.9, -16, -179.9]}}), "at", 3),
        (ask({"at": {"near": [-17, -179.99, 10_000]}}), "at", 3),
        (ask({"tags": {"has": "odd"}}, text="common"), "tags[]", 3),
        (ask({"at": {"within": [-18, 179.9, -16, -179.9]}, "city": "Roma"}, text="common"), "at", 3),
        (ask({"city": "Berlin"}, text="w7"), "text", 1),
    ],
)
def test_what_is_rare_is_followed(filled: Filled, many: list[Record], asked: Plan, name: str, rows: int) -> None:
    search = followed(filled, asked)
    assert search.lead is not None
    assert (search.lead.name, rows_of(filled.db, search.lead)) == (name, rows)
    said = explain(filled.db, filled.search(asked))
    assert (said.index, said.rows_read, said.advice) == ((name,), rows, "")
    assert answers.find(filled.db, filled.search(asked), decode, Tally()) == in_memory(many, asked)


@pytest.mark.parametrize(
    "asked",
    [
        ask(text="common", limit=5),
        ask({"tags": {"has": "usual"}}, limit=5),
        ask({"at": {"within": [52, 13, 53, 14]}}, limit=5),
        ask({"city": "Roma"}, text="common", limit=5),
        ask(text="rare", at=NOON),
        ask(text="r" * (WORD_BYTES_MAX + 1)),
    ],
)
def test_what_is_common_is_walked_in_order(filled: Filled, many: list[Record], asked: Plan) -> None:
    assert followed(filled, asked).lead is None
    assert answers.find(filled.db, filled.search(asked), decode, Tally()) == in_memory(many, asked)


def test_a_file_without_words_is_searched_all_the_same(filled: Filled, many: list[Record]) -> None:
    asked = ask(text="rare")
    search = filled.search(asked)
    bare = replace(search, table=replace(search.table, has_text=False))
    assert led(filled.db, bare, is_in_order=True).lead is None
    assert answers.find(filled.db, bare, decode, Tally()) == in_memory(many, asked)
    assert answers.count(filled.db, bare, decode) == 3


def test_a_word_of_many_is_looked_for_in_order_before_it_is_counted(filled: Filled, many: list[Record]) -> None:
    common = ask(text="common", limit=5)
    assert glance(filled.db, filled.search(common)) >= 5
    for asked in (ask(text="rare"), ask(text="common", limit=0), ask({"stars": 3}), ask(text="common", order="-tags")):
        assert glance(filled.db, filled.search(asked)) == 0
    for asked in (common, replace(common, limit=COMMON + 1), ask(text="common", order="city", limit=9)):
        assert answers.find(filled.db, filled.search(asked), decode, Tally()) == in_memory(many, asked)


def test_counts_follow_whatever_there_is(filled: Filled, many: list[Record]) -> None:
    for asked in (ask(text="common"), ask({"tags": {"has": "usual"}}), ask({"at": {"near": [52.5, 13.4, 10]}})):
        assert followed(filled, asked, is_in_order=False).lead is not None
        assert answers.count(filled.db, filled.search(asked), decode) == len(in_memory(many, asked))


def test_an_index_that_leaves_fewer_is_taken(filled: Filled) -> None:
    filled.add([document(BOB, 0, {"title": "rare", "city": "Paris"}, key="k")])
    assert followed(filled, ask({"city": "Paris"}, text="rare")).lead is None
    assert followed(filled, ask({"city": "Roma"}, text="rare")).lead is not None


@pytest.mark.parametrize(
    ("where", "advice"),
    [
        ({"owner": {"exists": True}}, ""),
        ({"stars": {"lt": 3}}, ""),
        ({"title": "x"}, "indexes=['title']"),
    ],
)
def test_other_queries_are_advised(filled: Filled, where: Any, advice: str) -> None:
    assert explain(filled.db, filled.search(ask(where))).advice == advice


def in_memory(records: list[Record], asked: Plan) -> list[Record]:
    async def find() -> list[Record]:
        memory = MemoryStore()
        await memory.define([PLACES], span_seconds=SPAN_SECONDS)
        await memory.add(records)
        return await memory.find(asked)

    return asyncio.run(find())


# Whatever is written and asked.

LETTERS = "aAbßẞ\u017fﬁéé̈ıİǅΣς字か゛゙_-.'\"*() 1२Ⅷ½\u200d\U0001d54f\U00010400🌍"
TEXTS = st.one_of(st.text(LETTERS, min_size=1, max_size=12), st.text(min_size=1, max_size=6))
POINTS = st.fixed_dictionaries(
    {
        "lat": st.sampled_from([-90, -89.9999, -17, 0, 52.5, 90]),
        "lon": st.sampled_from([-180, -179.999, 0, 13.4, 179.999, 180, 181]),
    }
)
TAGS = st.lists(st.sampled_from(["a", "b", "", "字"]), max_size=3)
VALUES = st.fixed_dictionaries({"title": TEXTS}, optional={"at": POINTS, "tags": TAGS})
BOXES = st.tuples(
    st.sampled_from([-90, -17, 0]), st.sampled_from([-180, 0, 179.9]), st.sampled_from([0, 52.5, 90]),
    st.sampled_from([-180, -179.9, 13.4, 180]),
)  # fmt: skip
CIRCLES = st.tuples(
    st.sampled_from([-90, -17, 52.5, 89.9999]), st.sampled_from([-180, 13.4, 179.9999]), st.sampled_from([0, 500, 2e7])
)
QUERIES = st.tuples(
    st.sampled_from([{}, {"tags": {"has": "a"}}, {"tags": {"has": "字"}}]),
    st.one_of(st.none(), BOXES.map(lambda box: {"within": [*box]}), CIRCLES.map(lambda circle: {"near": [*circle]})),
    st.integers(0, 20),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from(["-time", "time", "title", "-city"]),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(VALUES, min_size=1, max_size=12), st.lists(QUERIES, min_size=1, max_size=8), st.sets(st.integers(0, 11))
)
@example([{"title": "ǅ ẞ"}, {"title": "ss ß 'x'"}], [({}, None, 0, 2, True, "-time")], set())
@pytest.mark.real_time
def test_words_elements_and_places_give_what_memory_gives(
    values: list[dict[str, Json]], queries: list[Any], hidden: set[int]
) -> None:
    asyncio.run(compare(values, queries, hidden))


async def compare(values: list[dict[str, Json]], queries: list[Any], hidden: set[int]) -> None:
    records = [document(ANN, number, {**value}) for number, value in enumerate(values)]
    words = [word for value in values for word in words_in(str(value["title"]))]
    with tempfile.TemporaryDirectory() as folder:
        file, memory = await open_sqlite(str(Path(folder) / "room.db")), MemoryStore()
        try:
            for store in (file, memory):
                await store.define([PLACES], span_seconds=SPAN_SECONDS)
                await store.add(records)
                await store.mark([each.id for each in records[::5]], State.HIDDEN, is_set=True)
                await store.purge([records[number].id for number in hidden if number < len(records)])
            for where, area, first, length, is_beginning, order in queries:
                # A word of some document, or its beginning.
                word = words[first % len(words)] if words else ""
                text = f"{word[:length]}*" if is_beginning else word
                condition = where if area is None else {**where, "at": area}
                asked = ask(condition, text=text if words_in(text) else None, order=order)
                found = await memory.find(asked)
                assert await file.find(asked) == found
                assert await file.count(asked) == len(found)
        finally:
            await file.aclose()
