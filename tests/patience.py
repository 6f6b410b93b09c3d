"""How long a test waits for what comes at once on a machine that is idle."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

PATIENT_SECONDS: Final = 150


async def until(holds: Callable[[], bool]) -> None:
    """Wait until *holds* says yes."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until *holds* says yes, without a loop."""
    deadline = time.monotonic() + PATIENT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.01)
