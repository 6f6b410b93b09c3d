"""Documents in a file: the contract, the same as in memory whatever happens, and reads that hold up nothing."""

import asyncio
import random
import sqlite3
import tempfile
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerset.core.clock import UnixTime
from peerset.core.record import KIND_DELETION, Record
from peerset.documents.change import Bookmark, ChangeKind
from peerset.documents.document import State
from peerset.documents.plan import Figure, Slot, plan
from peerset.errors import ConfigError, CursorError, QueryError, StoreError
from peerset.ports import DocumentStore
from peerset.stores.indexed import asking
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import SQLiteStore, open_sqlite
from peerset.testing.check_documents import build, check_documents
from peerset.testing.check_queries import ORDERS, TEXTS, WHERES, seated
from peerset.testing.sample_documents import (
    ANN,
    ANYTHING,
    BOB,
    NOON,
    PLACES,
    SPAN_SECONDS,
    WIKI,
    commit,
    deletion,
    document,
    sample_places,
)
from tests.patience import PATIENT_SECONDS
from tests.stores.files import opened

pytestmark = pytest.mark.real_time

NONCE: Final = "0c" * 16
FIGURES: Final = (Figure("n", "count", None), Figure("best", "max", "stars"), Figure("all", "sum", "stars"))


async def test_it_keeps_the_contract_of_stores_of_documents(tmp_path: Path) -> None:
    numbers = count()

    async def open_store() -> DocumentStore:
        return await open_sqlite(str(tmp_path / f"room{next(numbers)}.db"))

    await check_documents(open_store)


def many_records() -> list[Record]:
    """Documents of all sorts that get in each other's way."""
    records = sample_places()[::3]
    for author in (ANN, BOB):
        for number in range(6):
            expires_at = NOON + number if number % 3 == 1 else None
            batch = NONCE if number == 4 else None
            key, before = f"k{number % 2}", records[-1:]
            text: Any = {"text": f"{number}"} if number != 5 else None
            version: dict[str, Any] = {"key": key, "batch": batch, "expires_at": expires_at, "follows": before}
            records.append(document(author, number, text, collection=WIKI, **version))
            records.append(document(author, number, {"title": f"{number}"}, key=key, follows=before))
            records.append(document(author, number, {"title": f"{number}"}, batch=batch, follows=before))
            records.append(document(author, number, {}, collection=ANYTHING if number % 2 else PLACES))
    parts = [each for each in records if each.tag_values("batch") and each.author == ANN.public_key]
    return [*records, commit(ANN, NONCE, [each.id for each in parts]), deletion(ANN, *parts)]


RECORDS: Final = many_records()
DEFINITIONS: Final = (PLACES, WIKI, ANYTHING)
SOME: Final = st.lists(st.sampled_from(RECORDS), max_size=12)
STEP: Final = st.one_of(
    st.tuples(st.just("add"), SOME, SOME),
    st.tuples(st.just("add"), SOME, st.just([])),
    st.tuples(st.just("purge"), SOME),
    st.tuples(st.just("mark"), SOME, st.sampled_from([State.HIDDEN, State.SHADOWED]), st.booleans()),
    st.tuples(st.just("sweep"), st.integers(NOON, NOON + 6)),
    st.tuples(st.just("expire"), st.integers(NOON - 1, NOON + 5 * 86_400)),
    st.tuples(st.just("define"), st.lists(st.sampled_from(DEFINITIONS), unique=True)),
    st.tuples(st.just("drop"), st.sampled_from(DEFINITIONS)),
    st.tuples(st.just("read"), st.integers(1, 9)),
    st.tuples(st.just("reopen")),
)
QUERY: Final = st.fixed_dictionaries(
    {"where": st.sampled_from(WHERES), "order": st.sampled_from(ORDERS)},
    optional={
        "text": st.sampled_from(TEXTS),
        "at": st.integers(NOON - 1, NOON + 12 * 86_400),
        "limit": st.integers(0, 60),
        "author": st.sampled_from([ANN.public_key, BOB.public_key]),
    },
)


class Reader:
    """A reader of the log of a store."""

    def __init__(self) -> None:
        self.since: Bookmark | None = None
        self.told: set[bytes] = set()

    async def read(self, store: DocumentStore, limit: int) -> bool:
        try:
            page = await store.changes(self.since, limit=limit)
        except CursorError:
            # The log was forgotten: whoever reads it starts over.
            self.since, self.told = None, set()
            return True
        for change in page.changes:
            if change.kind in (ChangeKind.ADDED, ChangeKind.SHOWN):
                assert change.record.id not in self.told
                self.told.add(change.record.id)
            else:
                self.told.remove(change.record.id)
        self.since = page.end
        return not page.is_last


