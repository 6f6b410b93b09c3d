"""Rooms with files, alone or several in one process, and contents to put there."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import peerset
from peerset.core.keys import SecretKey
from peerset.testing.memory import MemorySwarm
from tests.patience import PATIENT_SECONDS

LIMITS: Final = peerset.Limits(blob="8 MiB", room="32 MiB")


def content(size: int, seed: int = 1) -> bytes:
    """Give so many bytes, other ones for each *seed*."""
    return random.Random(seed).randbytes(size)


@asynccontextmanager
async def joined(
    count: int, *, files: peerset.Limits | None = LIMITS, **options: Any
) -> AsyncIterator[list[peerset.Room]]:
    """Give so many members of one room."""
    swarm = MemorySwarm()
    async with AsyncExitStack() as stack:
        rooms = []
        for number in range(1, count + 1):
            key = SecretKey(bytes(31) + bytes([number]))
            rooms.append(
                await stack.enter_async_context(
                    peerset.join("lobby", key=key, host=swarm.host(), files=files, **options)
                )
            )
        if count > 1:
            for room in rooms:
                await room.synced(timeout=PATIENT_SECONDS)
        yield rooms


async def until_there(files: peerset.Files, path: str) -> peerset.Entry:
    """Wait until a file is known."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while (entry := await files.entry(path)) is None:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)
    return entry


async def until(holds: Callable[[], Any]) -> None:
    """Wait until what *holds* gives is so."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while not await holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)
