"""Live queries, as their readers have them; what they tell is in test_feed.py."""

import asyncio

import pytest

from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.core.record import Record
from peerset.data.difference import Difference
from peerset.data.feed import Feed
from peerset.data.live import LiveQuery
from peerset.documents.document import Row
from peerset.documents.plan import plan
from peerset.errors import QueryError, RoomClosedError
from peerset.stores.memory import MemoryStore
from peerset.testing.sample_documents import ANN, NOON, PLACES, document


def title(record: Record, row: Row) -> object:
    del record
    assert isinstance(row.value, dict)
    return row.value["title"]


async def open_live(*titles: str, limit: int = 3) -> tuple[MemoryStore, Feed, LiveQuery[object]]:
    store = MemoryStore()
    await store.define([PLACES], span_seconds=86_400)
    await store.add([document(ANN, number, {"title": each}) for number, each in enumerate(titles)])
    feed = Feed(store)
    return store, feed, await feed.open(PLACES, plan(PLACES, order="title", limit=limit, now=NOON), title)


async def test_it_gives_documents_and_differences() -> None:
    store, feed, live = await open_live("b", "d")
    assert live.docs == ["b", "d"]
    waiting = asyncio.create_task(anext(live), name="reader")
    await asyncio.sleep(0)
    await store.add([document(ANN, 9, {"title": "c"})])
    await feed.catch_up()
    assert await waiting == Difference(added=((1, "c"),))
    assert live.docs == ["b", "c", "d"]
    assert repr(live) == "<LiveQuery of 'places': 3 documents, open>"


async def test_it_grows_and_says_what_came() -> None:
    _, _, live = await open_live("a", "b", "c", "d", "e")
    await live.grow(1)
    assert await anext(live) == Difference(added=((3, "d"),))
    await live.grow(10)
    assert await anext(live) == Difference(added=((4, "e"),))


@pytest.mark.parametrize("count", [0, -1, 1.0, True, "5", PAGE_DOCUMENTS_MAX - 2])
async def test_it_grows_by_whole_numbers_to_a_limit(count: int) -> None:
    _, _, live = await open_live()
    with pytest.raises(QueryError, match="a window of 3 documents cannot grow by"):
        await live.grow(count)
    await live.grow(PAGE_DOCUMENTS_MAX - 3)


async def test_closing_ends_it_after_what_has_changed() -> None:
    store, feed, live = await open_live("a")
    await store.add([document(ANN, 9, {"title": "b"})])
    await feed.catch_up()
    async with live:
        pass
    assert [each async for each in live] == [Difference(added=((1, "b"),))]
    await store.add([document(ANN, 10, {"title": "c"})])
    await feed.catch_up()
    await live.grow(5)
    assert live.docs == ["a", "b"]
    assert repr(live) == "<LiveQuery of 'places': 2 documents, ended>"


async def test_a_room_that_fails_is_an_error() -> None:
    _, feed, live = await open_live("a")
    feed.end(RoomClosedError("the room failed"))
    with pytest.raises(RoomClosedError, match="the room failed"):
        await anext(live)
