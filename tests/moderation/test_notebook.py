"""Notes are saved soon, together, and at the end; a full disk is tried again."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from peerset.errors import StoreError
from peerset.moderation.notebook import CLOSE_TIMEOUT_SECONDS, Notebook

DELAY_SECONDS = 5.0


class Disk:
    """Counts saves, and may refuse them, or never answer."""

    def __init__(self) -> None:
        self.saves = 0
        self.tries = 0
        self.is_full = False
        self.hangs = False

    async def save(self) -> None:
        self.tries += 1
        if self.hangs:
            await asyncio.get_running_loop().create_future()
        if self.is_full:
            raise StoreError("the disk is full")
        self.saves += 1


@asynccontextmanager
async def running(disk: Disk) -> AsyncIterator[Notebook]:
    """Give a notebook that is saved until the end of the block."""
    notebook = Notebook(disk.save, title="what matters", delay_seconds=DELAY_SECONDS)
    work = asyncio.create_task(notebook.run())
    yield notebook
    work.cancel()
    await asyncio.wait([work])


async def test_changes_that_come_close_together_are_saved_together() -> None:
    disk = Disk()
    async with running(disk) as notebook:
        for _ in range(100):
            notebook.save_soon()
        await asyncio.sleep(DELAY_SECONDS * 0.9)
        assert disk.saves == 0
        await asyncio.sleep(DELAY_SECONDS * 10)
        assert disk.saves == 1
        notebook.save_soon()
        await asyncio.sleep(DELAY_SECONDS * 2)
        assert disk.saves == 2


async def test_a_full_disk_is_tried_again_until_it_has_room_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    disk = Disk()
    disk.is_full = True
    async with running(disk) as notebook:
        notebook.save_soon()
        await asyncio.sleep(DELAY_SECONDS * 10)
        assert (disk.saves, disk.tries > 5) == (0, True)
        disk.is_full = False
        await asyncio.sleep(DELAY_SECONDS * 10)
        assert disk.saves == 1
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == ["what matters could not be saved yet: the disk is full"]


async def test_what_was_not_saved_yet_is_saved_at_the_end_and_not_after_it() -> None:
    disk = Disk()
    async with running(disk) as notebook:
        notebook.save_soon()
    await notebook.aclose()
    await asyncio.sleep(DELAY_SECONDS * 2)
    assert disk.saves == 1


@pytest.mark.parametrize("what", ["is_full", "hangs"])
async def test_a_disk_that_fails_at_the_end_keeps_nobody(what: str, caplog: pytest.LogCaptureFixture) -> None:
    disk = Disk()
    setattr(disk, what, True)
    async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS + 1):
        await Notebook(disk.save, title="what matters", delay_seconds=DELAY_SECONDS).aclose()
    assert "leaving: what matters could not be saved" in caplog.text
