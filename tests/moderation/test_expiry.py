"""What has expired loses its content."""

import asyncio
import time
from collections.abc import Sequence

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.record import RecordId
from peerset.errors import StoreError
from peerset.moderation.expiry import SWEPT_AT_ONCE, Expiry
from peerset.protocol.inputs import Expired
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from peerset.testing.sample_documents import ANN, NOON, document
from tests.data.places import INDEXED, Place, alone
from tests.patience import PATIENT_SECONDS


class Lasting(MemoryStore):
    """Stays open when its room is left, as what is in a file does."""

    async def aclose(self) -> None:
        """Keep it."""


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


@pytest.mark.usefixtures("wall")
async def test_a_room_without_collections_keeps_no_content_past_its_time() -> None:
    store = MemoryStore()
    async with alone(store=store) as room:
        brief = await room.publish("brief", tags=[("expiration", str(int(time.time()) + 60))])
        odd = await room.publish("odd", tags=[("expiration", "1" * 31), ("expiration", "1")])
        late = await room.publish("late", tags=[("expiration", "1")])
        await asyncio.sleep(61 + 600)
        assert await store.wires([brief.id, odd.id, late.id]) == [b"", odd.wire, b""]
        assert (room.count, len(await store.entries())) == (3, 3)


@pytest.mark.usefixtures("wall")
async def test_a_process_that_soon_ends_destroys_what_expired_while_none_ran() -> None:
    store = Lasting()
    async with alone(store=store) as room:
        brief = await room.publish("brief", tags=[("expiration", str(int(time.time()) + 60))])
    await asyncio.sleep(600)
    async with alone(store=store):
        await asyncio.sleep(1)
    assert await store.wires([brief.id]) == [b""]


@pytest.mark.usefixtures("wall")
async def test_who_cannot_read_it_destroys_the_content_of_a_document_that_has_expired() -> None:
    swarm, store = MemorySwarm(), MemoryStore()
    async with (
        peerset.join("lobby", host=swarm.host(), store=store) as blind,
        peerset.join("lobby", host=swarm.host(), seal=peerset.new_seal()) as author,
    ):
        brief = await author.collection("places", Place).add(Place("t", "Berlin"), ttl=60)
        await author.synced(timeout=PATIENT_SECONDS)
        assert (await store.wires([brief.id])) == [brief.record.wire]
        await asyncio.sleep(61 + 600)
        assert await store.wires([brief.id]) == [b""]
        assert blind.root == author.root


@pytest.mark.usefixtures("wall")
@pytest.mark.parametrize(("is_erased", "seen"), [(False, ["old"]), (True, [])])
async def test_who_comes_after_a_version_expired_sees_the_one_before_unless_that_was_erased(
    is_erased: bool, seen: list[str]
) -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host()) as author:
        places = author.collection("places", Place)
        await places.put("k", Place("old", "Berlin"))
        if is_erased:
            await places.erase("k")
        await places.put("k", Place("new", "Berlin"), ttl=60)
        await asyncio.sleep(1_000)
        assert await places.get("k") is None
        async with peerset.join("lobby", host=swarm.host()) as late:
            await late.synced(timeout=PATIENT_SECONDS)
            assert [doc.value.title for doc in await late.collection("places", Place).find()] == seen


class Full(MemoryStore):
    """A store whose disk may be full."""

    is_full = False

    async def purge(self, ids: Sequence[RecordId]) -> None:
        if self.is_full:
            raise StoreError("the disk is full")
        await super().purge(ids)


@pytest.mark.usefixtures("wall")
async def test_on_a_full_disk_what_has_expired_is_seen_no_more_and_goes_once_there_is_room(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Full()
    async with alone(store=store) as room:
        brief = await room.publish("brief", tags=[("expiration", str(int(time.time()) + 60))])
        store.is_full = True
        await asyncio.sleep(61 + 600)
        assert "what has expired is still here: the disk is full" in caplog.text
        assert (await room.records(), await store.wires([brief.id])) == ([], [brief.wire])
        # All else goes on.
        await room.publish("said")
        store.is_full = False
        await asyncio.sleep(300)
        assert (await store.wires([brief.id]), room.count) == ([b""], 2)
        assert [shell.id for shell in await room.shells()] == [brief.id]


class Dying(Lasting):
    """A store whose process dies once the file was written, before anybody knows of it."""

    died: asyncio.Event

    async def purge(self, ids: Sequence[RecordId]) -> None:
        await super().purge(ids)
        self.died.set()
        await asyncio.Event().wait()


@pytest.mark.usefixtures("wall")
async def test_who_dies_between_destroying_and_knowing_it_is_whole_again_at_the_next_start() -> None:
    store = Dying()
    store.died = asyncio.Event()
    async with alone(store=store) as room:
        brief = await room.publish("brief", tags=[("expiration", str(int(time.time()) + 60))])
        kept, root = await room.publish("said"), room.root
        await store.died.wait()
    async with alone(store=store) as room:
        assert (room.root, room.count) == (root, 2)
        assert await room.records() == [kept]
        assert [shell.id for shell in await room.shells()] == [brief.id]


async def test_many_that_expire_at_once_lose_their_content_a_part_at_a_time_and_others_have_their_turn() -> None:
    store, sizes = MemoryStore(), list[int]()

    async def destroy(ids: Sequence[RecordId]) -> None:
        sizes.append(len(ids))
        await store.purge(ids)

    async def expire(before: UnixTime) -> Expired:
        return Expired(int(before))

    await store.add([document(ANN, at, {}, expires_at=NOON) for at in range(SWEPT_AT_ONCE + 1)])
    told = list[tuple[int, int]]()
    expiry = Expiry(store, expire=expire, destroy=destroy, tell=lambda *counts: told.append(counts))
    answers = [await expiry.collect(UnixTime(7), until) for until in (UnixTime(NOON - 1), NOON, NOON, NOON)]
    assert [answer.is_partial for answer in answers] == [False, True, False, False]
    assert (sizes, answers[1].count) == ([SWEPT_AT_ONCE, 1], 7)
    assert [expired for _, expired in told] == [0, SWEPT_AT_ONCE, 1, 0]
    assert told[0] == (7, 0)


async def test_a_store_that_destroys_nothing_still_collects_and_is_asked_again() -> None:
    async def destroy(_ids: Sequence[RecordId]) -> None:
        raise StoreError("the disk is full")

    async def expire(_before: UnixTime) -> Expired:
        return Expired(3)

    store = MemoryStore()
    await store.add([document(ANN, 1, {}, expires_at=NOON)])
    assert await Expiry(store, expire=expire, destroy=destroy).collect(NOON, NOON) == Expired(3)
    assert len(await store.expired(NOON, limit=9)) == 1
