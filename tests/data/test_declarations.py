"""Which collections there are: one of each name, tried again when a store fails, and another one after a drop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

import peerset
from peerset.core.limits import COLLECTIONS_MAX
from peerset.core.record import Record
from peerset.data.declarations import Declarations
from peerset.documents.definition import define
from peerset.documents.plan import Plan
from peerset.errors import ConfigError, PeersetError, RoomClosedError, StoreError, ViewError
from peerset.stores.memory import MemoryStore
from tests.data.places import Place, alone, everything

pytestmark = pytest.mark.usefixtures("wall")

NOTES = define("notes")


class Failing(MemoryStore):
    """Fails to define so often."""

    failures = 1

    async def define(self, definitions, *, span_seconds):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as there
        self.span_seconds = span_seconds
        if self.failures:
            self.failures -= 1
            raise StoreError("the disk is full")
        await super().define(definitions, span_seconds=span_seconds)


@asynccontextmanager
async def working(store: MemoryStore) -> AsyncIterator[Declarations]:
    """Give the declarations of a store, defined and built whenever they want it."""
    wake = asyncio.Event()

    async def end(_: str) -> None:
        """Nobody reads."""

    async def work() -> None:
        while True:
            await wake.wait()
            wake.clear()
            try:
                await declarations.define()
                await declarations.build()
            except PeersetError as error:
                declarations.give_up(error)

    declarations = Declarations(store, span_seconds=100, wake=wake.set, on_progress=list[int]().append, on_drop=end)
    task = asyncio.create_task(work())
    yield declarations
    task.cancel()
    await asyncio.wait([task])


async def test_a_store_that_fails_is_tried_again_by_who_asks_next() -> None:
    store = Failing()
    async with working(store) as declarations:
        declarations.declare(NOTES)
        with pytest.raises(StoreError, match="full"):
            await declarations.ready(NOTES)
        await declarations.ready(NOTES)
        assert store.span_seconds == 100


async def test_nobody_waits_for_a_room_that_was_left() -> None:
    store = Failing()
    store.failures = 1_000
    async with working(store) as declarations:
        declarations.declare(NOTES)
        waiting = asyncio.create_task(declarations.ready(NOTES))
        await asyncio.sleep(0)
        declarations.fail(RoomClosedError("left"))
        with pytest.raises((RoomClosedError, StoreError)):
            await waiting
        with pytest.raises((RoomClosedError, StoreError)):
            await declarations.ready(NOTES)


async def test_one_name_stands_for_one_collection() -> None:
    async with alone() as room:
        one = room.collection("places", Place, indexes=["city"])
        assert room.collection("places", Place, indexes=["city"]).definition is one.definition
        for other in ({"indexes": ["stars"]}, {"shared": True, "indexes": ["city"]}, {}):
            with pytest.raises(ConfigError, match="'places' is there already, with another model or other indexes"):
                room.collection("places", Place, **other)
        with pytest.raises(ConfigError, match="is there already"):
            room.collection("places")
        assert room.collections == [one.definition]


async def test_a_room_has_so_many_collections_and_no_more() -> None:
    async with alone() as room:
        for number in range(COLLECTIONS_MAX):
            room.collection(f"c{number}")
        with pytest.raises(ConfigError, match="at most 256 collections"):
            room.collection("one-more")
        await room.collection("c0").ready()


OLD_CALLS: dict[str, Callable[[peerset.Collection[Any]], Any]] = {
    "put": lambda old: old.put("a", 2),
    "add": lambda old: old.add(2),
    "append": lambda old: old.append(2),
    "update": lambda old: old.update("a", lambda _: 2),
    "update_all": lambda old: old.update_all(None, lambda _: 2),
    "delete": lambda old: old.delete("a"),
    "erase": lambda old: old.erase("a"),
    "remove": lambda old: old.remove(bytes(32)),
    "get": lambda old: old.get("a"),
    "get_many": lambda old: old.get_many(["a"]),
    "find": lambda old: old.find(),
    "all": lambda old: everything(old.all()),
    "count": lambda old: old.count(),
    "aggregate": lambda old: old.aggregate({"n": "count"}),
    "explain": lambda old: old.explain(),
    "misfits": lambda old: old.misfits(),
    "doc": lambda old: old.doc(bytes(32)),
    "heads": lambda old: old.heads("a"),
    "all heads": lambda old: old.heads(),
    "history": lambda old: old.history("a"),
    "histories": lambda old: old.histories("a"),
    "diff": lambda old: everything(old.diff(0, 1)),
    "parents": lambda old: old.parents(bytes(32)),
    "missing": lambda old: old.missing(),
    "live": lambda old: old.live(),
    "watch": lambda old: old.watch("a"),
    "ready": lambda old: old.ready(),
    "changes": lambda old: everything(old.changes(live=False)),
}


@pytest.mark.parametrize("is_declared_again", [False, True])
async def test_what_was_dropped_neither_reads_nor_writes_though_its_name_be_given_again(
    is_declared_again: bool,
) -> None:
    async with alone() as room:
        old: peerset.Collection[Any] = room.collection("places")
        await old.put("a", 1)
        await room.drop(collection="places")
        if is_declared_again:
            await room.collection("places", shared=True, indexes=["key"]).ready()
        count = room.count
        for name, call in OLD_CALLS.items():
            with pytest.raises(ConfigError, match="'places' was dropped here: declare it again") as caught:
                await call(old)
            assert type(caught.value) is ConfigError, name
        with pytest.raises(ViewError, match="dropped here"):
            await room.fold(old, 0, lambda state, _: state).ready()
        assert room.count == count


async def test_what_is_declared_again_alike_is_the_same_to_who_held_it() -> None:
    async with alone() as room:
        old = room.collection("places", Place, indexes=["city"])
        await room.drop(collection="places")
        room.collection("places", Place, indexes=["city"])
        await old.put("a", Place("Zoo", "Berlin"))
        assert await old.count() == 1


async def test_a_batch_of_the_old_and_the_new_of_one_name_writes_nothing() -> None:
    async with alone() as room:
        old: peerset.Collection[Any] = room.collection("places")
        batch = room.batch()
        batch.put(old, "a", 1)
        await room.drop(collection="places")
        batch.put(room.collection("places", shared=True), "b", 2)
        with pytest.raises(ConfigError, match="dropped here"):
            await batch.commit()
        assert room.count == 0


async def test_a_store_at_the_moment_of_a_drop_refuses_as_everything_else_does() -> None:
    class Sudden(MemoryStore):
        async def find(self, plan: Plan) -> list[Record]:
            await self.drop([plan.collection])
            return await super().find(plan)

    async def open_it() -> MemoryStore:
        return Sudden()

    async with alone(store=open_it) as room:
        places: peerset.Collection[Any] = room.collection("places")
        with pytest.raises(ConfigError, match="knows no collection 'places': was it dropped") as caught:
            await places.find()
        assert type(caught.value) is ConfigError


async def test_a_live_query_that_is_opened_while_its_collection_is_dropped_is_refused() -> None:
    class Slow(MemoryStore):
        is_slow = False

        async def find(self, plan: Plan) -> list[Record]:
            if self.is_slow:
                await asyncio.sleep(1)
            return await super().find(plan)

    store = Slow()

    async def open_it() -> MemoryStore:
        return store

    async with alone(store=open_it) as room:
        places: peerset.Collection[Any] = room.collection("places")
        await places.put("a", 1)
        store.is_slow = True
        opening = asyncio.create_task(places.live())
        await asyncio.sleep(0.5)
        await room.drop(collection="places")
        with pytest.raises(ConfigError, match="dropped here"):
            await opening
        assert room._projection.feed.is_idle
