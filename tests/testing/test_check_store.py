"""The acceptance suite of stores passes good stores and finds broken ones."""

from collections.abc import Collection, Sequence

import pytest

from peerset.core.clock import UnixTime
from peerset.core.deletion import Mark, Name
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.core.signal import RoomTag
from peerset.stores.memory import MemoryStore
from peerset.testing.check_store import check_store, sample_records


class UnorderedStore(MemoryStore):
    """Gives records in its own order."""

    async def get(self, ids: Sequence[RecordId]) -> list[Record]:
        return await super().get(sorted(ids))


class HalfwayStore(MemoryStore):
    """Forgets what is to be removed."""

    async def add(self, records: Sequence[Record], *, removed: Sequence[RecordId] = ()) -> None:
        await super().add(records)


class TiesStore(MemoryStore):
    """Gives records of one second by highest id first."""

    async def query(self, query: Filter) -> list[Record]:
        found = await super().query(Filter(query.ids, query.authors, query.kinds, query.since, query.until, query.tags))
        found.sort(key=lambda record: (record.created_at, record.id), reverse=True)
        return found[: query.limit]


class GreedyStore(MemoryStore):
    """Deletes one second too many."""

    async def expire(self, before: UnixTime, *, but: Collection[RecordId] = ()) -> int:
        return await super().expire(UnixTime(before + 1), but=but)


class UnsparingStore(MemoryStore):
    """Deletes what it is to keep."""

    async def expire(self, before: UnixTime, *, but: Collection[RecordId] = ()) -> int:
        return await super().expire(before)


class ShallowStore(MemoryStore):
    """Looks at the first 32,766 ids only."""

    async def get(self, ids: Sequence[RecordId]) -> list[Record]:
        return await super().get(ids[:32_766])


class PromiscuousStore(MemoryStore):
    """Serves any room."""

    async def bind(self, room_tag: RoomTag, *, is_private: bool = False) -> None:
        return None


class UndeadStore(MemoryStore):
    """Answers after it was closed."""

    async def aclose(self) -> None:
        return None


class ForgetfulStore(MemoryStore):
    """Overlooks deletions."""

    async def marks(self, questions: Sequence[tuple[Name, PublicKey]]) -> list[Mark]:
        return []


async def open_good_store() -> MemoryStore:
    return MemoryStore()


async def test_a_good_store_passes() -> None:
    await check_store(open_good_store)


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (UnorderedStore, "in the order asked"),
        (HalfwayStore, "what is removed is gone"),
        (TiesStore, "newest first"),
        (GreedyStore, "expire "),
        (UnsparingStore, "expire leaves what it is told to"),
        (ShallowStore, "40000 ids can be asked for"),
        (PromiscuousStore, "refuses another"),
        (UndeadStore, "a closed store refuses"),
        (ForgetfulStore, "marks gives the newest deletion"),
    ],
)
async def test_a_broken_store_fails_with_the_promise_it_breaks(broken: type[MemoryStore], promise: str) -> None:
    async def open_broken_store() -> MemoryStore:
        return broken()

    with pytest.raises(AssertionError, match=promise):
        await check_store(open_broken_store)


def test_the_sample_records_are_distinct_and_signed() -> None:
    records = sample_records()
    assert len({record.id for record in records}) == 24
    assert all(record.has_valid_signature() for record in records)