class Pair:
    """The same done to a file and to a memory."""

    def __init__(self, path: Path, file: SQLiteStore) -> None:
        self.path, self.file, self.memory = path, file, MemoryStore()
        self.stores: tuple[DocumentStore, DocumentStore] = (self.file, self.memory)
        self.readers = Reader(), Reader()
        self.now = 0

    async def apply(self, step: tuple[Any, ...]) -> None:
        if step == ("reopen",):
            await self.file.aclose()
            self.file = await open_sqlite(str(self.path))
            self.stores = (self.file, self.memory)
            await self.file.define(list(self.memory._documents.definitions.values()), span_seconds=SPAN_SECONDS)
            await build(self.file)
            return
        for store, reader in zip(self.stores, self.readers, strict=True):
            await self.apply_to(store, reader, *step)

    async def apply_to(self, store: DocumentStore, reader: Reader, name: str, *given: Any) -> None:
        match name:
            case "add":
                await store.add(given[0], removed=[each.id for each in given[1]])
            case "purge":
                await store.purge([each.id for each in given[0] if each.kind not in (KIND_DELETION, 1_080)])
            case "mark":
                await store.mark([each.id for each in given[0]], given[1], is_set=given[2])
            case "sweep":
                await store.sweep(UnixTime(given[0]))
            case "expire":
                await store.expire(UnixTime(given[0]))
            case "define":
                await store.define(given[0], span_seconds=SPAN_SECONDS)
                await build(store)
            case "drop":
                await store.drop([given[0].name])
            case _:
                await reader.read(store, given[0])

    async def compare(self, queries: Sequence[dict[str, Any]]) -> None:
        for bit in State:
            assert await self.file.marked(bit) == await self.memory.marked(bit), bit
        for definition in self.memory._documents.definitions.values():
            # How many are seen of all is kept, not counted.
            everything = plan(definition, now=NOON)
            assert await self.file.count(everything) == await self.memory.count(everything)
            assert await self.file.heads(definition.name, limit=9) == await self.memory.heads(definition.name, limit=9)
            assert await self.file.misfits(definition.name) == await self.memory.misfits(definition.name)
            slots = [Slot(f"k{number}", author) for number in range(8) for author in (None, ANN.public_key)]
            versions = await self.file.register_versions(definition.name, slots)
            assert versions == await self.memory.register_versions(definition.name, slots)
            for of_parents in (True, False):
                ids = [each.id for each in RECORDS]
                links = await self.file.links(ids, of_parents=of_parents)
                assert links == await self.memory.links(ids, of_parents=of_parents)
        if "places" in self.memory._documents.definitions:
            for query in queries:
                await self.compare_pages(query)
        for store, reader in zip(self.stores, self.readers, strict=True):
            while await reader.read(store, 5):
                pass
        assert self.readers[0].told == self.readers[1].told

    async def compare_pages(self, query: dict[str, Any]) -> None:
        asked = plan(PLACES, **query, now=NOON)
        found = await self.memory.find(asked)
        assert await self.file.find(asked) == found
        assert await self.file.count(asked) == await self.memory.count(asked)
        for by in (None, "city", "open", "author"):
            figures = await self.file.aggregate(asked, FIGURES, by=by)
            assert figures == await self.memory.aggregate(asked, FIGURES, by=by)
        for record in found[:3]:
            behind = replace(asked, after=seated(PLACES, asked.order, record), limit=4)
            assert await self.file.find(behind) == await self.memory.find(behind)


async def compared(steps: Sequence[tuple[Any, ...]], queries: Sequence[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "room.db"
        pair = Pair(path, await open_sqlite(str(path)))
        try:
            for step in steps:
                await pair.apply(step)
            await pair.compare(queries)
        finally:
            await pair.file.aclose()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=14), st.lists(QUERY, max_size=6))
def test_whatever_happens_it_agrees_with_the_memory(
    steps: list[tuple[Any, ...]], queries: list[dict[str, Any]]
) -> None:
    asyncio.run(compared([("define", [PLACES, WIKI]), *steps], queries))


@settings(max_examples=8, deadline=None)
@given(st.lists(QUERY, min_size=5, max_size=8), st.integers(0, 2**32))
def test_random_queries_give_equal_pages(queries: list[dict[str, Any]], seed: int) -> None:
    records = random.Random(seed).sample(RECORDS, len(RECORDS))
    asyncio.run(compared([("define", [PLACES]), ("add", records, [])], queries))


