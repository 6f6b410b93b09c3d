"""Schemas: a table a day, and those of others."""

import random

import pytest

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.errors import StoreError
from peerset.plugins import open_store
from peerset.stores.postgres import shape
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


async def test_days_beyond_the_limit_share_a_table(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape, "PARTITIONS_MAX", 2)
    schema, records = address.rpartition("=")[2], sample_records()
    async with opened(address) as store:
        await store.add(records[12:])
        await store.add(records[:12])
        assert ask(address, f"SELECT count(*) FROM {schema}.record_of_other_days") == [(12,)]
        assert await store.get([record.id for record in records]) == records
        monkeypatch.setattr(shape, "PARTITIONS_MAX", 4)
        await store.add([_at(NOON)])
        assert ask(address, f"SELECT count(*) FROM {schema}.day") == [(2,)], "a day stays where it began"
        assert await store.expire(UnixTime(records[12].created_at // DAY_SECONDS * DAY_SECONDS)) == 13
        assert await store.entries() == sorted((record.created_at, record.id) for record in records[12:])
        await store.add(records[:1])
        assert ask(address, f"SELECT count(*) FROM {schema}.day") == [(3,)]


def _at(time: int) -> Record:
    key = SecretKey.generate(random.Random(1))
    return sign_record(key, created_at=UnixTime(time), kind=1078, tags=[], content="one more of that day")


async def test_a_newer_schema_and_another_programs_are_told(address: str) -> None:
    schema = address.rpartition("=")[2]
    async with opened(address) as store:
        ask(address, f"INSERT INTO {schema}.migration VALUES ('9999 flying')")
        # Who had it open writes nothing more of the old kind.
        with pytest.raises(StoreError, match="a newer version of peerset has it now: upgrade"):
            await store.add(sample_records())
    with pytest.raises(StoreError, match=r"newer version of peerset \(migration '9999 flying'\): upgrade"):
        await open_store(address)
    ask(address, f"DROP TABLE {schema}.migration")
    with pytest.raises(StoreError, match="another program's tables"):
        await open_store(address)
