"""A page that says what the original app says, and ``peerset bridge`` between its room and one of ours."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.action import Json
from peerset.testing.tracker import local_tracker
from tests.interop.browser import Page, connect, within
from tests.interop.python_peer import APP, PythonPeer, python_peer
from tests.patience import PATIENT_SECONDS, until

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

RECORDS: Final = 1_000
FEW: Final = 120
TOGETHER: Final = 50
ROOM: Final = "places"


@asynccontextmanager
async def original_page(port: int, tracker: str, *, records: int) -> AsyncIterator[Page]:
    """Open a page that holds so many records, and is in the app's room."""
    async with connect(port, Page) as page:
        await page.call("open", page="original_page")
        await page.call("make", count=records)
        await page.call("join", tracker=tracker)
        await page.next("announced")
        yield page


class BridgeProcess:
    """``peerset bridge`` in a process of its own; what it told last is in `carried`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.carried: dict[str, int] = {"taken": 0, "given": 0, "refused": 0, "pages": 0}
        self._process = process

    async def listen(self) -> None:
        """Take what it tells, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.carried = json.loads(line)


@asynccontextmanager
async def bridge(folder: Path, tracker: str) -> AsyncIterator[BridgeProcess]:
    """Run the verb for the length of the block; its store and key stay in *folder*."""
    options = ["--app", APP, "--store", f"sqlite:{folder / 'bridge.db'}", "--signaling", tracker, "--json"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "peerset", "bridge", ROOM, *options, "--their-signaling", tracker),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")},
    )
    running = BridgeProcess(process)
    listening = asyncio.create_task(running.listen(), name="bridge")
    try:
        yield running
    finally:
        process.terminate()
        async with within(PATIENT_SECONDS, "the bridge's end"):
            await process.wait()
        await listening


async def texts(peer: PythonPeer) -> list[str]:
    return sorted(json.loads(record.content)["text"] for record in await peer.room.records(collection=ROOM))


async def fill(peer: PythonPeer, count: int) -> None:
    for start in range(0, count, TOGETHER):
        await asyncio.gather(*(write(peer, number) for number in range(start, min(count, start + TOGETHER))))


async def write(peer: PythonPeer, number: int) -> None:
    place: dict[str, Json] = {"text": f"from Python {number}", "latitude": number / 100, "longitude": 0}
    await peer.room.publish(place, collection=ROOM)


async def records_of(page: Page) -> dict[str, Any]:
    held = await page.call("records")
    assert isinstance(held, dict)
    return held


@pytest.mark.interop(
    client="the original app", version="by its facts", what="1,000 records each way through peerset bridge"
)
async def test_a_thousand_records_go_each_way(chromium: int, tmp_path: Path) -> None:
    async with (
        local_tracker() as tracker,
        original_page(chromium, tracker, records=RECORDS) as page,
        python_peer(ROOM, page, tracker=tracker) as peer,
        bridge(tmp_path, tracker) as running,
    ):
        await page.next("joined")
        began = time.monotonic()
        await until(lambda: running.carried["taken"] == RECORDS)
        taken = time.monotonic()
        await until(lambda: peer.room.count == RECORDS)
        arrived = time.monotonic()
        print(f"{RECORDS} records of the page: {taken - began:.1f} s to be saved, {arrived - began:.1f} s to a peer")
        assert await texts(peer) == sorted(f"from the page {number}" for number in range(RECORDS))

        began = time.monotonic()
        await fill(peer, RECORDS)
        published = time.monotonic()
        await page.next("received", count=2 * RECORDS)
        arrived = time.monotonic()
        print(f"{RECORDS} of ours: {published - began:.1f} s to publish, {arrived - began:.1f} s to the page")
        held = await records_of(page)
        assert sum(each["content"]["text"].startswith("from Python") for each in held.values()) == RECORDS
        written = {record.id.hex() for record in await peer.room.records(authors=peer.room.key)}
        signed = {each["integrity"]["signature"].split(":")[1] for each in held.values() if "peerset:" in str(each)}
        assert signed == written


async def test_a_restart_in_the_middle_doubles_nothing(chromium: int, tmp_path: Path) -> None:
    async with (
        local_tracker() as tracker,
        original_page(chromium, tracker, records=FEW) as page,
        python_peer(ROOM, page, tracker=tracker) as peer,
    ):
        await fill(peer, FEW)
        async with bridge(tmp_path, tracker) as running:
            await until(lambda: running.carried["taken"] > 0)
        async with bridge(tmp_path, tracker):
            # Of what the first one left, if anything.
            await until(lambda: peer.room.count == 2 * FEW)
            await page.next("received", count=2 * FEW)
        async with bridge(tmp_path, tracker) as running:
            # A third one finds nothing to carry but what is written now.
            await page.next("joined")
            record = await peer.room.publish({"text": "last", "latitude": 1, "longitude": 1}, collection=ROOM)
            await page.next("received", count=2 * FEW + 1)
            assert running.carried["taken"] == 0
        assert len(await records_of(page)) == 2 * FEW + 1
        assert peer.room.count == 2 * FEW + 1
        assert await peer.room.get(record.id) == record


async def test_an_older_page_that_says_nonsense_harms_nobody(chromium: int, tmp_path: Path) -> None:
    async with (
        local_tracker() as tracker,
        original_page(chromium, tracker, records=1) as page,
        python_peer(ROOM, page, tracker=tracker) as peer,
        bridge(tmp_path, tracker) as running,
    ):
        await page.call("put", uuid="no uuid", record={"integrity": {"hash": "00"}})
        await page.call("put", uuid="00000000-0000-4000-8000-000000000001", record={"integrity": {"hash": "11" * 32}})
        await until(lambda: running.carried["taken"] == 1 and running.carried["refused"] == 1)
        await peer.next(peerset.RecordAdded)
        assert await texts(peer) == ["from the page 0"]
