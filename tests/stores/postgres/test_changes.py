"""What several who share a schema learn of each other."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import psycopg
import pytest

import peerset
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.deletion import outline_of
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_DELETION, sign_record
from peerset.errors import RoomClosedError, StoreError
from peerset.protocol.events import RecordAdded, RecordDeleted
from peerset.protocol.inputs import Changed
from peerset.stores.postgres import changes
from peerset.stores.postgres.store import PostgresStore
from peerset.testing.check_store import NOON, sample_records
from tests.patience import until
from tests.stores.postgres.server import ask, opened

pytestmark = pytest.mark.real_time

HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


@asynccontextmanager
async def heard(store: PostgresStore) -> AsyncIterator[list[Changed]]:
    """Give what *store* tells of others, as it comes."""
    told: list[Changed] = []

    async def hear() -> None:
        events = store.changed()
        while True:
            told.append(await anext(events))

    hearing = asyncio.create_task(hear())
    try:
        yield told
    finally:
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing


async def told_by(step: Awaitable[object], told: list[Changed]) -> None:
    """Do *step*, and wait until something more is *told*."""
    before = len(told)
    await step
    await until(lambda: len(told) > before)


async def test_who_shares_a_schema_is_told_of_all_that_others_changed_and_of_nothing_else(address: str) -> None:
    records = sample_records()
    target, key = records[0], SecretKey.generate(random.Random(7))
    deletion = sign_record(key, created_at=NOON, kind=KIND_DELETION, tags=[["e", target.id.hex()]], content="")
    assert deletion.author == target.author
    async with opened(address) as first, opened(address) as second, heard(second) as told:
        before = UnixTime(NOON + 2 * DAY_SECONDS)
        await second.add(records[18:20])
        for step in (
            first.add(records[:18]),
            first.add([*records[18:], deletion], removed=[target.id]),
            first.purge([records[1].id, target.id]),
            first.fill([records[1]]),
            first.add(records),
            first.add((), removed=[target.id]),
            first.expire(before, but=[records[2].id]),
        ):
            await told_by(step, told)
    assert [(set(each.came), each.gone, each.purged) for each in told] == [
        (set(records[:18]), (), ()),
        ({*records[20:], deletion}, ((target.created_at, target.id, deletion.id),), ()),
        (set(), (), (records[1].id,)),
        ({records[1]}, (), ()),
        ({target}, (), ()),
        (set(), ((target.created_at, target.id, target.id),), ()),
        (set(), (), ()),
    ]
    expired = told[-1].expired
    assert expired is not None
    assert expired.before == before
    assert expired.kept == {records[2].id}


async def test_what_was_said_while_the_database_did_not_reach_us_is_caught_up_with(address: str) -> None:
    records = sample_records()
    async with opened(address) as first, opened(address) as second, heard(second) as told:
        await first.add(records[:3])
        await until(lambda: len(told) == 1)
        ask(address, HANG_UP)
        await first.add(records[3:6])
        await until(lambda: len(told) == 2)
    assert set(told[1].came) == set(records[3:6])


async def test_another_user_of_the_database_reads_no_record_and_makes_nobody_believe_anything(address: str) -> None:
    ask(address, "DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    guest, schema, records = address.replace("peerset@", "guest@"), address.rpartition("=")[2], sample_records()
    async with opened(address) as first, opened(address) as second, heard(second) as told:
        await first.add(records[:3])
        await until(lambda: len(told) == 1)
        for table in ("record", "change", "note", "mark"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ask(guest, f"SELECT * FROM {schema}.{table}")
        for words in (f"{schema} 00 99", f"{schema} 00 0", "?"):
            ask(guest, f"NOTIFY peerset, '{words}'")
        await first.add(records[3:6])
        await until(lambda: len(told) == 2)
    assert set(told[1].came) == set(records[3:6])


async def test_rooms_of_one_schema_show_what_was_written_in_any_of_them(address: str) -> None:
    async with (
        peerset.join("lobby", store=address, signaling=[]) as writer,
        peerset.join("lobby", store=address, signaling=[]) as reader,
    ):
        notes = reader.collection("notes")
        events = reader.events(RecordAdded, RecordDeleted)
        record = await writer.publish({"text": "hello"}, collection="notes")
        assert (await anext(events)) == RecordAdded(record, None)
        assert await reader.get(record.id) == record
        assert [doc.id for doc in await notes.find()] == [record.id]
        assert reader.root == writer.root
        deletion = await writer.delete(record)
        assert {type(await anext(events)) for _ in range(2)} == {RecordDeleted, RecordAdded}
        assert await reader.records(ids=[record.id]) == []
        assert [*await notes.find()] == []
        assert reader.root == writer.root
        # What it deleted does not come back by us, though we never judged the deletion.
        assert await reader.add([record]) == 0
        assert [each.id for each in await writer.records(kinds=[KIND_DELETION])] == [deletion.id]


async def test_what_came_and_lost_its_content_before_it_was_read_is_known_by_name(address: str) -> None:
    async with peerset.join("lobby", store=address, signaling=[]) as writer, opened(address) as reader:
        kept, purged = await writer.publish("kept"), await writer.publish("purged")
        await writer.moderation.purge(purged)
        events = reader.changed()
        assert [await anext(events) for _ in range(2)] == [
            Changed((kept,)),
            Changed(hollow=((purged.created_at, purged.id),)),
        ]


async def test_who_slept_for_too_long_opens_the_room_again(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "CHANGES_KEPT", 2)
    async with peerset.join("lobby", store=address, signaling=[]) as writer:
        async with opened(address) as sleeper:
            # The room listens by now, and nothing more is said.
            for number in range(4):
                await writer.publish(number)
            with pytest.raises(StoreError, match="away for too long to tell what others changed"):
                await anext(sleeper.changed())
        async with opened(address) as again:
            assert len(await again.entries()) == 4


async def test_a_room_whose_store_can_tell_no_more_fails_and_says_so(address: str) -> None:
    async with opened(address) as writer, peerset.join("lobby", store=address, signaling=[]) as reader:
        events = reader.events()
        ask(address, f"INSERT INTO {address.rpartition('=')[2]}.change VALUES (9, '', '', '', '', NULL, 0, '')")
        await writer.add(sample_records())
        with pytest.raises(RoomClosedError, match="away for too long"):
            await anext(events)


def test_what_was_removed_by_no_deletion_stands_for_itself() -> None:
    [record] = sample_records()[:1]
    other = replace(outline_of(record), address=b"address")
    deletion = sign_record(SecretKey.generate(random.Random(7)), created_at=NOON, kind=5, tags=[], content="")
    assert changes.gone_by([other], [deletion, record]) == ((record.created_at, record.id, record.id),)
