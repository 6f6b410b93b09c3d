"""The memory store."""

import pytest

from peerset.core.note import NOTES_PER_KIND_MAX
from peerset.errors import ConfigError, StoreError
from peerset.ports import ViewStore
from peerset.stores.memory import MemoryStore, open_memory
from peerset.testing.check_documents import check_documents
from peerset.testing.check_store import check_store, sample_records
from peerset.testing.check_views import check_views


async def open_store() -> ViewStore:
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


async def test_the_notes_of_a_kind_are_bounded() -> None:
    store = MemoryStore()
    for number in range(NOTES_PER_KIND_MAX):
        await store.note("muted", number.to_bytes(4, "big"), "")
    with pytest.raises(StoreError, match="100000 notes of the kind 'muted'"):
        await store.note("muted", b"one more", "")
    await store.note("muted", bytes(4), "changed")
    await store.note("other", b"one more", "")


async def test_it_keeps_the_contract_of_stores_of_documents() -> None:
    await check_documents(open_store)


async def test_it_keeps_the_contract_of_stores_of_views() -> None:
    await check_views(open_store)
