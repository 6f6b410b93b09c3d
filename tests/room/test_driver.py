"""The driver, on a clock that jumps and a network in memory."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

import peerset
from peerset.cli.offline import Hermit
from peerset.core.limits import HEARTBEAT_QUIET_SECONDS, SILENCE_MAX_SECONDS
from peerset.core.record import RecordId
from peerset.plugins import open_store
from peerset.room.remembered import kept_acquaintances
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm

E = TypeVar("E", bound=peerset.Event)


@asynccontextmanager
async def pair(swarm: MemorySwarm, **options: Any) -> AsyncIterator[tuple[peerset.Room, peerset.Room]]:
    """Give two rooms that are in sync."""
    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host(), **options) as two,
    ):
        await one.synced(timeout=60)
        await two.synced(timeout=60)
        yield one, two


async def wait_for(stream: peerset.EventStream, kind: type[E]) -> E:
    async with asyncio.timeout(120):
        async for event in stream:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the stream ended without {kind.__name__}")


async def test_records_cross_a_network_in_memory() -> None:
    async with pair(MemorySwarm(delay_seconds=0.05)) as (one, two):
        events = two.events()
        record = await one.publish("hello")
        assert (await wait_for(events, peerset.RecordAdded)).record == record


async def test_a_peer_that_falls_silent_is_dropped_in_time() -> None:
    swarm = MemorySwarm()
    async with pair(swarm) as (one, two):
        events = one.events()
        began = asyncio.get_running_loop().time()
        swarm.network.hold(one.peer_id, two.peer_id)
        left = await wait_for(events, peerset.PeerLeft)
        waited = asyncio.get_running_loop().time() - began
        assert "silent" in left.reason
        assert waited <= SILENCE_MAX_SECONDS + 2


async def test_quiet_peers_keep_each_other_alive_and_measure_the_lag() -> None:
    async with pair(MemorySwarm(delay_seconds=0.2)) as (one, two):
        await asyncio.sleep(10 * HEARTBEAT_QUIET_SECONDS)
        assert [peer.state for peer in one.peers + two.peers] == ["established", "established"]
        assert one.peers[0].lag_seconds == pytest.approx(0.4, abs=1e-3)


async def test_a_broken_link_heals_by_itself() -> None:
    swarm = MemorySwarm()
    async with pair(swarm) as (one, two):
        events = one.events()
        swarm.network.cut(one.peer_id, two.peer_id)
        await wait_for(events, peerset.PeerLeft)
        record = await two.publish("while apart")
        assert (await wait_for(events, peerset.PeerJoined)).peer == two.peer_id
        await one.synced(timeout=60)
        assert await one.get(record.id) == record


async def publish_for_an_hour(room: peerset.Room) -> None:
    for number in range(8):
        await room.publish(f"record {number}")
        await asyncio.sleep(600.0)


async def test_who_was_useful_for_an_hour_is_known_after_a_restart(tmp_path: Path) -> None:
    path, swarm = tmp_path / "lobby.db", MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("lobby", store=f"sqlite:{path}", host=swarm.host()) as two,
    ):
        await two.synced(timeout=60)
        await publish_for_an_hour(one)
        await two.synced(timeout=60)
    async with peerset.join("lobby", store=f"sqlite:{path}", host=swarm.host()):
        pass
    store = await open_store(f"sqlite:{path}")
    try:
        assert [key for key, _ in await kept_acquaintances(store)] == [one.key]
    finally:
        await store.aclose()


class FailingStore(MemoryStore):
    """Fails at what it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: set[str] = set()

    async def add(self, records: Any, *, removed: Any = ()) -> None:
        self._check("add")
        await super().add(records, removed=removed)

    async def named(self, names: Any) -> Any:
        self._check("named")
        return await super().named(names)

    async def wires(self, ids: Any) -> Any:
        self._check("wires")
        return await super().wires(ids)

    async def expire(self, before: Any, *, but: Any = ()) -> int:
        self._check("expire")
        return await super().expire(before, but=but)

    def _check(self, what: str) -> None:
        if what in self.failing:
            raise peerset.StoreError(f"{what} failed")


async def test_a_store_that_cannot_save_is_told_to_the_writer() -> None:
    store = FailingStore()
    async with pair(MemorySwarm(), store=store) as (_one, two):
        store.failing = {"add"}
        with pytest.raises(peerset.StoreError, match="add failed"):
            await two.publish("lost")
        store.failing = set()
        assert (await two.publish("kept")).content == "kept"


async def test_a_deletion_whose_target_cannot_be_read_is_not_saved() -> None:
    store = FailingStore()
    async with pair(MemorySwarm(), store=store) as (_one, two):
        record = await two.publish("oops")
        deleting = asyncio.create_task(two.delete(record.id))
        await asyncio.sleep(0)
        store.failing = {"named"}
        with pytest.raises(peerset.StoreError):
            await deleting
        store.failing = set()
        assert two.count == 1
        await two.delete(record.id)
        assert await two.get(record.id) is None


async def test_records_that_cannot_be_loaded_are_left_to_a_later_round() -> None:
    swarm, store = MemorySwarm(), FailingStore()
    async with peerset.join("lobby", host=swarm.host(), store=store) as one:
        record = await one.publish("hello")
        store.failing = {"wires", "expire"}
        async with peerset.join("lobby", host=swarm.host()) as two:
            await asyncio.sleep(5)
            assert two.count == 0
            store.failing = set()
            await asyncio.sleep(700)
            assert await two.get(record.id) == record


async def test_every_task_ends_with_its_room() -> None:
    before = asyncio.all_tasks()
    async with pair(MemorySwarm()) as (one, _two):
        await one.publish("hello")
    assert asyncio.all_tasks() == before


async def test_leaving_is_bounded_even_when_the_store_hangs() -> None:
    class HangingStore(MemoryStore):
        async def add(self, records: Any, *, removed: Any = ()) -> None:
            await asyncio.get_running_loop().create_future()

    began = asyncio.get_running_loop().time()
    async with peerset.join("lobby", host=MemorySwarm().host(), store=HangingStore()) as room:
        publishing = asyncio.create_task(room.publish("never"))
        await asyncio.sleep(0.1)
    assert asyncio.get_running_loop().time() - began < 5
    with pytest.raises(peerset.RoomClosedError):
        await publishing


async def test_slow_readers_are_told_what_they_missed() -> None:
    async with peerset.join("lobby", host=MemorySwarm().host()) as room:
        events = room.events()
        for number in range(1_100):
            await room.publish(f"record {number}")
        first = await anext(events)
        assert isinstance(first, peerset.Lagged)
        assert first.count == 1_100 - 1_024
        assert isinstance(await anext(events), peerset.RecordAdded)
        assert await room.get(RecordId(bytes(32))) is None


async def test_a_room_left_at_any_moment_forgets_no_work_that_it_began(
    recwarn: pytest.WarningsRecorder,
) -> None:
    for turns in range(20):
        async with peerset.join("lobby", host=Hermit()):
            for _ in range(turns):
                await asyncio.sleep(0)
    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []
