"""What is told of files: each version once, and also what is gone without a word of its author."""

import asyncio
from collections.abc import Awaitable, Callable

import peerset
from tests.drive.rooms import joined, until


async def test_a_version_is_told_once_and_what_is_purged_is_told_too() -> None:
    async with joined(1) as (room,):
        files = room.files("site")
        await files.put("docs/old", "x")
        told: list[tuple[str, int | None]] = []
        watching = asyncio.create_task(_note(files, told))
        await asyncio.sleep(0.1)
        await files.put("other/a", "x")
        await files.put("docs/old", "xyz")
        purged = (await files.put("docs/new", "xy")).record
        await until(_are(told, 2))
        await room.moderation.purge(purged.id if purged else "")
        await until(_are(told, 3))
        await files.delete("docs/old")
        await until(_are(told, 4))
        watching.cancel()
        await asyncio.wait([watching])
        assert told == [("docs/old", 3), ("docs/new", 2), ("docs/new", None), ("docs/old", None)]


def _are(told: list[tuple[str, int | None]], count: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return len(told) >= count

    return holds


async def _note(files: peerset.Files, told: list[tuple[str, int | None]]) -> None:
    async for change in files.watch("docs"):
        size = None if change.entry is None else change.entry.size
        told.append((change.path, size))
