"""The sums by day and author follow what comes and goes."""

import pytest

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.day_sum import sums_of
from peerset.testing.check_store import NOON, sample_records
from tests.stores.postgres.server import ask, opened

pytestmark = pytest.mark.real_time


async def test_they_are_those_of_the_records_whatever_happened(address: str) -> None:
    records = sample_records()
    ids = [record.id for record in records]
    async with opened(address) as store:

        async def check() -> None:
            whole = await store.get(ids)
            assert await store.sums() == sorted(sums_of(whole), key=lambda each: (each.day, each.author))
            assert await store.weight() == sum(len(record.wire) for record in whole)

        await store.add(records[:18])
        await store.add(records[12:], removed=ids[:2])
        await check()
        await store.purge(ids[2:14])
        await check()
        await store.fill(records[:10])
        await check()
        await store.expire(UnixTime(NOON + DAY_SECONDS + 5), but={ids[4]})
        await check()
        await store.add((), removed=ids)
        assert await store.sums() == []


async def test_a_store_of_before_there_were_any_counts_once(address: str) -> None:
    schema, records = address.rpartition("=")[2], sample_records()
    async with opened(address) as store:
        await store.add(records)
        sums = await store.sums()
    ask(address, f"DROP TABLE {schema}.day_sum; DELETE FROM {schema}.migration WHERE name LIKE '0002%'")
    async with opened(address) as store:
        assert await store.sums() == sums != []
