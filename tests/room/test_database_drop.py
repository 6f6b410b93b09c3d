"""What was made of records is forgotten here; the records stay."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.documents.view import ViewWriter
from peerset.errors import ConfigError, ViewError
from peerset.stores.memory import MemoryStore
from tests.data.places import INDEXED, Place, alone


def last(tx: ViewWriter, change: peerset.Change) -> None:
    tx.put(["last"], change.record.content)


def add(state: Any, doc: peerset.Doc[Any]) -> Any:
    return state + doc.value.stars


async def test_a_dropped_collection_is_declared_anew_with_all_that_was_in_it() -> None:
    async with alone() as room:
        places = room.collection("places", Place, **INDEXED)
        await places.put("zoo", Place("Zoo", "Berlin", 3))
        live, total = await places.live(), room.fold(places, 0, add)
        await total.ready()
        await room.drop(collection="places")
        assert room.collections == []
        assert room.count == 1
        with pytest.raises(ConfigError, match="'places' was dropped here: declare it again"):
            await places.find()
        with pytest.raises(ConfigError, match="dropped"):
            await places.put("zoo", Place("Zoo", "Rome"))
        assert await anext(live, None) is None
        with pytest.raises(ViewError, match="its collection was dropped"):
            await total.ready()
        assert total.state == 3
        # Another model, other indexes, and other registers.
        again: peerset.Collection[Any] = room.collection("places", shared=True)
        [doc] = (await again.find()).docs
        assert (doc.key, doc.value["title"]) == ("zoo", "Zoo")
        async with await again.live() as other:
            await again.put("zoo", {"title": "New"})
            assert [each.value for _, each in (await anext(other)).changed] == [{"title": "New"}]


@pytest.mark.real_time
async def test_what_an_earlier_life_declared_is_dropped_by_name(tmp_path: Path) -> None:
    options = {"store": f"sqlite:{tmp_path / 'room.db'}", "key": str(tmp_path / "me.key")}
    async with alone(**options) as room:
        places = room.collection("places", Place, **INDEXED)
        batch = room.batch()
        for number in range(300):
            batch.add(places, Place(f"t{number}", "c", 1))
        await batch.commit()
        view, total = room.view("last")(last), room.fold(places, 0, add, name="total")
        await view.ready()
        await total.ready()
    async with alone(**options) as room:
        await room.drop(collection="places", view=["last"], fold="total")
        assert await room.recall_all() == []
        tables = await room.sql("SELECT name FROM sqlite_master WHERE name LIKE 'doc_%' OR name LIKE 'v_last%'")
        assert list(tables) == []
        assert await room._projection.store.notes("fold") == {}
        assert room.count == 300


async def test_a_dropped_view_or_fold_stops_and_its_name_is_free() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        await places.add(Place("Zoo", "Berlin", 3))
        view, total = room.view("last")(last), room.fold(places, 0, add, name="total")
        await view.ready()
        await room.drop(view="last", fold="total")
        for stopped in (view, total):
            with pytest.raises(ViewError, match="dropped here"):
                await stopped.ready()
        with pytest.raises(ConfigError, match="keeps no view 'last'"):
            await view.get(["last"])
        again, anew = room.view("last")(last), room.fold(places, 0, add, name="total")
        await again.ready()
        await anew.ready()
        assert anew.state == 3
        assert await again.get(["last"]) is not None
        await room.drop(view="never", fold="never", collection="never")
        with pytest.raises(ConfigError, match="a collection's name"):
            await room.drop(view="No Name")


async def test_what_is_being_dropped_keeps_its_name_until_it_is_gone_and_may_be_dropped_twice_at_once() -> None:
    async with alone() as room:
        places: peerset.Collection[Any] = room.collection("places")
        view = room.view("last")(last)
        folds = [room.fold(places, 0, lambda state, _: state, name=name) for name in ("one", "two")]
        await view.ready()
        for fold in folds:
            await fold._lock.acquire()
        await view._lock.acquire()
        dropping = [asyncio.create_task(room.drop(collection="places")) for _ in range(2)]
        dropping += [asyncio.create_task(room.drop(view="last")) for _ in range(2)]
        await asyncio.sleep(1)
        with pytest.raises(ConfigError, match="there is a view 'last' already"):
            room.view("last")(last)
        for lock in (view._lock, *(fold._lock for fold in folds)):
            lock.release()
        await asyncio.gather(*dropping)
        await room.view("last")(last).ready()
        room.fold(room.collection("places"), 0, lambda state, _: state, name="one")


async def test_a_fold_over_a_collection_that_was_dropped_stops_and_the_room_goes_on() -> None:
    async with alone() as room:
        places: peerset.Collection[Any] = room.collection("places")
        await places.ready()
        await room.drop(collection="places")
        late = room.fold(places, 0, lambda state, _: state)
        await asyncio.sleep(5)
        with pytest.raises(ViewError, match="stopped: the collection 'places' was dropped here"):
            await late.ready()
        await room.collection("others").put("a", 1)


async def test_a_fold_that_is_being_dropped_keeps_its_name_until_nothing_is_kept_of_it() -> None:
    class Slow(MemoryStore):
        async def note(self, kind: str, key: bytes, text: str | None) -> None:
            if text is None:
                await asyncio.sleep(1)
            await super().note(kind, key, text)

    async def open_it() -> MemoryStore:
        return Slow()

    async with alone(store=open_it) as room:
        places: peerset.Collection[Any] = room.collection("places")
        await room.fold(places, 0, lambda state, _: state, name="total").ready()
        dropping = [asyncio.create_task(room.drop(fold="total")) for _ in range(2)]
        await asyncio.sleep(0.5)
        with pytest.raises(ConfigError, match="there is a fold 'total' already"):
            room.fold(places, 0, lambda state, _: state, name="total")
        await dropping[0]
        again = room.fold(places, 0, lambda state, _: state, name="total")
        await dropping[1]
        await again.ready()
        with pytest.raises(ConfigError, match="there is a fold 'total' already"):
            room.fold(places, 0, lambda state, _: state, name="total")
