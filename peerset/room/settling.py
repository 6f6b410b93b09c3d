"""Waiting until peers have what a room has, and asking them meanwhile."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

ASK_SECONDS: Final = 1.0
"""Peers are asked again after so long: what was written meanwhile may have come too late for the last answer."""


async def settle(is_settled: Callable[[], bool], ask: Callable[[], None], changed: asyncio.Event) -> None:
    """Wait until *is_settled*, which may be so whenever *changed* is set; *ask* peers now, and every second."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while not is_settled():
        if loop.time() >= due:
            due = loop.time() + ASK_SECONDS
            ask()
        changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await changed.wait()
