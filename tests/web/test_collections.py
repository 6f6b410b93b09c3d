"""Stores of documents in both languages: whatever happens, all of them give equal pages, cursors and figures.

Python's store in memory says what is right; tests/stores compares it with a model, and SQLite with it.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId
from peerset.documents.cursor import write_cursor
from peerset.documents.definition import Definition, Older, define
from peerset.documents.document import Row, State, row_of
from peerset.documents.order import Seat
from peerset.documents.plan import Plan, Slot, check_column, plan, read_figures
from peerset.documents.value import Scalar, canonical
from peerset.errors import PeersetError
from peerset.stores.memory import MemoryStore
from peerset.testing.sample_documents import commit, deletion
from tests.web.drawn import NONCE, NOW, OPTIONS, PLACE, queries, records
from tests.web.pool import key
from tests.web.world import Answer, Harness

pytestmark = [pytest.mark.real_time, pytest.mark.node]

WEB: Final = Path(__file__).resolve().parents[2] / "web"
KINDS: Final = ("memory", "indexeddb")
PAGES: Final = 3
PAGE_DOCUMENTS: Final = 100
RECORDS_MAX: Final = 14
COLLECTIONS: Final[dict[str, tuple[Json, Any]]] = {"places": (PLACE, OPTIONS), "other": (None, {"shared": True})}
BITS: Final = (
    State.INCOMPLETE,
    State.SUPERSEDED,
    State.VOID,
    State.MISFIT,
    State.EXPIRED,
    State.HIDDEN,
    State.SHADOWED,
)

each_drawn = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

Step = tuple[Any, ...]

numbers = st.integers(0, RECORDS_MAX + 5)
some = st.lists(numbers, max_size=6)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), some, some),
        st.tuples(st.just("add"), st.lists(numbers, min_size=3, max_size=10), st.just([])),
        st.tuples(st.just("purge"), some),
        st.tuples(st.just("expire"), st.integers(NOW - 1, NOW + 1)),
        st.tuples(st.just("sweep"), st.integers(NOW, NOW + 3)),
        st.tuples(st.sampled_from(["hide", "show", "shadow", "lift"]), some),
        st.tuples(st.sampled_from(["define", "drop"]), st.sampled_from(sorted(COLLECTIONS))),
    ),
    max_size=8,
)
followed = queries.map(lambda query: {name: value for name, value in query.items() if name != "at"})
figures = st.sampled_from(
    [
        {"n": "count"},
        {"n": "count", "low": "min:stars", "high": "max:stars", "sum": "sum:stars", "mean": "mean:open"},
        {"first": "min:city", "last": "max:city", "opened": "sum:open"},
        {"wrong": "sum:city"},
        {"wrong": "max:nothing"},
    ]
)


@pytest.fixture(scope="module")
def page() -> Iterator[Harness]:
    """Start a process that runs what pages run."""
    harness = Harness(["node", "--import", "tsx", "test/data/harness.ts"], WEB)
    yield harness
    harness.close()


@pytest.mark.parametrize("kind", KINDS)
@each_drawn
@given(
    drawn=st.lists(records(), max_size=RECORDS_MAX, unique_by=lambda record: record.id),
    happens=steps,
    asked=st.lists(queries, min_size=1, max_size=6),
    compute=figures,
    by=st.sampled_from([None, "city", "stars", "open", "note"]),
)
def test_whatever_happens_a_page_finds_what_python_finds(
    page: Harness,
    kind: str,
    drawn: list[Record],
    happens: list[Step],
    asked: list[dict[str, Any]],
    compute: Json,
    by: str | None,
) -> None:
    async def run() -> None:
        twins = await Twins.open(page, kind, [*drawn, *made_of(drawn)])
        for step in happens:
            await twins.apply(step)
        for name in [*twins.defined]:
            for query in asked:
                await twins.compare_find(name, query)
            await twins.compare_aggregate(name, compute, asked[0].get("where"), by)
            await twins.compare_look(name)

    asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
@each_drawn
@given(
    drawn=st.lists(records(), max_size=RECORDS_MAX, unique_by=lambda record: record.id),
    happens=steps,
    asked=st.lists(st.tuples(st.sampled_from(sorted(COLLECTIONS)), followed), min_size=1, max_size=6),
    grows=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(1, 4)), max_size=3),
)
def test_live_queries_of_a_page_always_give_what_find_gives(
    page: Harness,
    kind: str,
    drawn: list[Record],
    happens: list[Step],
    asked: list[tuple[str, dict[str, Any]]],
    grows: list[tuple[int, int, int]],
) -> None:
    async def run() -> None:
        twins = await Twins.open(page, kind, [*drawn, *made_of(drawn)])
        lives = [query for query in asked if twins.live(*query)]
        for at, step in enumerate(happens):
            await twins.apply(step)
            for when, number, count in grows:
                if when == at and number < len(lives):
                    name, query = lives[number]
                    page.ask(do="grow", number=number, count=count)
                    lives[number] = name, {**query, "limit": query.get("limit", PAGE_DOCUMENTS) + count}
            await twins.compare_lives(lives)

    asyncio.run(run())


@dataclass
class Twins:
    """A store here, and one in the page to which the same happens."""

    page: Harness
    drawn: Sequence[Record]
    store: MemoryStore = field(default_factory=MemoryStore)
    defined: dict[str, Definition] = field(default_factory=dict)
    purged: set[RecordId] = field(default_factory=set)
    """What a page knows nothing of any more once it reads its collection anew."""
    was_dropped: bool = False

    @classmethod
    async def open(cls, page: Harness, kind: str, drawn: Sequence[Record]) -> "Twins":
        page.ask(do="new", store=kind, now=NOW)
        twins = cls(page, drawn)
        for name in COLLECTIONS:
            await twins.define(name)
        await twins.add(drawn[::2], [])
        return twins

    async def apply(self, step: Step) -> None:
        match step:
            case "add", list(numbers), list(removed):
                await self.add(self.named(numbers), self.named(removed))
            case "purge", list(numbers):
                ids = [each.id for each in self.named(numbers)]
                self.purged |= {*ids}
                await self.store.purge(ids)
                self.page.ask(do="purge", ids=[each.hex() for each in ids])
            case "expire", int(before):
                count = await self.store.expire(UnixTime(before))
                assert self.page.ask(do="expire", before=before) == {"count": count}
            case "sweep", int(now):
                swept = await self.store.sweep(UnixTime(now))
                assert self.page.ask(do="sweep", before=now) == {"swept": [each.hex() for each in swept]}
            case "define", str(name):
                await self.define(name)
            case "drop", str(name):
                await self.store.drop([name])
                self.defined.pop(name, None)
                self.was_dropped = True
                self.page.ask(do="drop", name=name)
            case str(what), list(numbers):
                ids = [each.id for each in self.named(numbers)]
                bit = State.HIDDEN if what in ("hide", "show") else State.SHADOWED
                await self.store.mark(ids, bit, is_set=what in ("hide", "shadow"))
            case _:
                raise AssertionError(step)
        await self.heed()

    def named(self, numbers: Sequence[int]) -> list[Record]:
        return [self.drawn[number] for number in numbers if number < len(self.drawn)]

    async def add(self, drawn: Sequence[Record], removed: Sequence[Record]) -> None:
        await self.store.add(drawn, removed=[each.id for each in removed])
        wires = [record.wire.hex() for record in drawn]
        self.page.ask(do="add", wires=wires, removed=[each.id.hex() for each in removed])

    async def define(self, name: str) -> None:
        schema, options = COLLECTIONS[name]
        older = [Older(each["name"]) for each in options.get("also", [])]
        self.defined[name] = define(name, schema, **{**options, **({"also": older} if older else {})})
        await self.store.define([self.defined[name]], span_seconds=86_400)
        while await self.store.build():
            pass
        self.page.ask(do="define", name=name, schema=json.dumps(schema), options=json.dumps(options))

    async def heed(self) -> None:
        """Let the page hide what is hidden here, as its moderation does."""
        bits: dict[str, int] = {}
        for bit in (State.HIDDEN, State.SHADOWED):
            for record_id in await self.store.marked(bit):
                bits[record_id.hex()] = bits.get(record_id.hex(), 0) | bit
        self.page.ask(do="heed", bits=bits)

    async def compare_find(self, name: str, query: dict[str, Any]) -> None:
        found = self.page.ask(do="find", name=name, query=json.dumps(query), pages=PAGES)
        assert found == await attempt(self.find(self.defined[name], query))

    def live(self, name: str, query: dict[str, Any]) -> bool:
        """Follow a query in the page, if it can be meant."""
        answer = self.page.ask(do="live", name=name, query=json.dumps(query))
        where, wish = query.get("where"), {each: query[each] for each in query if each != "where"}
        try:
            plan(self.defined[name], where, **wish, now=NOW)
            expected = {"number": answer.get("number")}
        except PeersetError as error:
            expected = {"error": type(error).__name__}
        assert answer == expected
        return "error" not in expected

    async def compare_lives(self, lives: Sequence[tuple[str, dict[str, Any]]]) -> None:
        expected = [await self.first(name, query) if name in self.defined else None for name, query in lives]
        told = self.page.ask(do="follow", expected=expected)["told"]
        for ids, each, live in zip(expected, told, lives, strict=True):
            assert each == (None if ids is None else {"docs": ids, "shown": ids, "areEmpty": False}), live

    async def first(self, name: str, query: dict[str, Any]) -> list[str]:
        where, wish = query.get("where"), {each: query[each] for each in query if each != "where"}
        asked = plan(self.defined[name], where, **{"limit": PAGE_DOCUMENTS, **wish}, now=NOW)
        return [record.id.hex() for record in await self.store.find(asked)]

    async def compare_aggregate(self, name: str, compute: Json, where: Json, by: str | None) -> None:
        given = {"compute": json.dumps(compute), "where": json.dumps(where), "by": by}
        assert self.page.ask(do="aggregate", name=name, **given) == await attempt(
            self.aggregate(self.defined[name], compute, where, by)
        )

    async def compare_look(self, name: str) -> None:
        assert self.page.ask(do="look", name=name, keys=["a", "b"]) == await self.look(name)
        answer = self.page.ask(do="states", bits=[int(bit) for bit in BITS])
        documents = {each.id for each in self.drawn if any(row_of(some, each) for some in self.defined.values())}
        known = {each.hex() for each in documents - (self.purged if self.was_dropped else set())}
        for bit, marked in zip(BITS, answer["marked"], strict=True):
            here = [each.hex() for each in await self.store.marked(bit)]
            assert [each for each in marked if each in known] == [each for each in here if each in known], bit

    async def find(self, definition: Definition, query: dict[str, Any]) -> Answer:
        wish = {name: value for name, value in query.items() if name != "where"}
        asking = partial(plan, definition, query.get("where"), now=NOW)
        pages: list[Answer] = []
        after: str | None = None
        while len(pages) < PAGES:
            asked = asking(**{"limit": PAGE_DOCUMENTS, **wish, "after": after})
            found = await self.store.find(replace(asked, limit=asked.limit + 1))
            docs = found[: asked.limit]
            has_more = len(found) > asked.limit > 0
            after = write_cursor(asked.digest, seat_of(definition, asked, docs[-1])) if has_more else None
            pages.append({"docs": [shown(definition, each) for each in docs], "next": after})
            if after is None:
                break
        counted = {name: value for name, value in wish.items() if name in ("text", "author")}
        count = None if "at" in wish else await self.store.count(asking(**counted))
        return {"pages": pages, "count": count}

    async def aggregate(self, definition: Definition, compute: Json, where: Json, by: str | None) -> Answer:
        asked, wanted = plan(definition, where, now=NOW), read_figures(definition, compute)
        if by is not None:
            check_column(definition, by)
        rows = await self.store.aggregate(asked, wanted, by=by)
        return {"rows": [canonical(dict(row)).hex() for row in rows]}

    async def look(self, name: str) -> Answer:
        versions = await self.store.register_versions(name, [Slot(key, None) for key in ("a", "b")])
        heads = await self.store.heads(name, limit=1_000)
        ids = list(dict.fromkeys([*(each.id for some in versions for each in some), *(each.id for each in heads)]))
        links = await self.store.links(ids, of_parents=True)
        return {
            "versions": [[shown_version(each) for each in some] for some in versions],
            "heads": [each.id.hex() for each in heads],
            "misfits": [each.id.hex() for each in await self.store.misfits(name)],
            "children": [[each.parent.hex(), each.child.hex()] for each in links],
        }


def made_of(drawn: Sequence[Record]) -> list[Record]:
    """Give commits of the batches of what was drawn, and deletions of some of it."""
    made = []
    for author in (key(1), key(2)):
        theirs = [each for each in drawn if each.author == author.public_key]
        parts = [each.id for each in theirs if each.tag_values("batch")]
        if parts:
            made += [commit(author, NONCE, parts), commit(author, NONCE, [parts[-1], drawn[0].id])]
        if theirs:
            made.append(deletion(author, *theirs[-2:]))
    return made


async def attempt(making: Any) -> Answer:
    """Give what *making* gives, or what kind of mistake it is."""
    try:
        answer: Answer = await making
    except PeersetError as error:
        return {"error": type(error).__name__}
    return answer


def shown(definition: Definition, record: Record) -> list[str]:
    return [record.id.hex(), canonical(row_in(definition, record).value).hex()]


def shown_version(version: Any) -> list[Any]:
    parents = [each.hex() for each in version.parents]
    return [version.id.hex(), version.stamp, int(version.state), parents]


def row_in(definition: Definition, record: Record) -> Row:
    row = row_of(definition, record)
    assert row is not None
    return row


def seat_of(definition: Definition, asked: Plan, record: Record) -> Seat:
    row = row_in(definition, record)
    values = [row.field(term.field) for term in asked.order[:-1]]
    return Seat(tuple(map(scalar_of, values)), row.stamp, record.id)


def scalar_of(value: Json) -> Scalar:
    return value if value is None or isinstance(value, bool | int | float | str) else None
