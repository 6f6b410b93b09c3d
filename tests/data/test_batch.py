"""Batches: several documents and registers at once, or nothing of them."""

import asyncio
import random
from typing import Any

import pytest

import peerset
from peerset.core.limits import BATCH_DOCUMENTS_MAX
from peerset.core.record import KIND_COMMIT
from peerset.core.stamp import MICROSECONDS
from peerset.documents.commit import read_commit
from peerset.errors import ConfigError, ConflictError, RejectedError, RoomClosedError, SchemaError
from peerset.stores.memory import MemoryStore
from tests.data.places import Place, alone, pair

BERLIN = Place("Mitte", "Berlin", 4.5)


class Counting(MemoryStore):
    """Counts what is saved at once."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[int] = []

    async def add(self, records: Any, *, removed: Any = ()) -> None:
        self.saved.append(len(records))
        await super().add(records, removed=removed)


async def test_all_is_saved_at_once_and_given_in_order() -> None:
    store = Counting()
    async with alone(store=store) as room:
        places, log = room.collection("places", Place), room.collection("log")
        await places.put("gone", BERLIN)
        batch = room.batch()
        batch.put(places, "a", BERLIN, expected=None)
        batch.add(log, {"did": "a"})
        batch.delete(places, "gone")
        assert len(batch) == 3
        assert "of 3, open" in repr(batch)
        assert room.count == 1
        docs = await batch.commit()
        assert store.saved == [1, 3]
        assert [(doc.key, doc.is_deleted) for doc in docs] == [("a", False), (None, False), ("gone", True)]
        assert docs[0].stamp < docs[1].stamp < docs[2].stamp
        assert await places.get("a") == docs[0]
        assert await places.get("gone") is None
        assert [doc.value for doc in await log.find()] == [{"did": "a"}]


async def test_where_one_register_holds_something_else_nothing_is_written() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        held = await places.put("b", BERLIN)
        batch = room.batch()
        batch.put(places, "a", BERLIN)
        batch.put(places, "b", Place("x", "y"), expected=None)
        with pytest.raises(ConflictError) as caught:
            await batch.commit()
        assert (caught.value.key, caught.value.heads) == ("b", (held.id,))
        assert room.count == 1
        # Nothing is spent: once the register is free, the same batch goes through.
        await places.delete("b")
        await batch.commit()
        assert await places.count() == 2


@peerset.admission("no-rome", version=1)
def no_rome(record: peerset.Record) -> str | None:
    """Refuse Rome."""
    return "not Rome" if "Rome" in record.content else None


@pytest.mark.real_time
@pytest.mark.parametrize("atomic", [False, True])
async def test_where_a_policy_refuses_one_nothing_is_written(atomic: bool) -> None:
    async with alone(policies=[no_rome]) as room:
        places = room.collection("places", Place)
        batch = room.batch()
        batch.put(places, "a", BERLIN)
        batch.put(places, "b", Place("Forum", "Rome"))
        batch.put(places, "c", BERLIN)
        with pytest.raises(RejectedError, match="not Rome"):
            await batch.commit(atomic=atomic)
        assert room.count == 0
        assert await places.count() == 0


async def test_an_atomic_batch_is_seen_on_other_peers_when_all_of_it_is_there() -> None:
    async with pair() as (one, two):
        mine, theirs = one.collection("places", Place), two.collection("places", Place)
        batch = one.batch()
        for key in "abc":
            batch.put(mine, key, BERLIN)
        docs = await batch.commit(atomic=True)
        assert await mine.count() == 3
        [commit] = await one.records(kinds=KIND_COMMIT)
        said = read_commit(commit)
        assert said is not None
        assert said.ids == {doc.id for doc in docs}
        assert {doc.record.created_at for doc in docs} == {commit.created_at}
        await asyncio.sleep(5)
        assert await theirs.count() == 3
    async with alone() as room:
        # Without the commit, or one of the three, nothing of it is seen.
        places = room.collection("places", Place)
        await room.add([doc.record for doc in docs])
        assert await places.count() == 0
        assert await places.get("a", author=docs[0].author) is None
        await room.add([commit])
        assert await places.count() == 3
    async with alone() as room:
        places = room.collection("places", Place)
        await room.add([commit, *(doc.record for doc in docs[1:])])
        assert await places.count() == 0


async def test_all_of_a_batch_is_of_one_second_however_long_it_is() -> None:
    async with alone() as room:
        log = room.collection("log")
        for _ in range(3):
            batch = room.batch()
            for number in range(BATCH_DOCUMENTS_MAX):
                batch.add(log, number)
            with pytest.raises(ConfigError, match="at most 500 documents"):
                batch.add(log, 0)
            docs = await batch.commit(atomic=True)
            stamps = [doc.stamp for doc in docs]
            assert stamps == list(range(stamps[0], stamps[0] + BATCH_DOCUMENTS_MAX))
            assert stamps[0] // MICROSECONDS == stamps[-1] // MICROSECONDS
        assert await log.count() == 3 * BATCH_DOCUMENTS_MAX


async def test_what_cannot_be_written_is_refused_when_it_is_put_in() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        batch = room.batch()
        with pytest.raises(SchemaError):
            batch.put(places, "a", Place("", ""))
        with pytest.raises(ConfigError, match="a key is"):
            batch.put(places, "", BERLIN)
        with pytest.raises(ConfigError, match="whole id"):
            batch.put(places, "a", BERLIN, expected="beef")
        batch.put(places, "a", BERLIN)
        with pytest.raises(ConfigError, match="'a' of 'places' is in this batch already"):
            batch.delete(places, "a")
        await batch.commit()
        with pytest.raises(ConfigError, match="committed before"):
            await batch.commit()
        with pytest.raises(ConfigError, match="nothing in the batch"):
            await room.batch().commit()


async def test_batches_that_want_the_same_registers_wait_for_each_other() -> None:
    async with alone() as room:
        counters = room.collection("counters")
        keys = list("abcdef")

        async def write(seed: int) -> None:
            batch = room.batch()
            for key in random.Random(seed).sample(keys, 6):
                batch.put(counters, key, seed)
            await batch.commit()

        await asyncio.gather(*map(write, range(8)))
        values = {doc.value async for doc in counters.all()}
        assert len(values) == 1
        assert [len(await counters.heads(key)) for key in keys] == [1] * 6


async def test_a_room_that_was_left_writes_no_batch() -> None:
    async with alone() as room:
        batch = room.batch()
        batch.add(room.collection("log"), 1)
    with pytest.raises(RoomClosedError):
        await batch.commit()
