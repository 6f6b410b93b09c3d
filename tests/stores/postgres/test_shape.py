"""Schemas: a table a day, and those of others."""

import pytest

from peerset.errors import StoreError
from peerset.plugins import open_store
from peerset.testing.check_store import NOON, sample_records
from tests.stores.postgres.server import ask, opened

pytestmark = pytest.mark.real_time


async def test_a_day_that_expires_is_a_table_that_is_dropped(address: str) -> None:
    tables = f"SELECT count(*) FROM pg_tables WHERE schemaname = '{address.rpartition('=')[2]}' AND tablename ~ '[0-9]'"
    records = sample_records()
    async with opened(address) as store:
        await store.add(records)
        assert ask(address, tables) == [(4,)]
        assert await store.expire(NOON) == 0
        later = type(NOON)(NOON + 172_800)
        assert await store.expire(later, but={records[0].id}) == 11
        assert ask(address, tables) == [(3,)], "the day of what was spared stays"
        await store.expire(later)
        await store.add(records[:1])
        assert ask(address, tables) == [(3,)]


async def test_a_newer_schema_and_another_programs_are_told(address: str) -> None:
    schema = address.rpartition("=")[2]
    async with opened(address):
        ask(address, f"INSERT INTO {schema}.migration VALUES ('9999 flying')")
    with pytest.raises(StoreError, match=r"newer version of peerset \(migration '9999 flying'\): upgrade"):
        await open_store(address)
    ask(address, f"DROP TABLE {schema}.migration")
    with pytest.raises(StoreError, match="another program's tables"):
        await open_store(address)
