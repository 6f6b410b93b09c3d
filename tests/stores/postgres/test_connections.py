"""Connections that rooms share."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
import pytest

from peerset.errors import StoreError
from peerset.plugins import open_store
from peerset.stores.postgres import connection, connections, shape
from peerset.testing.check_store import sample_records
from tests.patience import until
from tests.stores.postgres.server import Server, ask, opened

pytestmark = pytest.mark.real_time


async def test_many_rooms_share_as_few_connections_as_the_database_allows(server: str, address: str) -> None:
    few = f"few{address.rpartition('=')[2]}"
    ask(server, f"CREATE ROLE {few} LOGIN CONNECTION LIMIT {connections.CONNECTIONS_MAX}")
    ask(server, f"GRANT CREATE ON DATABASE postgres TO {few}")
    records = sample_records()[:3]
    async with AsyncExitStack() as stack:
        stores = [
            await stack.enter_async_context(opened(f"{address.replace('peerset@', f'{few}@')}_{number}"))
            for number in range(3 * connections.CONNECTIONS_MAX)
        ]
        await asyncio.gather(*(store.add([record]) for record in records for store in stores))
        found = await asyncio.gather(*(store.entries() for store in stores))
        assert {len(entries) for entries in found} == {len(records)}
        # One that is closed takes nothing from the others.
        await stores[0].aclose()
        with pytest.raises(StoreError, match="is closed"):
            await stores[0].entries()
        assert await stores[1].entries()
    assert ask(server, f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{few}'") == [(0,)]


async def test_rooms_in_which_others_write_for_long_keep_no_connection_from_the_rest(
    server: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shape, "LOCKED_SECONDS_MAX", 0.05)
    records = sample_records()
    async with AsyncExitStack() as stack:
        *held, free = [
            await stack.enter_async_context(opened(f"{address}_{number}"))
            for number in range(connections.CONNECTIONS_MAX + 1)
        ]
        with psycopg.connect(server) as stopped:
            for number in range(len(held)):
                shape.lock(stopped.cursor(), f"{address.rpartition('=')[2]}_{number}")
            waiting = [asyncio.create_task(store.add(records)) for store in held]
            await free.add(records)
            assert not any(each.done() for each in waiting)
        await asyncio.gather(*waiting)


async def test_who_writes_for_too_long_is_told(server: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape, "LOCKED_SECONDS_MAX", 0.05)
    async with opened(address) as store:
        monkeypatch.setattr(connection, "AWAY_SECONDS_MAX", 0.0)
        with psycopg.connect(server) as other:
            shape.lock(other.cursor(), address.rpartition("=")[2])
            with pytest.raises(StoreError, match="others write to it for too long"):
                await store.add(sample_records())


async def test_a_call_waits_for_a_database_that_is_away_and_not_for_ever(
    machine: Server, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = tmp_path / "way"
    way.symlink_to(machine.folder)
    monkeypatch.setattr(connection, "AWAY_SECONDS_MAX", 0.0)
    async with opened(address.replace(str(machine.folder), str(way))) as store:
        way.unlink()
        hang_up = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        ask(address, hang_up)
        with pytest.raises(StoreError, match="cannot be reached: see that it runs"):
            await store.add(sample_records())
        way.symlink_to(machine.folder)
        await store.add(sample_records())


async def test_what_is_asked_when_it_is_closed_while_the_database_is_away_ends(
    machine: Server, address: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    way = tmp_path / "way"
    way.symlink_to(machine.folder)
    async with opened(address.replace(str(machine.folder), str(way))) as store:
        way.unlink()
        ask(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        adding = asyncio.create_task(store.add(sample_records()))
        await until(lambda: "it is waited for" in caplog.text)
    with pytest.raises(StoreError, match="cannot be reached"):
        await adding


async def test_who_is_cancelled_while_it_opens_a_store_leaves_no_connection(server: str, address: str) -> None:
    late = f"late{address.rpartition('=')[2]}"
    ask(server, f"CREATE ROLE {late} LOGIN; GRANT CREATE ON DATABASE postgres TO {late}")
    with psycopg.connect(server) as other:
        making = "SELECT pg_advisory_xact_lock(hashtextextended('making peerset ' || %s, 0))"
        other.execute(making, (address.rpartition("=")[2],))
        opening = asyncio.create_task(open_store(address.replace("peerset@", f"{late}@")))
        here = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{late}' AND wait_event_type = 'Lock'"
        await until(lambda: ask(server, here) == [(1,)])
        opening.cancel()
        # It is waited for, so that what it does comes to its end.
        await asyncio.sleep(0)
        assert not opening.done()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await until(lambda: ask(server, f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{late}'") == [(0,)])
