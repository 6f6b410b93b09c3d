"""A room's data side: what is declared is indexed in the background, and hidden before it is read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.deletion import outline_of
from peerset.core.record import Record, sign_record
from peerset.core.verdict import Seat
from peerset.data.projection import SWEEP_SECONDS, Projection
from peerset.documents.definition import define
from peerset.documents.document import Version, tags_of
from peerset.documents.plan import Slot
from peerset.errors import StoreError
from peerset.protocol.events import RecordsAdded
from peerset.stores.memory import MemoryStore
from tests.data.places import alone, foreign
from tests.data.test_marks import Veil
from tests.protocol.pair import START, make_record

NOTES = define("notes")


@asynccontextmanager
async def running(store: MemoryStore, left: list[int] | None = None) -> AsyncIterator[Projection]:
    told = (left if left is not None else []).append
    projection = Projection(store, Veil(), window_seconds=600, now=_now, on_progress=told)
    work = asyncio.create_task(projection.run())
    yield projection
    work.cancel()
    await asyncio.wait([work])


async def test_what_was_here_is_indexed_in_the_background_and_progress_is_told() -> None:
    store, left = MemoryStore(), list[int]()
    tags = [("h", bytes(16).hex()), *tags_of(NOTES, None, [])]
    records = [_note(number, tags) for number in range(1_500)]
    await store.add(records)
    async with running(store, left) as projection:
        projection.declarations.declare(NOTES)
        await projection.declarations.ready(NOTES)
        assert left == [500, 0]
        assert await projection.settled(NOTES) is store


async def test_followers_are_called_after_what_happens_until_they_stop() -> None:
    calls: list[int] = []

    async def follower() -> None:
        calls.append(await store.count_documents())

    class Counting(MemoryStore):
        async def count_documents(self) -> int:
            return len(await self.entries())

    store = Counting()
    async with running(store) as projection:
        projection.declarations.declare(NOTES)
        stop = projection.follow(follower)
        await projection.declarations.ready(NOTES)
        await asyncio.sleep(1)
        assert calls[-1] == 0
        record = make_record(1)
        await store.add([record])
        projection.take(RecordsAdded(((record, None),)))
        await asyncio.sleep(1)
        assert calls[-1] == 1
        stop()
        projection.stir()
        count = len(calls)
        await asyncio.sleep(1)
        assert len(calls) == count


async def test_a_follower_that_raises_anything_ends_neither_the_room_nor_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls: list[int] = []

    async def failing() -> None:
        raise KeyError("what nobody foresaw")

    async def follower() -> None:
        calls.append(1)

    async with running(MemoryStore()) as projection:
        projection.follow(failing)
        projection.follow(follower)
        projection.declarations.declare(NOTES)
        await projection.declarations.ready(NOTES)
        await asyncio.sleep(1)
        before = len(calls)
        projection.stir()
        await asyncio.sleep(1)
        assert 0 < before < len(calls)
    assert "what nobody foresaw" in caplog.text


async def test_of_registers_that_are_new_here_the_store_is_not_asked() -> None:
    asked: list[Slot] = []

    class Asked(MemoryStore):
        async def register_versions(self, collection: str, slots: Sequence[Slot]) -> list[list[Version]]:
            asked.extend(slots)
            return await super().register_versions(collection, slots)

    ours = _KEY.public_key
    known, new, anybody = Slot("known", ours), Slot("new", ours), Slot("new", None)
    record = sign_record(
        _KEY,
        created_at=UnixTime(START),
        kind=30_078,
        tags=[("h", "00" * 16), *tags_of(NOTES, "known", [])],
        content="1",
    )
    store = Asked()
    await store.add([record])
    async with running(store) as projection:
        projection.declarations.declare(NOTES)
        assert isinstance(projection.veil, Veil)
        projection.veil.addresses = [outline_of(record).address or b""]
        found = await projection.versions(NOTES, [new, known, new, anybody])
        assert [[each.id for each in versions] for versions in found] == [[], [record.id], [], []]
        assert asked == [known, anybody]


async def test_what_expires_is_swept_though_nobody_reads() -> None:
    class Sweeping(MemoryStore):
        sweeps = 0

        async def sweep(self, now: UnixTime) -> list[peerset.RecordId]:
            self.sweeps += 1
            return await super().sweep(now)

    store = Sweeping()
    async with running(store) as projection:
        projection.declarations.declare(NOTES)
        await projection.declarations.ready(NOTES)
        before = store.sweeps
        await asyncio.sleep(SWEEP_SECONDS * 3 + 1)
        assert store.sweeps >= before + 3


class NewestAlone:
    """Of each author the newest record is seen, whatever it says."""

    name = "newest"
    policy_class = peerset.PolicyClass.SET_RULE
    manifest = peerset.Manifest("newest", 1)
    reason = "newer records of its author take its place"

    def group(self, record: Record) -> tuple[str, ...] | None:
        return (record.author.hex(),)

    def keep(self, group: list[Seat]) -> frozenset[peerset.RecordId]:
        return frozenset([max(group).id])


async def test_what_a_set_rule_shadows_is_in_no_answer() -> None:
    async with alone(policies=[NewestAlone()]) as room:
        now = float(room._driver.now().unix)
        await room.add([foreign(room, str(number), tags=[("c", "notes")], at=now - 50 + number) for number in range(5)])
        notes = room.collection("notes")
        assert [doc.value for doc in await notes.find()] == [4]
        await room.add([foreign(room, "9", tags=[("c", "notes")], at=now)])
        assert [doc.value for doc in await notes.find()] == [9]
        assert await notes.count() == 1


async def test_who_is_muted_is_in_no_answer_and_what_it_replaced_is_seen_again() -> None:
    async with alone() as room:
        wiki = room.collection("wiki", shared=True)
        await wiki.put("k", "ours")
        now = float(room._driver.now().unix)
        theirs = foreign(room, '"theirs"', tags=[("c", "wiki"), ("d", "wiki/k")], at=now + 60, kind=30078)
        await room.add([theirs])
        for expected, act in (("theirs", room.moderation.mute), ("ours", room.moderation.unmute), ("theirs", None)):
            doc = await wiki.get("k")
            assert doc is not None
            assert doc.value == expected
            assert len(await wiki.heads("k")) == (2 if expected == "theirs" else 1)
            if act is not None:
                await act(theirs.author)


def _note(number: int, tags: list[tuple[str, ...]]) -> Record:
    return sign_record(_KEY, created_at=UnixTime(START), kind=1078, tags=tags, content=str(number))


_KEY = peerset.SecretKey(bytes(31) + b"\1")


def _now() -> UnixTime:
    return UnixTime(START + int(asyncio.get_running_loop().time()))


async def test_who_waits_for_a_sweep_goes_on_with_all_others_and_one_that_failed_is_tried_again() -> None:
    class Slow(MemoryStore):
        sweeps = 0

        async def sweep(self, now: UnixTime) -> list[peerset.RecordId]:
            self.sweeps += 1
            await asyncio.sleep(0.1)
            if self.sweeps == 1:
                raise StoreError("the disk is busy")
            return await super().sweep(now)

    store = Slow()
    projection = Projection(store, Veil(), window_seconds=600, now=_now, on_progress=list[int]().append)
    found = await asyncio.gather(*(projection.settled_log() for _ in range(20)), return_exceptions=True)
    assert [type(each) for each in found].count(StoreError) == 1
    assert store.sweeps == 2
