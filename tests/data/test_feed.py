"""The feed of live queries: whatever happens, differences applied in order give what `find` gives."""

import asyncio
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerset.core.clock import UnixTime
from peerset.core.limits import LIVE_QUERIES_MAX
from peerset.core.record import Record, RecordId
from peerset.data.feed import Feed
from peerset.data.live import LiveQuery
from peerset.documents.change import Bookmark, Changes
from peerset.documents.definition import Definition
from peerset.documents.document import Row, State
from peerset.documents.plan import Plan, plan
from peerset.errors import ConfigError, CursorError, StoreError
from peerset.ports import DocumentStore
from peerset.stores.memory import MemoryStore
from peerset.testing.sample_documents import ANN, BOB, NOON, PLACES, WIKI, commit, document, sample_places
from tests.stores.files import opened

NONCE: Final = "0d" * 16


def make_records() -> list[Record]:
    parts = [document(BOB, number, {"title": f"part {number}", "city": "Berlin"}, batch=NONCE) for number in range(3)]
    brief = [document(ANN, n, {"title": "brief", "city": "Berlin"}, expires_at=NOON + n % 3) for n in range(6)]
    pages = [
        document(author, number, {"text": f"{number}"} if number % 4 else None, collection=WIKI, key=f"k{number % 3}")
        for number in range(8)
        for author in (ANN, BOB)
    ]
    return [*sample_places(), *parts, commit(BOB, NONCE, [each.id for each in parts]), *brief, *pages]


RECORDS: Final = make_records()
QUERIES: Final[Sequence[tuple[Definition, object, object, int]]] = (
    (PLACES, {}, "-time", 5),
    (PLACES, {}, "time", 100),
    (PLACES, {"city": "Berlin"}, "-time", 3),
    (PLACES, {"city": "Berlin"}, "-stars", 4),
    (PLACES, {"stars": {"gte": 4}}, ("city", "-stars"), 6),
    (PLACES, {"any": [{"open": True}, {"city": None}]}, "key", 7),
    (PLACES, {"key": "k1"}, "author", 1),
    (WIKI, {}, "key", 2),
    (WIKI, {"key": "k1"}, "-time", 1),
)

SOME: Final = st.lists(st.integers(0, len(RECORDS) - 1), max_size=8)
STEPS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("add"), SOME),
        st.tuples(st.just("add"), SOME),
        st.tuples(st.sampled_from(["remove", "hide", "show", "shadow", "lift", "purge"]), SOME),
        st.tuples(st.just("sweep"), st.lists(st.integers(0, 3), min_size=1, max_size=1)),
        st.tuples(st.just("grow"), st.lists(st.integers(0, len(QUERIES) - 1), max_size=2)),
    ),
    max_size=20,
)

REFUSED: Final = st.sets(st.integers(0, len(RECORDS) - 1), max_size=60)
"""What the class of a model refuses, though it fits the schema."""

Doc = tuple[RecordId, object]


def make(record: Record, row: Row) -> Doc:
    return record.id, row.value


class Follower:
    """Applies the differences of a live query in order, in a task of its own."""

    def __init__(self, live: LiveQuery[Doc], asked: Plan) -> None:
        self.live, self.asked, self.docs, self.count = live, asked, live.docs, 0
        self.task = asyncio.create_task(self.follow(), name="follower")

    async def follow(self) -> None:
        async for difference in self.live:
            assert difference, "no difference is empty"
            self.docs = difference.apply(self.docs)
            self.count += 1


async def turn() -> None:
    """Let every task take what there is for it."""
    for _ in range(5):
        await asyncio.sleep(0)


class Bench:
    """A store, its feed and who follows; the model refuses the *refused* records."""

    def __init__(self, store: DocumentStore, refused: Collection[int] = ()) -> None:
        self.store, self.feed = store, Feed(store)
        self.followers: list[Follower] = []
        self.refused = {RECORDS[number].id for number in refused}

    def make(self, record: Record, row: Row) -> Doc | None:
        return None if record.id in self.refused else make(record, row)

    async def open(self, number: int) -> None:
        definition, where, order, limit = QUERIES[number]
        asked = plan(definition, where, order=order, limit=limit, now=NOON)
        self.followers.append(Follower(await self.feed.open(definition, asked, self.make), asked))

    async def apply(self, what: str, numbers: Sequence[int]) -> None:
        if what == "grow":
            for number in {each for each in numbers if self.followers[each].asked.limit < 500}:
                follower = self.followers[number]
                await follower.live.grow(3)
                follower.asked = replace(follower.asked, limit=follower.asked.limit + 3)
        else:
            await change(self.store, what, numbers)

    async def compare(self) -> None:
        await turn()
        for follower in self.followers:
            found = [record.id for record in await self.store.find(replace(follower.asked, limit=1_000))]
            shown = [each for each in found if each not in self.refused][: follower.asked.limit]
            assert [doc[0] for doc in follower.live.docs] == shown, follower.asked
            assert follower.docs == follower.live.docs, "differences applied in order give what is there"

    async def aclose(self) -> None:
        self.feed.end(None)
        await asyncio.wait([follower.task for follower in self.followers])
        for follower in self.followers:
            follower.task.result()


async def change(store: DocumentStore, what: str, numbers: Sequence[int]) -> None:
    records = [RECORDS[number] for number in numbers]
    ids = [record.id for record in records]
    match what:
        case "add":
            await store.add(records)
        case "remove":
            await store.add([], removed=ids)
        case "hide" | "show":
            await store.mark(ids, State.HIDDEN, is_set=what == "hide")
        case "shadow" | "lift":
            await store.mark(ids, State.SHADOWED, is_set=what == "shadow")
        case "purge":
            await store.purge(ids[:1])
        case _:
            await store.sweep(UnixTime(NOON + numbers[0]))


