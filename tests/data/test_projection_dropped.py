"""Collections that are dropped or declared while others wait for them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.record import RecordId
from peerset.documents.definition import Definition
from peerset.errors import ConfigError
from peerset.stores.memory import MemoryStore
from tests.data.places import alone

pytestmark = pytest.mark.usefixtures("wall")


class Slow(MemoryStore):
    """A store that does one thing when it is told that it may."""

    def __init__(self) -> None:
        super().__init__()
        self.held: str | None = None
        self.may_go_on = asyncio.Event()

    async def _wait(self, what: str) -> None:
        if self.held == what:
            await self.may_go_on.wait()

    async def open(self) -> MemoryStore:
        """Give itself."""
        return self

    async def define(self, definitions: Sequence[Definition], *, span_seconds: int) -> None:
        """Define."""
        await self._wait("define")
        await super().define(definitions, span_seconds=span_seconds)

    async def drop(self, collections: Sequence[str]) -> None:
        """Drop."""
        await self._wait("drop")
        await super().drop(collections)

    async def build(self) -> int:
        """Build."""
        await self._wait("build")
        return await super().build()

    async def sweep(self, now: UnixTime) -> list[RecordId]:
        """Sweep."""
        await self._wait("sweep")
        return await super().sweep(now)


async def test_all_who_wait_for_a_collection_that_is_dropped_give_up() -> None:
    store = Slow()
    async with alone(store=store.open) as room:
        store.held = "define"
        places: peerset.Collection[Any] = room.collection("places")
        waiting = [asyncio.create_task(places.find()) for _ in range(3)]
        await asyncio.sleep(1)
        dropping = asyncio.create_task(room.drop(collection="places"))
        await asyncio.sleep(1)
        store.may_go_on.set()
        await dropping
        for each in waiting:
            with pytest.raises(ConfigError, match="dropped here"):
                await asyncio.wait_for(each, 60)


async def test_a_collection_that_is_declared_again_while_it_is_dropped_is_there() -> None:
    store = Slow()
    async with alone(store=store.open) as room:
        places: peerset.Collection[Any] = room.collection("places")
        await places.put("a", 1)
        store.held = "drop"
        dropping = asyncio.create_task(room.drop(collection="places"))
        await asyncio.sleep(1)
        again: peerset.Collection[Any] = room.collection("places", shared=True)
        await asyncio.sleep(1)
        store.may_go_on.set()
        await dropping
        assert [doc.value for doc in await again.find()] == [1]
        assert len(await room.recall_all()) == 1


async def test_who_reads_while_a_collection_is_dropped_is_told() -> None:
    store = Slow()
    async with alone(store=store.open) as room:
        places: peerset.Collection[Any] = room.collection("places")
        await places.put("a", 1)
        await asyncio.sleep(2)
        store.held = "sweep"
        reading = [asyncio.create_task(places.history("a")), asyncio.create_task(places.live())]
        await asyncio.sleep(1)
        dropping = asyncio.create_task(room.drop(collection="places"))
        await asyncio.sleep(1)
        store.may_go_on.set()
        for each in reading:
            with pytest.raises(ConfigError, match="dropped here"):
                await each
        await dropping


async def test_a_kept_collection_may_be_declared_while_another_is_indexed() -> None:
    store = Slow()
    async with alone(store=store.open) as room:
        await room.collection("places").ready()
        store.held = "build"
        room.collection("more")
        await asyncio.sleep(1)
        kept: peerset.Collection[Any] = room.collection("kept", keep=True)
        store.may_go_on.set()
        assert list(await asyncio.wait_for(kept.find(), 60)) == []
