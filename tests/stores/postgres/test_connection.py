"""The way to the database: what breaks it, and what is told of it."""

import pytest

from peerset.errors import ConfigError, StoreError
from peerset.plugins import open_store
from peerset.testing.check_store import sample_records
from tests.stores.postgres.server import ask, opened

pytestmark = pytest.mark.real_time


async def test_a_connection_that_the_server_ends_is_made_anew(address: str) -> None:
    async with opened(address) as store:
        ask(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        await store.add(sample_records())
        assert len(await store.entries()) == 24


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
