"""What takes long beside the event loop."""

import asyncio
import threading

import pytest

from peerset.archive.aside import aside

pytestmark = pytest.mark.real_time


async def test_what_it_gives_or_raises_comes_back_and_its_end_is_not_waited_for() -> None:
    assert await aside(int, "7", base=8) == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await aside(int, "x")
    never = threading.Event()
    waiting = asyncio.create_task(aside(never.wait))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    never.set()
