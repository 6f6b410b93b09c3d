"""Three processes; one is killed in the middle of a sync and comes back."""

import asyncio
import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import sign_record
from peerset.core.signal import RoomName
from peerset.plugins import open_store
from peerset.testing.tracker import local_tracker
from tests.patience import PATIENT_SECONDS

RECORDS = 1_200
CHILD = Path(__file__).with_name("child_peer.py")


class Child:
    """A running peer and what its subscriber saw."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.added: list[str] = []
        self.lagged = 0
        self.held = 0
        """How many records it held when it started."""
        self.root = ""

    async def read_until(self, count: int) -> None:
        """Read lines until the peer told of so many records that it holds *count*."""
        async with asyncio.timeout(PATIENT_SECONDS):
            while self.held + len(self.added) < count:
                line = await self._read()
                self._take(*json.loads(line))

    async def _read(self) -> bytes:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        assert line, "the child ended early"
        return line

    def _take(self, what: str, *fields: Any) -> None:
        if what == "lagged":
            self.lagged += fields[0]
        if what == "added":
            self.added.append(fields[0])
            self.root = fields[1]
        if what == "ready":
            self.held, self.root = fields


@asynccontextmanager
async def child(url: str, store: Path, number: int, *, dies_after: int = 0) -> AsyncIterator[Child]:
    """Run a peer; it is killed at the latest when the block ends, and once it told of so many records, if any."""
    command = [sys.executable, str(CHILD), url, f"sqlite:{store}", str(number), str(dies_after)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        running = Child(process)
        running._take(*json.loads(await running._read()))
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def fill(path: Path) -> None:
    """Put the records into the store of the first peer."""
    room = RoomName("peerset", "survival")
    key = SecretKey(bytes(31) + b"\1")
    now = int(time.time())
    store = await open_store(f"sqlite:{path}")
    await store.bind(room.tag)
    await store.add(
        [
            sign_record(
                key,
                created_at=UnixTime(now - 3_600 - number * 60),
                kind=1078,
                tags=[["h", room.tag.hex()]],
                content=f"record {number} ".ljust(2_000, "."),
            )
            for number in range(RECORDS)
        ]
    )
    await store.aclose()


def ids_on_disk(path: Path) -> set[bytes]:
    with sqlite3.connect(path) as database:
        found = {row[0] for row in database.execute("select id from record")}
    database.close()
    return found


@pytest.mark.real_time
async def test_a_peer_killed_in_the_middle_of_a_sync_comes_back_and_all_converge(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.db" for number in range(3)]
    await fill(paths[0])
    async with local_tracker() as url, child(url, paths[0], 1) as first:
        assert first.held == RECORDS
        # It kills itself: on a busy machine it might be done before anybody else does.
        async with child(url, paths[1], 2, dies_after=RECORDS // 4) as victim:
            await victim.read_until(RECORDS // 4)
            await victim.process.wait()
        saved = len(ids_on_disk(paths[1]))
        assert RECORDS // 4 <= saved < RECORDS
        async with child(url, paths[1], 2) as again, child(url, paths[2], 3) as third:
            assert again.held == saved
            await asyncio.gather(again.read_until(RECORDS), third.read_until(RECORDS))
            assert first.root == again.root == third.root
            assert again.lagged == third.lagged == 0
            assert len(third.added) == len(set(third.added)) == RECORDS
            # What was emitted before the kill was saved before, so it is not emitted again.
            assert not set(victim.added) & set(again.added)
            assert len(again.added) == len(set(again.added)) == RECORDS - saved
    assert len({frozenset(ids_on_disk(path)) for path in paths}) == 1
