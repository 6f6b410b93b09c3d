"""One file from several peers, each a process of its own, beside the same file from one of them.

On a machine of few processors the reader is what limits both, and several peers are to cost it nothing.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import peerset
from tests.bench.bench_files import Cost, Row, fetched, giving, limits, near
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

FILE_BYTES: Final = sized(2**24, 2**22)
ROUNDS: Final = sized(5, 1)
GIVERS: Final = 3


def run() -> list[Row]:
    """Measure and give (name, value, unit)."""
    return run_fast(_measure())


async def _measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with giving(folder, FILE_BYTES) as (tracker, _):
            # In turn, so that what else the machine does meets both.
            one, several = [], []
            for number in range(ROUNDS):
                one.append(await _fetch(tracker, folder / f"one-{number}.db", 1))
                async with AsyncExitStack() as stack:
                    for seeder in range(1, GIVERS):
                        await stack.enter_async_context(_seeder(tracker, folder / f"seeder-{number}-{seeder}.db"))
                    several.append(await _fetch(tracker, folder / f"several-{number}.db", GIVERS))
    return _rows(one, several)


def _rows(one: Sequence[Cost], several: Sequence[Cost]) -> list[Row]:
    megabytes, median = FILE_BYTES / 1e6, statistics.median
    ratios = [alone.seconds / together.seconds for alone, together in zip(one, several, strict=True)]
    return [
        ("a file from one peer", median(megabytes / each.seconds for each in one), "MB/s"),
        (f"a file from {GIVERS} peers", median(megabytes / each.seconds for each in several), "MB/s"),
        (f"pace from {GIVERS} peers over that from one", median(ratios), "x"),
        ("CPU of the reader, from one", median(each.cpu / megabytes * 1e3 for each in one), "ms/MB"),
        (f"CPU of the reader, from {GIVERS}", median(each.cpu / megabytes * 1e3 for each in several), "ms/MB"),
    ]


async def _fetch(tracker: str, store: Path, givers: int) -> Cost:
    reader, _ = await fetched(tracker, store, FILE_BYTES, givers=givers)
    return reader


@asynccontextmanager
async def _seeder(tracker: str, store: Path) -> AsyncIterator[None]:
    """Have another process that has the file."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.bench_givers",
        tracker,
        str(store),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if child.stdout is None:
        raise RuntimeError("the seeder has no pipe")
    await child.stdout.readline()
    yield
    # It leaves when its standard input ends, which without an input does not in Python 3.11.
    await child.communicate(b"")


async def _seed(tracker: str, store: str) -> None:
    """Keep all there is, and give it."""
    options = limits(FILE_BYTES, keep="all")
    async with peerset.join("bench", store=f"sqlite:{store}", files=options, **near(tracker)) as room:
        while [each.is_whole for each in await room.blobs()] != [True]:  # noqa: ASYNC110 - it comes by itself
            await asyncio.sleep(0.05)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    run_fast(_seed(sys.argv[1], sys.argv[2]))
