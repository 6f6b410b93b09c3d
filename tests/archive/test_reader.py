"""The processes that read: one that ends costs a day, and one that is cancelled leaves nothing behind."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from peerset.archive.reader import Reader
from peerset.archive.writing import DayFile
from peerset.errors import ArchiveError, StoreError
from tests.archive.rooms import LOBBY, TODAY, record_on

pytestmark = pytest.mark.real_time


def question(path: Path) -> dict[str, object]:
    file = DayFile(TODAY, path)
    file.add([record_on(TODAY, number) for number in range(3)])
    file.end(shells=bytes(32))
    return {"path": str(path), "day": TODAY, "room": LOBBY.tag.hex(), "checks_signatures": True, "spill": None}


async def test_a_process_that_dies_is_said_and_the_next_day_has_another(tmp_path: Path) -> None:
    asking, asked = Reader(), question(tmp_path / "a")
    assert (await asking.ask(asked, lambda _: None))["sets"][0] == 3
    process: Any = asking._process
    os.kill(process.pid, signal.SIGSTOP)
    waiting = asyncio.create_task(asking.ask(asked, lambda _: None))
    await asyncio.sleep(0)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(ArchiveError, match="the process that read it ended with -9"):
        await waiting
    assert (await asking.ask(asked, lambda _: None))["sets"][0] == 3
    second: Any = asking._process
    await asking.aclose()
    await asking.aclose()
    assert second.returncode == -9


async def test_what_cannot_be_started_is_an_error_of_the_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    asking = Reader()
    with pytest.raises(StoreError, match="no process can be started"):
        await asking.ask({}, lambda _: None)
    await asking.aclose()
