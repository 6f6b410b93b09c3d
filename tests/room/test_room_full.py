"""A room on a disk that fills up and is emptied again, on a real file."""

import asyncio
from pathlib import Path

import pytest

import peerset
from peerset.protocol import delayed, giving, pace
from peerset.stores.connection import open_file
from peerset.stores.sqlite import SQLiteStore
from peerset.testing.memory import MemorySwarm
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time

PAGES = 2**31 - 2


async def test_records_that_a_full_disk_could_not_take_come_soon_after_it_was_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Seconds of the test's own are too dear to wait for pauses that are made for days.
    monkeypatch.setattr(delayed, "SAVE_RETRY_SECONDS", 0.2)
    monkeypatch.setattr(pace, "ROUND_INTERVAL_SECONDS", 0.2)
    monkeypatch.setattr(giving, "GIVEN_WAIT_SECONDS", 0.2)
    swarm = MemorySwarm()
    file = await open_file(tmp_path / "lobby.db", size_max_bytes=200_000)
    async with (
        peerset.join("lobby", host=swarm.host()) as giver,
        peerset.join("lobby", store=SQLiteStore(file), host=swarm.host()) as full,
    ):
        events = full.events(peerset.SaveDelayed)
        texts = [f"{number} ".ljust(20_000, "x") for number in range(40)]
        for text in texts:
            await giver.publish(text)
        async with asyncio.timeout(PATIENT_SECONDS):
            event = await anext(events)
        assert isinstance(event, peerset.SaveDelayed)
        assert "full" in event.reason
        # Fruitless rounds have made the pause long.
        await asyncio.sleep(2)
        assert full.count < len(texts)
        await file.run(lambda db: db.execute(f"PRAGMA max_page_count = {PAGES}").fetchone())
        async with asyncio.timeout(PATIENT_SECONDS):
            while full.count < len(texts):
                await anext(full.events(peerset.RecordAdded))
        assert full.root == giver.root