async def follow_steps(store: DocumentStore, steps: Sequence[tuple[str, list[int]]], refused: Collection[int]) -> None:
    bench = Bench(store, refused)
    await store.define([PLACES, WIKI], span_seconds=86_400)
    await store.add(RECORDS[::3])
    for number in range(len(QUERIES)):
        await bench.open(number)
    for step in steps:
        await bench.apply(*step)
        await bench.feed.catch_up()
        await bench.compare()
    await bench.aclose()


@settings(max_examples=25)
@given(STEPS, REFUSED)
def test_differences_applied_in_order_give_what_find_gives(
    steps: list[tuple[str, list[int]]], refused: set[int]
) -> None:
    asyncio.run(follow_steps(MemoryStore(), steps, refused))


@pytest.mark.real_time
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, REFUSED)
def test_differences_applied_in_order_give_what_find_gives_of_a_file(
    steps: list[tuple[str, list[int]]], refused: set[int]
) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder) / "room.db") as store:
                await follow_steps(store, steps, refused)

    asyncio.run(run())


class RestlessStore(MemoryStore):
    """Changes whenever it is asked something."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, list[int]]] = []

    async def step(self) -> None:
        if self.steps:
            await change(self, *self.steps.pop())

    async def find(self, plan: Plan) -> list[Record]:
        await self.step()
        found = await super().find(plan)
        await self.step()
        return found

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        found = await super().changes(since, limit=7, with_untold=with_untold)
        await self.step()
        return found


@settings(max_examples=25)
@given(STEPS.map(lambda steps: [step for step in steps if step[0] != "grow"]), REFUSED)
def test_a_store_that_changes_meanwhile_is_caught_up_with(
    steps: list[tuple[str, list[int]]], refused: set[int]
) -> None:
    async def run() -> None:
        bench = Bench(store := RestlessStore(), refused)
        await store.define([PLACES, WIKI], span_seconds=86_400)
        await store.add(RECORDS[::3])
        store.steps = steps
        for number in range(len(QUERIES)):
            await bench.open(number)
        while store.steps:
            await bench.feed.catch_up()
        await bench.feed.catch_up()
        await bench.compare()
        await bench.aclose()

    asyncio.run(run())


async def test_a_slow_reader_gets_one_difference_for_all_that_happened() -> None:
    bench = Bench(MemoryStore())
    await bench.store.define([PLACES, WIKI], span_seconds=86_400)
    live = await bench.feed.open(PLACES, plan(PLACES, now=NOON), make)
    before = live.docs
    for place in range(0, 60, 6):
        await bench.store.add(RECORDS[place : place + 6])
        await bench.store.add([], removed=[RECORDS[place].id])
        await bench.feed.catch_up()
    live.close()
    differences = [each async for each in live]
    assert len(differences) == 1
    assert differences[0].apply(before) == live.docs
    assert len(live.docs) > 20


async def test_one_saved_batch_is_one_difference() -> None:
    bench = Bench(MemoryStore())
    await bench.store.define([PLACES, WIKI], span_seconds=86_400)
    await bench.open(1)
    beats = bench.feed.pulse.count
    for place in range(0, 30, 6):
        await bench.store.add(RECORDS[place : place + 6])
        await bench.feed.follow()
        await turn()
    assert bench.followers[0].count == 5
    assert bench.feed.pulse.count == beats + 5
    await bench.aclose()


async def test_a_log_that_does_not_reach_back_is_no_loss() -> None:
    class ForgetfulStore(MemoryStore):
        async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
            if since != await self.last_change():
                raise CursorError("no longer")
            return await super().changes(since, limit=limit, with_untold=with_untold)

    bench = Bench(ForgetfulStore())
    await bench.store.define([PLACES, WIKI], span_seconds=86_400)
    await bench.open(0)
    await bench.store.add(RECORDS)
    await bench.feed.catch_up()
    await bench.compare()
    await bench.aclose()


async def test_a_store_that_fails_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    class FailingStore(MemoryStore):
        fails = False

        async def find(self, plan: Plan) -> list[Record]:
            if self.fails:
                raise StoreError("no disk")
            return await super().find(plan)

    bench = Bench(store := FailingStore())
    await store.define([PLACES, WIKI], span_seconds=86_400)
    await store.add(RECORDS)
    await bench.open(0)
    store.fails = True
    await store.add([], removed=[doc[0] for doc in bench.followers[0].docs])
    await bench.feed.follow()
    assert "no disk" in caplog.text
    store.fails = False
    await bench.feed.follow()
    await bench.compare()
    await bench.aclose()


async def test_live_queries_have_a_limit() -> None:
    bench = Bench(MemoryStore())
    await bench.store.define([PLACES, WIKI], span_seconds=86_400)
    asked = plan(PLACES, {"city": "Berlin"}, now=NOON)
    opened = [await bench.feed.open(PLACES, asked, make) for _ in range(LIVE_QUERIES_MAX)]
    with pytest.raises(ConfigError, match="1024 live queries are open: close some"):
        await bench.feed.open(PLACES, asked, make)
    opened[0].close()
    opened[0].close()
    await bench.feed.open(PLACES, asked, make)
    bench.feed.end(StoreError("it broke"))
    assert all([await ending_of(live) for live in opened[1:]])
    await bench.feed.open(PLACES, asked, make)


async def ending_of(live: LiveQuery[Doc]) -> str:
    try:
        await anext(live)
    except StoreError as error:
        return str(error)
    return ""
