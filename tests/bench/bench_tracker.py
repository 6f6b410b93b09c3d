"""How many announces a tracker serves on one core: ``python -m tests.bench.bench_tracker``.

Ours and npm's bittorrent-tracker (after ``npm ci --prefix tests/interop``) get the same announces from the same 200
sockets, each of an address of its own. Each runs in a process of its own, ours on the loop that ``peerset tracker``
uses, and its processor time counts, so the client's pace does not matter.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from peerset.core.signal import draw_id
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.tracker import serve_tracker
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

SOCKETS: Final = 200
MEMBERS_PER_SWARM: Final = 10
ANNOUNCES_PER_SOCKET: Final = sized(100, 10)
ROUNDS: Final = sized(3, 1)
OFFERS_PER_ANNOUNCE: Final = 5
SEALED_BYTES: Final = 1_200
REFERENCE: Final = Path(__file__).parents[1] / "interop" / "bittorrent_server.mjs"
GENEROUS: Final = TrackerLimits(
    messages_per_second=1e6,
    messages_burst=1_000_000,
    offers_per_second=1e6,
    offers_burst=1_000_000,
    offers_burst_and_receiver=1_000_000,
).with_address_members(100_000)
"""The pace of the clients is what is measured; what it may be otherwise, `peerset.tracker.limits` says."""


def run() -> Iterator[tuple[str, float, str]]:
    """Measure both in turns, as each will be slowed by what else the machine does; give name, figure and unit."""
    servers = {"our tracker": [sys.executable, "-m", "tests.bench.bench_tracker", "serve"]}
    if (REFERENCE.parent / "node_modules").is_dir():
        servers["bittorrent-tracker (npm)"] = ["node", str(REFERENCE)]
    for offers in (OFFERS_PER_ANNOUNCE, 0):
        best = dict.fromkeys(servers, 0.0)
        for _ in range(ROUNDS):
            for name, command in servers.items():
                best[name] = max(best[name], asyncio.run(load(command, offers)))
        for name, announces in best.items():
            yield f"{name}: announces with {offers} offers each, best of {ROUNDS}", announces, "announces/s of a core"


async def load(command: list[str], offers: int) -> float:
    """Give how many announces the tracker of *command* served for a second of processor time."""
    async with server(command) as (url, process_id), AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connected(url, number)) for number in range(SOCKETS)]
        before = processor_seconds(process_id)
        forwarded = await asyncio.gather(
            *(announce(socket, make_announce(number, offers)) for number, socket in enumerate(sockets))
        )
        seconds = processor_seconds(process_id) - before
    # Those who announce first find nobody to offer to.
    assert sum(forwarded) >= 0.9 * offers * SOCKETS * ANNOUNCES_PER_SOCKET, "offers were not passed on"
    return SOCKETS * ANNOUNCES_PER_SOCKET / seconds


@asynccontextmanager
async def connected(url: str, number: int) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Be client *number*, at an address of its own: all of 127.0.0.0/8 is this machine."""
    connector = aiohttp.TCPConnector(local_addr=(f"127.0.1.{number + 1}", 0))
    async with aiohttp.ClientSession(connector=connector) as session, session.ws_connect(url) as socket:
        yield socket


async def announce(socket: aiohttp.ClientWebSocketResponse, text: str) -> int:
    """Announce again and again; give how many offers of others came meanwhile."""
    offers = 0
    for _ in range(ANNOUNCES_PER_SOCKET):
        await socket.send_str(text)
        while '"interval":' not in (await socket.receive_str())[:200]:
            offers += 1
    return offers


def make_announce(number: int, offers: int, *, info_hash: str = "") -> str:
    rng = random.Random(number)
    return json.dumps(
        {
            "action": "announce",
            "info_hash": info_hash or f"{number // MEMBERS_PER_SWARM:020d}",
            "peer_id": draw_id(rng, 20),
            "numwant": offers,
            "offers": [
                {"offer_id": draw_id(rng, 20), "offer": {"type": "offer", "sdp": draw_id(rng, SEALED_BYTES)}}
                for _ in range(offers)
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
        async with asyncio.timeout(150):
            yield json.loads(await process.stdout.readline())["url"], process.pid
    finally:
        process.kill()
        await process.communicate()


def processor_seconds(process_id: int) -> float:
    """Processor time of a process so far (Linux: proc(5), utime and stime)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def serve(limits: TrackerLimits) -> None:
    """Be the measured process: our tracker, until killed."""
    async with serve_tracker("127.0.0.1", 0, limits=limits, rng=random.Random(0)) as tracker:
        print(json.dumps({"url": tracker.url}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:]:
        run_fast(serve(GENEROUS if sys.argv[1:] == ["serve"] else TrackerLimits()))
    for name, figure, unit in run():
        print(f"{name:<66} {figure:>10.0f} {unit}")
