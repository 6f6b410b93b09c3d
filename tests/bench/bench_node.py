"""What a node costs whose rooms nobody is in: ``python -m tests.bench node``.

It keeps rooms with a SQLite file each, at a tracker of ours in another process, and is measured once nobody was heard
of for so long that it keeps one offer a room. Beside it stands a Python process that imports the same and does nothing.
Then peers of another process come, each to a room of its own, and stay without a word.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import peerset
from peerset.core.limits import OFFER_AGE_MAX_SECONDS
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.node.control import ask
from tests.bench.bench_rooms import tracker_apart
from tests.bench.joined import join_nearby
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

ROOMS: Final = sized(200, 5)
SETTLING_SECONDS: Final = sized(OFFER_AGE_MAX_SECONDS + 10.0, 1.0)
IDLE_SECONDS: Final = sized(30.0, 1.0)
PEERS: Final = sized(20, 2)
MEETING_SECONDS: Final = sized(20.0, 1.0)
"""After the last came, who has nothing more to say."""
IMPORTS: Final = "import peerset.cli.nodekeeping, peerset.transports.webrtc, peerset.signaling.torrent, uvloop, sys"

Row = tuple[str, float, str]


def run() -> list[Row]:
    """Measure; give (name, value, unit)."""
    return run_fast(_measure())


async def _measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        text = "".join(f'[[rooms]]\nroom = "room {number}"\n' for number in range(ROOMS))
        (home / "rooms.toml").write_text(text, "utf-8")
        async with tracker_apart() as url:
            arguments = ["--data", str(home), "--rooms-file", str(home / "rooms.toml"), "--signaling", url]
            async with _running(["-m", "peerset", "node", *arguments]) as node:
                pid = node.pid
                await _until_open(home)
                opening = processor_seconds(pid)
                await asyncio.sleep(SETTLING_SECONDS)
                before = processor_seconds(pid)
                await asyncio.sleep(IDLE_SECONDS)
                idle = (processor_seconds(pid) - before) / IDLE_SECONDS
                kept = resident_megabytes(pid)
                async with _running(["-m", "tests.bench.bench_node", url]):
                    await _until_met(home)
                    await asyncio.sleep(MEETING_SECONDS)
                    before = processor_seconds(pid)
                    await asyncio.sleep(IDLE_SECONDS)
                    busy = (processor_seconds(pid) - before) / IDLE_SECONDS
                    met = resident_megabytes(pid)
                ending = await _end(node)
        async with _running(["-c", f"{IMPORTS}; print(flush=True); sys.stdin.read()"]) as idler:
            await asyncio.sleep(sized(3.0, 1.0))
            bare = resident_megabytes(idler.pid)
    return [
        (f"a node of {ROOMS} rooms: memory", kept, "MB"),
        ("a process that imports the same: memory", bare, "MB"),
        (f"memory a room of {ROOMS}", (kept - bare) / ROOMS, "MB"),
        (f"a node of {ROOMS} rooms: idle", 100 * idle, "% of a core"),
        (f"a node of {ROOMS} rooms: opening a room", 1e3 * opening / ROOMS, "ms"),
        (f"memory a peer of {PEERS}", (met - kept) / PEERS, "MB"),
        (f"a peer of {PEERS} that says nothing", 100 * (busy - idle) / PEERS, "% of a core"),
        (f"a node of {ROOMS} rooms: ending", ending, "s"),
    ]


@asynccontextmanager
async def _running(arguments: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> float:
    """Let *process* end, and give how many seconds that took."""
    started = time.perf_counter()
    with suppress(ProcessLookupError):
        process.terminate()
    await process.wait()
    return time.perf_counter() - started


async def _until_met(folder: Path) -> None:
    while sum(row["peers"] for row in await ask(folder, {"verb": "list"})) < PEERS:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(1)


async def visit(url: str) -> None:
    """Be in as many rooms as there are to be peers, until standard input ends."""
    async with AsyncExitStack() as stack:
        host = peerset.Host()
        for number in range(PEERS):
            await stack.enter_async_context(
                join_nearby(RoomName("peerset", f"room {number}"), url, store="memory:", host=host)
            )
        await asyncio.to_thread(sys.stdin.read)


async def _until_open(folder: Path) -> None:
    states = {"waiting"}
    while states != {"open"}:
        await asyncio.sleep(1)
        try:
            states = {row["state"] for row in await ask(folder, {"verb": "list"})}
        except ConfigError:
            continue


def processor_seconds(pid: int) -> float:
    """Give how much the process *pid* has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    """Give what the process *pid* has in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    run_fast(visit(sys.argv[1]))
