"""The store in PostgreSQL, against a real server: its contract, several processes at once, and what goes wrong."""

import asyncio
from itertools import count

import pytest

from peerset.core.filter import Filter
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError
from peerset.plugins import open_store
from peerset.ports import Store
from peerset.testing.check_store import check_store, sample_records
from tests.stores.postgres.server import opened

pytestmark = pytest.mark.real_time


async def test_it_keeps_the_contract_of_stores(server: str) -> None:
    numbers = count()

    async def make() -> Store:
        return await open_store(f"{server}&schema=contract{next(numbers)}")

    await check_store(make)


async def test_what_was_added_is_there_after_opening_again(address: str) -> None:
    records = sample_records()
    async with opened(address) as store:
        await store.bind(RoomTag(bytes(16)))
        await store.add(records)
    async with opened(address) as store:
        assert await store.get([record.id for record in records]) == records
        with pytest.raises(ConfigError, match="belongs to another room"):
            await store.bind(RoomTag(bytes([1] * 16)))


async def test_two_stores_of_one_schema_add_the_same_at_once(address: str) -> None:
    records = sample_records()
    async with opened(address) as first, opened(address) as second:
        await asyncio.gather(*(store.add(records[at:]) for at in range(0, 24, 3) for store in (first, second)))
        assert await first.query(Filter()) == await second.query(Filter())
        assert len(await first.entries()) == len(records)
