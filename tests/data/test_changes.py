"""Reading a room's log of changes."""

import asyncio

import pytest

from peerset.core.limits import CHANGES_AT_ONCE
from peerset.core.record import Record
from peerset.data.changes import read_changes, read_limit, read_since
from peerset.data.pulse import Pulse
from peerset.documents.change import Bookmark, Change, ChangeKind
from peerset.documents.document import State
from peerset.errors import ConfigError, CursorError
from peerset.stores.memory import MemoryStore
from peerset.testing.sample_documents import ANN, ANYTHING, document, sample_places


async def test_it_gives_what_is_seen_and_then_what_changes() -> None:
    store, pulse, records = MemoryStore(), Pulse(), sample_places()[:4]
    await store.add(records[:2])
    found: list[Change] = []

    async def read() -> None:
        found.extend([change async for change in read_changes(store, pulse, None, limit=4)])

    task = asyncio.create_task(read(), name="reader")
    for _ in range(5):
        await asyncio.sleep(0)
    await store.mark([records[0].id], State.HIDDEN, is_set=True)
    await store.add(records[2:])
    pulse.beat()
    await task
    assert [(change.kind, change.record) for change in found] == [
        (ChangeKind.ADDED, records[0]),
        (ChangeKind.ADDED, records[1]),
        (ChangeKind.HIDDEN, records[0]),
        (ChangeKind.ADDED, records[2]),
    ]
    rest = read_changes(store, pulse, read_since(str(found[-1].bookmark)), live=False)
    assert [change.record async for change in rest] == records[3:]


async def test_a_collection_is_told_of_what_is_its_own_or_may_have_been() -> None:
    store, pulse = MemoryStore(), Pulse()
    places, other = sample_places()[:3], document(ANN, 1, {}, collection=ANYTHING)
    await store.add([*places, other])
    since = await store.last_change()
    await store.purge([other.id, places[0].id])
    found = read_changes(store, pulse, None, collections=["places"], live=False)
    assert [change.record async for change in found] == places[1:]
    gone = read_changes(store, pulse, since, collections=["places"], live=False)
    assert {change.record.id async for change in gone} == {other.id, places[0].id}


async def test_it_reads_by_pages_and_ends_with_the_room() -> None:
    store, pulse = MemoryStore(), Pulse()
    records = [document(ANN, number, {"title": str(number)}) for number in range(CHANGES_AT_ONCE + 1)]
    await store.add(records)
    is_over: list[bool] = []
    found: list[Record] = []

    async def read() -> None:
        reader = read_changes(store, pulse, None, is_over=lambda: bool(is_over))
        found.extend([change.record async for change in reader])

    task = asyncio.create_task(read(), name="reader")
    for _ in range(5):
        await asyncio.sleep(0)
    is_over.append(True)
    pulse.beat()
    await task
    assert found == records
    assert [change async for change in read_changes(store, pulse, None, limit=0)] == []


async def test_a_bookmark_of_another_log_is_refused() -> None:
    with pytest.raises(CursorError):
        await anext(aiter(read_changes(MemoryStore(), Pulse(), Bookmark(1, 2, 3), live=False)))
    with pytest.raises(CursorError, match="is no place"):
        read_since("yesterday")
    assert read_since(None) is None
    assert read_since(Bookmark(1, 2, 3)) == Bookmark(1, 2, 3)


@pytest.mark.parametrize("limit", [-1, 1.5, "1", True])
def test_a_limit_is_a_whole_number(limit: object) -> None:
    with pytest.raises(ConfigError, match="a limit is a whole number"):
        read_limit(limit)
    assert (read_limit(None), read_limit(0)) == (None, 0)
