"""A room's log of changes, its views and its folds."""

import asyncio
from collections.abc import AsyncIterator

import pytest

import peerset
from peerset.core.limits import FOLDS_MAX
from peerset.documents.view import ViewWriter
from peerset.errors import ConfigError, CursorError, RoomClosedError, ViewError
from tests.data.places import alone, pair


def count_kinds(tx: ViewWriter, change: peerset.Change) -> None:
    count = tx.get(["kind", change.record.kind], 0)
    assert isinstance(count, int)
    tx.put(["kind", change.record.kind], count + (1 if change.kind in ("added", "shown") else -1))


async def test_changes_are_read_from_the_beginning_and_from_a_cursor() -> None:
    async with alone() as room:
        one, two = await room.publish("one"), await room.publish("two", collection="notes")
        found = [change async for change in room.changes(live=False)]
        assert [(change.kind, change.record) for change in found] == [("added", one), ("added", two)]
        reader = aiter(room.changes(found[0].cursor))
        assert (await anext(reader)).record == two
        gone = await room.delete(one)
        changes = [await anext(reader), await anext(reader)]
        assert [(change.kind, change.record.id) for change in changes] == [("removed", one.id), ("added", gone.id)]
        notes = [change.record async for change in room.changes(collection="notes", live=False)]
        assert notes == [two]
        assert len([change async for change in room.changes(limit=1)]) == 1


async def test_what_cannot_be_meant_is_refused_at_the_call() -> None:
    async with alone() as room:
        with pytest.raises(CursorError, match="'yesterday' is no place"):
            room.changes("yesterday")
        with pytest.raises(ConfigError, match="a limit"):
            room.changes(limit=-1)
        with pytest.raises(ConfigError, match="a collection's name"):
            room.changes(collection="No Name")
        with pytest.raises(CursorError, match="another log"):
            await anext(aiter(room.changes("00000000-0-0")))
    with pytest.raises(RoomClosedError):
        room.changes()


async def test_a_reader_of_changes_ends_with_the_room() -> None:
    async with alone() as room:
        task = asyncio.create_task(anext(aiter(room.changes()), None), name="reader")
        await asyncio.sleep(0.1)
    assert await task is None


async def test_a_muted_author_is_hidden_from_changes_and_views() -> None:
    async with pair() as (one, two):
        theirs = await two.publish("theirs")
        await asyncio.sleep(5)
        await one.synced()
        kinds = one.view("kinds")(count_kinds)
        await kinds.ready()
        assert await kinds.range(["kind"]) == [(["kind", 1_078], 1)]
        reader = aiter(one.changes())
        assert (await anext(reader)).record == theirs
        await one.moderation.mute(two.key)
        assert (await anext(reader)).kind == "hidden"
        await kinds.ready()
        assert await kinds.get(["kind", 1_078]) == 0


async def test_a_view_follows_in_the_background_and_has_one_name() -> None:
    async with alone() as room:
        kinds = room.view("kinds", version=2, collection="notes")(count_kinds)
        await room.publish("one", collection="notes")
        await room.publish("two")
        await asyncio.sleep(1)
        assert await kinds.get(["kind", 1_078]) == 1
        with pytest.raises(ConfigError, match="there is a view 'kinds' already"):
            room.view("kinds")(count_kinds)


async def test_a_view_that_fails_leaves_the_room_open() -> None:
    def fail(tx: ViewWriter, change: peerset.Change) -> None:
        raise KeyError(str(change))

    async with alone() as room:
        broken = room.view("broken")(fail)
        await room.publish("one")
        await asyncio.sleep(1)
        assert isinstance(broken.error, ViewError)
        assert room.is_open


async def test_folds_have_a_limit() -> None:
    async with alone() as room:
        log = room.collection("log")
        for _ in range(FOLDS_MAX):
            room.fold(log, 0, lambda state, doc: state)
        with pytest.raises(ConfigError, match="at most 32 folds"):
            room.fold(log, 0, lambda state, doc: state)
        with pytest.raises(ConfigError, match="cannot keep"):
            log.folded({1}, lambda state, doc: state)  # type: ignore[arg-type] # that is what is tried


async def test_now_gives_what_comes_from_here_on() -> None:
    async with alone() as room:
        notes = room.collection("notes")
        await notes.add({"n": 1})
        assert [change async for change in room.changes("now", live=False)] == []
        changes = room.changes("now")
        coming = asyncio.create_task(_next(changes))
        await asyncio.sleep(5)
        doc = await notes.add({"n": 2})
        assert (await coming).record.id == doc.id
        await changes.aclose()  # type: ignore[attr-defined] # it is a generator


async def _next(changes: AsyncIterator[peerset.Change]) -> peerset.Change:
    return await anext(changes)