async def test_reads_do_not_hold_up_writes_nor_wait_for_them(path: Path) -> None:
    records = sample_places()
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.add(records[:1])
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await store.find(plan(PLACES, now=NOON)) == records[:1]
            other.execute("ROLLBACK")
        await asyncio.gather(*(store.add([each]) for each in records), *(store.last_change() for _ in records))


async def test_what_is_asked_while_its_collection_is_defined_waits_for_that(path: Path) -> None:
    records = sample_places()
    go_on = threading.Event()
    async with opened(path) as store:
        await store.add(records)
        busy = asyncio.create_task(store._file.run(lambda _: go_on.wait(PATIENT_SECONDS)))
        defining = asyncio.create_task(store.define([PLACES], span_seconds=SPAN_SECONDS))
        counting = asyncio.create_task(store.count(plan(PLACES, now=NOON)))
        # The thread that reads does not know the collection yet, and has said so once this is answered.
        await store.last_change()
        go_on.set()
        assert await counting == 0
        await asyncio.gather(busy, defining)


async def test_a_file_that_was_moved_is_read_where_it_is_put_back(path: Path) -> None:
    records = sample_places()
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.add(records)
        found = await store.find(plan(PLACES, now=NOON))
        path.rename(path.with_name("elsewhere.db"))
        assert await store.find(plan(PLACES, now=NOON)) == found
        assert path.exists()
        await store.add([], removed=[found[0].id])
        assert await store.find(plan(PLACES, now=NOON)) != found


async def test_a_damaged_record_is_a_store_error(path: Path) -> None:
    records = sample_places()[:3]
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.add(records)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("UPDATE record SET wire = x'01'")
        for asked in (store.find(plan(PLACES, now=NOON)), store.changes(None, limit=1)):
            with pytest.raises(StoreError, match="is damaged"):
                await asked


async def test_a_damaged_table_is_a_store_error(path: Path) -> None:
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("DROP TABLE doc_1")
        with pytest.raises(StoreError, match="no such table"):
            await store.find(plan(PLACES, now=NOON))


async def test_what_another_process_adds_without_the_collection_is_caught_up_with(path: Path) -> None:
    records = sample_places()
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.add(records[:10])
    async with opened(path) as store:
        await store.add(records[10:], removed=[records[0].id])
        with pytest.raises(ConfigError):
            await store.count(plan(PLACES, now=NOON))
    async with opened(path) as store, opened(path) as other:
        for each in (store, other):
            await each.define([PLACES], span_seconds=SPAN_SECONDS)
            await build(each)
        memory = MemoryStore()
        await memory.define([PLACES], span_seconds=SPAN_SECONDS)
        await memory.add(records[1:])
        assert await store.find(plan(PLACES, now=NOON)) == await memory.find(plan(PLACES, now=NOON))


async def test_a_bookmark_outlives_the_process_and_belongs_to_its_file(tmp_path: Path) -> None:
    records = sample_places()
    async with opened(tmp_path / "one.db") as store:
        await store.add(records[:5])
        mark = await store.last_change()
    async with opened(tmp_path / "one.db") as store:
        await store.add(records[5:7])
        told = await store.changes(mark, limit=10)
        assert [each.record for each in told.changes] == records[5:7]
    async with opened(tmp_path / "two.db") as store:
        with pytest.raises(CursorError):
            await store.changes(mark, limit=10)


async def test_sql_holds_up_neither_writes_nor_other_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records, clock = sample_places(), [0.0]
    # Its seconds pass once all is written, however long that takes a busy machine.
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        asked = asyncio.create_task(store.sql(endless))
        for each in records:
            await store.add([each])
            assert await store.find(plan(PLACES, now=NOON, limit=1))
        assert not asked.done()
        clock[0] = 3.0
        with pytest.raises(QueryError, match="takes longer than 2 s"):
            await asked
        rows = await store.sql("SELECT count(*) AS n FROM places")
        assert list(rows) == [{"n": await store.count(plan(PLACES, now=NOON))}]


async def test_sql_reads_a_file_that_was_moved_where_it_is_put_back(path: Path) -> None:
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.add(sample_places())
        count = "SELECT count(*) AS n FROM places"
        before = await store.sql(count)
        path.rename(path.with_name("elsewhere.db"))
        assert await store.sql(count) == before
        assert path.exists()
    with pytest.raises(StoreError, match="is closed"):
        await store.sql(count)


async def test_sql_on_a_damaged_file_is_a_store_error(path: Path) -> None:
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.add(sample_places())
    with closing(sqlite3.connect(path)) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'doc_1'").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4_096)
        file.write(bytes(4_096))
    async with opened(path) as store:
        with pytest.raises(StoreError, match="damaged"):
            await store.sql("SELECT * FROM places")
