"""What has expired loses its content."""

import asyncio
from collections.abc import Sequence

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.record import RecordId
from peerset.data.expiry import PURGE_SECONDS, Expiry
from peerset.stores.memory import MemoryStore
from peerset.testing.sample_documents import ANN, NOON, PLACES, SPAN_SECONDS, document
from tests.data.places import INDEXED, Place, alone


@pytest.mark.usefixtures("wall")
async def test_what_expires_is_purged_within_ten_minutes_and_stays_in_the_set() -> None:
    store = MemoryStore()
    async with alone(store=store) as room:
        places = room.collection("places", Place, **INDEXED, ttl=60)
        brief = await places.add(Place("t", "Berlin"))
        lasting = await places.add(Place("u", "Berlin"), ttl=86_400)
        await asyncio.sleep(61)
        assert [doc.id for doc in await places.find()] == [lasting.id]
        await asyncio.sleep(600)
        assert await store.wires([brief.id, lasting.id]) == [b"", lasting.record.wire]
        assert (room.count, len(await store.entries())) == (2, 2)
        assert [shell.id for shell in await room.shells()] == [brief.id]
        assert await places.misfits() == []


@pytest.mark.usefixtures("wall")
async def test_who_follows_is_told_once_and_a_view_takes_it_back() -> None:
    async with alone() as room:
        places = room.collection("places", Place, **INDEXED)
        taken: list[str] = []

        @room.view("titles")
        def titles(tx: peerset.ViewWriter, change: peerset.Change) -> None:
            taken.append(change.kind.value)
            count = tx.get(["n"], 0)
            assert isinstance(count, int)
            tx.put(["n"], count + (1 if change.kind == "added" else -1))

        async with await places.live() as live:
            await places.add(Place("t", "Berlin"), ttl=60)
            await places.add(Place("u", "Berlin"))
            await titles.ready()
            since = [change async for change in room.changes(live=False)][-1].cursor
            await asyncio.sleep(1_000)
            told = [change.kind.value async for change in room.changes(since, live=False)]
            await titles.ready()
            assert (told, taken) == (["removed"], ["added", "added", "removed"])
            assert await titles.range() == [(["n"], 1)]
            assert [doc.value.title for doc in live.docs] == ["u"]


@pytest.mark.usefixtures("wall")
async def test_a_register_that_was_purged_shows_no_older_version() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        await places.put("k", Place("old", "Berlin"))
        await places.put("k", Place("new", "Berlin"), ttl=60)
        await asyncio.sleep(1_000)
        assert await places.get("k") is None
        assert len(await room.shells()) == 1


async def test_it_looks_now_and_then_and_purges_nothing_twice() -> None:
    store, purged = MemoryStore(), list[Sequence[RecordId]]()

    async def purge(ids: Sequence[RecordId]) -> None:
        purged.append(ids)
        await store.purge(ids)

    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    expiry = Expiry(store, purge)
    records = [document(ANN, at, {"title": "x"}, expires_at=NOON + at) for at in (1, 2, 3)]
    await store.add(records)
    await store.purge([records[0].id])
    counts = []
    for look in range(5):
        now = UnixTime(NOON + 2 + look * PURGE_SECONDS)
        await store.sweep(UnixTime(min(now, NOON + 2) if look < 2 else now))
        counts.append(await expiry.purge(now))
        assert await expiry.purge(UnixTime(now + PURGE_SECONDS - 1)) == 0
    assert counts == [0, 1, 0, 1, 0]
    assert purged == [[records[1].id], [records[2].id]]
