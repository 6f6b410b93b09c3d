"""How many announces a tracker serves on one core: ``python -m tests.bench.bench_tracker``.

Ours and npm's bittorrent-tracker (after ``npm ci --prefix tests/interop``) get the same announces from the same 200
sockets. Each runs in a process of its own, and its processor time counts, so the client's pace does not matter.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from peerset.core.signal import draw_id
from peerset.tracker.connection import TrackerLimits
from peerset.tracker.tracker import serve_tracker

SOCKETS: Final = 200
MEMBERS_PER_SWARM: Final = 10
ANNOUNCES_PER_SOCKET: Final = 50
OFFERS_PER_ANNOUNCE: Final = 5
SEALED_BYTES: Final = 1_200
REFERENCE: Final = Path(__file__).parents[1] / "interop" / "bittorrent_server.mjs"
GENEROUS: Final = TrackerLimits(messages_per_second=1e6, messages_burst=1_000_000, connections_per_address=SOCKETS)


def run() -> list[tuple[str, float, str]]:
    """Measure both; give name, figure and unit."""
    rows = [("our tracker", *measure([sys.executable, "-m", "tests.bench.bench_tracker", "serve"]))]
    if (REFERENCE.parent / "node_modules").is_dir():
        rows.append(("bittorrent-tracker (npm)", *measure(["node", str(REFERENCE)])))
    return [
        row
        for name, announces, offers in rows
        for row in ((f"{name}: announces", announces, "1/s of a core"), (f"{name}: offers passed on", offers, "1/s"))
    ]


def measure(command: list[str]) -> tuple[float, float]:
    return asyncio.run(load(command))


async def load(command: list[str]) -> tuple[float, float]:
    """Give the announces and the offers that the tracker of *command* served for a second of processor time."""
    async with server(command) as (url, process_id), AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        sockets = [await stack.enter_async_context(session.ws_connect(url)) for _ in range(SOCKETS)]
        before = processor_seconds(process_id)
        forwarded = await asyncio.gather(*(announce(socket, number) for number, socket in enumerate(sockets)))
        seconds = processor_seconds(process_id) - before
    return SOCKETS * ANNOUNCES_PER_SOCKET / seconds, sum(forwarded) / seconds


async def announce(socket: aiohttp.ClientWebSocketResponse, number: int) -> int:
    """Announce again and again; give how many offers of others came meanwhile."""
    text, offers = make_announce(number), 0
    for _ in range(ANNOUNCES_PER_SOCKET):
        await socket.send_str(text)
        while '"interval":' not in (await socket.receive_str())[:200]:
            offers += 1
    return offers


def make_announce(number: int) -> str:
    rng = random.Random(number)
    return json.dumps(
        {
            "action": "announce",
            "info_hash": f"{number // MEMBERS_PER_SWARM:020d}",
            "peer_id": draw_id(rng, 20),
            "numwant": OFFERS_PER_ANNOUNCE,
            "offers": [
                {"offer_id": draw_id(rng, 20), "offer": {"type": "offer", "sdp": draw_id(rng, SEALED_BYTES)}}
                for _ in range(OFFERS_PER_ANNOUNCE)
            ],
        },
        separators=(",", ":"),
    )


@asynccontextmanager
async def server(command: list[str]) -> AsyncIterator[tuple[str, int]]:
    """Run a tracker that prints ``{"url": ...}``; give that and its process id."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            yield json.loads(await process.stdout.readline())["url"], process.pid
    finally:
        process.kill()
        await process.communicate()


def processor_seconds(process_id: int) -> float:
    """Processor time of a process so far (Linux: proc(5), utime and stime)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def serve() -> None:
    """Be the measured process: our tracker, until killed."""
    async with serve_tracker("127.0.0.1", 0, limits=GENEROUS, rng=random.Random(0)) as tracker:
        print(json.dumps({"url": tracker.url}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    for name, figure, unit in run():
        print(f"{name:<45} {figure:>10.0f} {unit}")
