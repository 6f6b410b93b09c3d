"""Collections are followed: live queries, one register, and folds."""

import asyncio
from collections.abc import AsyncIterator

import pytest

import peerset
from peerset.errors import ConfigError, QueryError
from tests.data.places import INDEXED, Place, alone, pair


async def test_a_live_query_follows_what_is_written_here_and_elsewhere() -> None:
    async with pair() as (one, two):
        mine, theirs = (room.collection("places", Place, **INDEXED) for room in (one, two))
        async with await mine.live({"city": "Berlin"}, order="-stars", limit=2) as live:
            assert live.docs == []
            shown = list(live.docs)
            first = await mine.put("a", Place("A", "Berlin", 3))
            shown = (await anext(live)).apply(shown)
            second = await theirs.put("b", Place("B", "Berlin", 4))
            shown = (await anext(live)).apply(shown)
            assert shown == live.docs == [second, first]
            newer = await theirs.put("b", Place("B", "Berlin", 1))
            assert (await anext(live)).moved == (peerset.Move(0, 1, newer),)
            await mine.put("c", Place("C", "Rome", 5))
            await mine.delete("a")
            difference = await anext(live)
            assert difference == peerset.Difference(removed=((0, first),))
            assert live.docs == [*await mine.find({"city": "Berlin"}, order="-stars", limit=2)]


async def test_what_is_muted_leaves_and_comes_back() -> None:
    async with pair() as (one, two):
        mine, theirs = (room.collection("places", Place, **INDEXED) for room in (one, two))
        doc = await theirs.add(Place("B", "Berlin", 4))
        async with await mine.live() as live:
            if not live.docs:
                await anext(live)
            await one.moderation.mute(two.key)
            assert (await anext(live)).removed == ((0, doc),)
            await one.moderation.unmute(two.key)
            assert (await anext(live)).added == ((0, doc),)


async def test_one_register_is_watched() -> None:
    async with alone() as room:
        places = room.collection("places", Place, **INDEXED)
        async with await places.watch("k") as live:
            await places.put("other", Place("A", "Berlin"))
            first = await places.put("k", Place("B", "Berlin"))
            assert (await anext(live)).added == ((0, first),)
            second = await places.put("k", Place("C", "Berlin"))
            assert (await anext(live)).changed == ((0, second),)
            await places.delete("k")
            assert (await anext(live)).removed == ((0, second),)
        with pytest.raises(ConfigError):
            await places.watch("")
        with pytest.raises(QueryError, match="no field 'town'"):
            await places.live({"town": "x"})


async def test_leaving_the_room_ends_what_is_live() -> None:
    async with alone() as room:
        places = room.collection("places", Place, **INDEXED)
        live = await places.live()
        task = asyncio.create_task(anext(live, None), name="reader")
        await asyncio.sleep(0)
    assert await task is None


async def test_a_fold_is_one_state_on_all_peers() -> None:
    async with pair() as (one, two):
        logs = [room.collection("log") for room in (one, two)]
        folds = [
            room.fold(log, [], lambda state, doc: [*state, doc.value["n"]])  # type: ignore[misc,index,call-overload] # JSON
            for room, log in zip((one, two), logs, strict=True)
        ]
        for number in range(6):
            await logs[number % 2].append({"n": number})
        await asyncio.sleep(5)
        await one.synced()
        for fold in folds:
            await fold.ready()
        assert folds[0].state == folds[1].state
        assert sorted(folds[0].state) == list(range(6))  # type: ignore[arg-type,type-var] # a list


async def test_changes_of_a_collection_are_its_own_and_those_of_older_ones() -> None:
    async with pair() as (one, two):
        spots, others = one.collection("spots"), one.collection("others")
        places = two.collection("places", also=[peerset.Older("spots")])
        first = await spots.add({"title": "A"})
        await others.add({"n": 1})
        second = await places.add({"title": "B"})
        await two.synced(timeout=60)
        found = [change async for change in places.changes(live=False)]
        assert {change.record.id for change in found} == {first.id, second.id}
        assert [change async for change in places.changes(found[0].cursor, live=False)] == found[1:]
        coming = places.changes("now", limit=1)
        task = asyncio.create_task(_first(coming))
        await asyncio.sleep(5)
        third = await places.put("c", {"title": "C"})
        assert (await task).record.id == third.id
    with pytest.raises(peerset.RoomClosedError):
        places.changes()


async def _first(changes: AsyncIterator[peerset.Change]) -> peerset.Change:
    return await anext(changes)
