"""The store in PostgreSQL, against a real server: its contract, several processes at once, and what goes wrong."""

import asyncio
import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from peerset.core.filter import Filter
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError
from peerset.plugins import open_store
from peerset.ports import Store
from peerset.testing.check_store import check_store, sample_records
from tests.stores.postgres.server import opened

pytestmark = pytest.mark.real_time


async def test_it_keeps_the_contract_of_stores(server: str) -> None:
    numbers = count()

    async def make() -> Store:
        return await open_store(f"{server}&schema=contract{next(numbers)}")

    await check_store(make)


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


def test_verbs_read_what_verbs_wrote(address: str, tmp_path: Path) -> None:
    settings = {name: text for name, text in os.environ.items() if not name.startswith("PEERSET_")}
    settings |= {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PEERSET_STORE": address}

    def peerset(*words: str) -> str:
        command = [sys.executable, "-m", "peerset", *words]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=settings).stdout

    peerset("publish", "lobby", "hello", "--signaling", "ws://127.0.0.1:9", "--wait", "0")
    assert [json.loads(line)["content"] for line in peerset("export", "lobby").splitlines()] == ["hello"]
