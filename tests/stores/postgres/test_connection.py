"""The way to the database: what breaks it, and what is told of it."""

import asyncio
import logging
import threading
from pathlib import Path

import pytest

from peerset.core.clock import UnixTime
from peerset.core.filter import Filter
from peerset.errors import ConfigError, StoreError
from peerset.plugins import open_store
from peerset.testing.check_store import NOON, sample_records
from tests.stores.killing import run_until_killed
from tests.stores.postgres.proxy import losing_the_answer
from tests.stores.postgres.server import Server, ask, opened

BATCH_RECORDS = 20
CHILD = Path(__file__).with_name("writing_child.py")

pytestmark = pytest.mark.real_time


async def test_a_connection_that_the_server_ends_is_made_anew(address: str) -> None:
    async with opened(address) as store:
        ask(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        await store.add(sample_records())
        assert len(await store.entries()) == 24


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_calls_wait_for_a_server_that_is_stopped_and_started(
    machine: Server, address: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    is_away = threading.Event()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            is_away.set()

    ear, logger = Ear(), logging.getLogger("peerset.stores.postgres.connection")
    async with opened(address) as store:
        await store.add(sample_records()[:12])
        machine.stop(how)
        logger.addHandler(ear)
        try:
            adding = asyncio.create_task(store.add(sample_records()[12:]))
            await asyncio.to_thread(is_away.wait)
            assert not adding.done()
        finally:
            logger.removeHandler(ear)
            machine.start()
        await adding
        assert len(await store.entries()) == 24
    assert [each.message.partition(": it")[0] for each in caplog.records] == [
        f"the store in PostgreSQL, schema {address.rpartition('=')[2]} is away"
    ]


async def test_what_was_saved_although_the_answer_was_lost_is_not_done_again(machine: Server, address: str) -> None:
    async with opened(address) as store:
        await store.add(sample_records())
    async with (
        losing_the_answer(machine.folder, to=b"DROP TABLE") as port,
        opened(f"{address}&port={port}") as store,
    ):
        assert await store.expire(UnixTime(NOON + 172_800)) == 12
        assert len(await store.entries()) == 12


async def test_who_may_not_is_told(address: str) -> None:
    ask(address, "DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    guest = address.replace("peerset@", "guest@")
    with pytest.raises(StoreError, match="may not do this: let it own the schema, or create it"):
        await open_store(guest)
    async with opened(address):
        with pytest.raises(StoreError, match="may not look into the schema"):
            await open_store(guest)


async def test_a_process_that_is_killed_while_it_writes_leaves_whole_batches(address: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for kill in range(2):
        await asyncio.to_thread(run_until_killed, CHILD, address, log, seconds=0.2 + kill * 0.1)
        async with opened(address) as store:
            # What it had under way is over before another may write.
            await store.add(())
            whole = await store.query(Filter())
            assert await store.entries() == sorted((each.created_at, each.id) for each in whole)
        batches, rest = divmod(len(whole), BATCH_RECORDS)
        assert rest == 0
        # Of each child one batch may have been saved that it did not live to write down.
        assert 0 <= batches - len(log.read_bytes()) <= kill + 1


@pytest.mark.parametrize("address", ["postgresql:room", "postgresql://u:secret@[/x", "postgresql://h/d?secret=1"])
async def test_what_is_no_address_is_refused_without_telling_it(address: str) -> None:
    with pytest.raises(ConfigError, match="is named as 'postgresql://") as refusal:
        await open_store(address)
    assert "secret" not in str(refusal.value)


async def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    with pytest.raises(StoreError, match="cannot be reached") as refusal:
        await open_store("postgresql://someone:secret@127.0.0.1:1/room")
    assert "secret" not in str(refusal.value)
    with pytest.raises(ConfigError, match="a schema is"):
        await open_store("postgresql://127.0.0.1/room?schema=Not-One")
