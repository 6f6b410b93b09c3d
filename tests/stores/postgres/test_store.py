"""The store in PostgreSQL, against a real server: its contract, several processes at once, and what goes wrong."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from peerset.core.filter import Filter
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError
from peerset.ports import ViewStore
from peerset.stores.projected import ProjectedStore
from peerset.testing.check_documents import check_documents
from peerset.testing.check_store import check_store, sample_records
from peerset.testing.check_views import check_views
from tests.stores.postgres.server import Emptied, opened

pytestmark = pytest.mark.real_time


async def test_it_keeps_the_contract_of_stores(server: str) -> None:
    await check_store(Emptied(server, "contract").open)


async def test_what_it_lacks_of_the_contract_of_documents_and_views_rests_in_memory_beside_it(server: str) -> None:
    emptied = Emptied(server, "documents")

    async def make() -> ViewStore:
        return ProjectedStore(await emptied.open())

    await check_documents(make)
    await check_views(make)


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


def test_verbs_read_and_follow_what_verbs_wrote(server: str, tmp_path: Path) -> None:
    settings = {name: text for name, text in os.environ.items() if not name.startswith("PEERSET_")}
    settings |= {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PEERSET_STORE": server}

    def peerset(*words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "peerset", *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=settings)

    nowhere = ("--signaling", "ws://127.0.0.1:9")
    with peerset("watch", "lobby", "--json", *nowhere) as watching:
        try:
            with peerset("publish", "lobby", "hello", "--wait", "0", *nowhere) as publishing:
                assert "hello" in publishing.communicate()[0]
            assert watching.stdout is not None
            assert json.loads(watching.stdout.readline())["content"] == "hello"
        finally:
            watching.kill()
    with peerset("export", "lobby") as exporting:
        assert [json.loads(line)["content"] for line in exporting.communicate()[0].splitlines()] == ["hello"]
    # Another room of the same database has a schema of its own.
    with peerset("export", "hall") as exporting:
        assert exporting.communicate()[0] == ""
