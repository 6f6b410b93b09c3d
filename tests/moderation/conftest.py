"""Fixtures of the tests of moderation."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from peerset.room import clocks


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the wall clock of rooms jump with that of the event loop."""
    start = time.time()
    monkeypatch.setattr(clocks, "time", SimpleNamespace(time=lambda: start + asyncio.get_running_loop().time()))
