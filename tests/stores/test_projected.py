"""Any store with a projection of its documents in memory."""

import asyncio

from peerset.core.clock import UnixTime
from peerset.core.filter import Filter
from peerset.core.record import Record
from peerset.documents.document import State
from peerset.documents.plan import plan
from peerset.ports import ViewStore
from peerset.stores.memory import MemoryStore
from peerset.stores.projected import READ_AT_ONCE, ProjectedStore, projected
from peerset.testing.check_documents import check_documents
from peerset.testing.check_store import check_store
from peerset.testing.check_views import check_views
from peerset.testing.sample_documents import ANN, NOON, PLACES, document, sample_places


async def open_projected() -> ViewStore:
    return ProjectedStore(MemoryStore())


async def test_it_keeps_the_contract_of_stores() -> None:
    await check_store(open_projected)


async def test_it_keeps_the_contract_of_stores_of_documents() -> None:
    await check_documents(open_projected)


async def test_a_store_that_finds_documents_is_left_as_it_is() -> None:
    store = MemoryStore()
    assert await projected(store) is store


async def test_what_is_in_the_store_is_read_when_documents_are_asked_for() -> None:
    store = MemoryStore()
    records = [document(ANN, number, {"title": str(number)}) for number in range(READ_AT_ONCE + 5)]
    await store.add(records)
    await store.purge([records[1].id])
    opened = ProjectedStore(store)
    await opened.define([PLACES], span_seconds=86_400)
    while await opened.build():
        pass
    left = [records[0], *records[2:]]
    assert await opened.find(plan(PLACES, order="time", now=NOON)) == left[:1_000]
    assert [change.record for change in (await opened.changes(None, limit=5_000)).changes] == left
    await opened.add([records[1]])
    assert await opened.count(plan(PLACES, now=NOON)) == len(left)
    assert await opened.marked(State.VOID) == [records[1].id]


async def test_who_asks_for_no_documents_pays_nothing_for_them() -> None:
    class Counting(MemoryStore):
        queries = 0

        async def query(self, query: Filter) -> list[Record]:
            self.queries += 1
            return await super().query(query)

    store = Counting()
    opened = ProjectedStore(store)
    await opened.add(sample_places())
    await opened.purge([sample_places()[0].id])
    await opened.expire(UnixTime(0))
    assert store.queries == 0
    assert len((await opened.changes(None, limit=1_000)).changes) > 0
    assert store.queries > 0


async def test_calls_at_the_same_time_leave_both_alike() -> None:
    store = ProjectedStore(MemoryStore())
    await store.define([PLACES], span_seconds=86_400)
    records = sample_places()
    calls = [store.add([each]) for each in records]
    await asyncio.gather(*calls, store.purge([records[3].id]), store.expire(UnixTime(NOON + 5)), store.add(records[:9]))
    here = {record_id for _, record_id in await store.entries()}
    assert {change.record.id for change in (await store.changes(None, limit=1_000)).changes} <= here
    assert await store.count(plan(PLACES, now=NOON)) > 0


async def test_it_keeps_the_contract_of_stores_of_views() -> None:
    await check_views(open_projected)
