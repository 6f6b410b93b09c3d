"""The memory store."""

import pytest

from peerset.errors import ConfigError
from peerset.ports import Store
from peerset.stores.memory import MemoryStore, open_memory
from peerset.testing.check_store import check_store, sample_records


async def open_store() -> Store:
    return await open_memory("")


async def test_it_keeps_the_contract_of_stores() -> None:
    await check_store(open_store)


async def test_a_memory_store_has_no_name() -> None:
    with pytest.raises(ConfigError, match="'memory:lobby' names something"):
        await open_memory("lobby")


async def test_two_stores_share_nothing() -> None:
    first, second = MemoryStore(), MemoryStore()
    await first.add(sample_records())
    assert await second.entries() == []
