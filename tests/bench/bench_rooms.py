"""What rooms of one process cost it: descriptors, memory and the time to join one more, each with a SQLite file.

Rooms are joined one after the other at a tracker of ours in another process, as one application has them, and each
announces its offers; nobody else is there.
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import peerset
from peerset.core.signal import RoomName
from peerset.testing.tracker import local_tracker
from tests.bench.bench_tracker import GENEROUS
from tests.bench.joined import join_nearby
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

Row = tuple[str, float, str]

SIZES: Final = sized((1, 5, 20, 50, 100, 200), (1, 5, 50))
SETTLING_SECONDS: Final = sized(3.0, 1.0)
"""In which offers are prepared and announced."""
LIMITS: Final = replace(GENEROUS, swarms_per_connection=1_000)
"""One process has all its rooms at a tracker on one connection."""
DESCRIPTORS: Final = Path("/proc/self/fd")


def run() -> list[Row]:
    """Measure; give (name, value, unit)."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return run_fast(_measure())


async def _measure() -> list[Row]:
    rows: list[Row] = []
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = await stack.enter_async_context(tracker_apart())
        host, joined = peerset.Host(), 0
        memory, descriptors = resident_bytes(), len(os.listdir(DESCRIPTORS))
        for size in SIZES:
            started = time.perf_counter()
            while joined < size:
                room, store = RoomName("bench", f"room {joined}"), f"sqlite:{folder}/{joined}.db"
                await stack.enter_async_context(join_nearby(room, url, store=store, host=host))
                joined += 1
                last, started = time.perf_counter() - started, time.perf_counter()
            await asyncio.sleep(SETTLING_SECONDS)
            opened = len(os.listdir(DESCRIPTORS)) - descriptors
            rows += [
                (f"descriptors at {size:,}", opened, ""),
                (f"descriptors a room at {size:,}", opened / size, ""),
                (f"memory at {size:,}", (resident_bytes() - memory) / 1e6, "MB"),
                (f"joining at {size:,}", last * 1e3, "ms"),
            ]
    return rows


def resident_bytes() -> int:
    """Give what this process has in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def tracker_apart() -> AsyncIterator[str]:
    """Run our tracker in a process of its own, whose descriptors are none of ours."""
    command = [sys.executable, "-m", "tests.bench.bench_rooms", "serve"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        assert process.stdout is not None
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.communicate()


async def _serve() -> None:
    async with local_tracker(limits=LIMITS) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        run_fast(_serve())
    for name, value, unit in run():
        print(f"{name:40} {value:12.2f} {unit}")
