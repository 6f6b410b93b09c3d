"""Two processes and a real tracker on loopback: seconds to join, and records from a full peer to an empty one.

The reference of the second figure is aiortc's bare channel, measured in the same run by bench_transport.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from peerset.core.record import decode_record
from peerset.core.signal import RoomName
from peerset.plugins import open_store
from peerset.testing.tracker import local_tracker
from tests.bench.bench_ingest import RECORD_BYTES, RECORDS, make_blobs
from tests.bench.joined import join_nearby
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

JOINS: Final = sized(20, 3)
ROOM: Final = RoomName("bench", "room")


def run() -> list[tuple[str, float, str]]:
    """Measure; give (name, value, unit)."""
    return run_fast(_run())


async def _run() -> list[tuple[str, float, str]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "full.db"
        await _fill(path)
        async with local_tracker() as url:
            joins = await _measure_joins(url, Path(folder) / "none.db")
            seconds, verify_seconds = await _measure_bulk(url, path)
    size = RECORDS * RECORD_BYTES / 1e6
    return [
        (f"join to an established session, p50 of {JOINS}", statistics.median(joins) * 1e3, "ms"),
        (f"join to an established session, p95 of {JOINS} (goal 1000)", sorted(joins)[-2] * 1e3, "ms"),
        (f"records to an empty peer, {RECORDS:,} of {RECORD_BYTES} bytes", RECORDS / seconds, "records/s"),
        (f"records to an empty peer, {RECORDS:,} of {RECORD_BYTES} bytes", size / seconds, "MB/s"),
        ("the receiver's bare verification of the same records", RECORDS / verify_seconds, "records/s"),
        ("bulk time over bare verification time", seconds / verify_seconds, "times"),
    ]


async def _fill(path: Path) -> None:
    store = await open_store(f"sqlite:{path}")
    await store.bind(ROOM.tag)
    await store.add([decode_record(blob) for blob in make_blobs(RECORDS, ROOM)])
    await store.aclose()


async def _measure_joins(url: str, path: Path) -> list[float]:
    waiting = await _start_peer(url, path)
    try:
        return [await _join_once(url) for _ in range(JOINS)]
    finally:
        await _stop_peer(waiting)


async def _join_once(url: str) -> float:
    start = time.perf_counter()
    async with join_nearby(ROOM, url, store="memory:") as room:
        events = room.events()
        while not any(peer.state == "established" for peer in room.peers):
            await anext(events)
        return time.perf_counter() - start


async def _measure_bulk(url: str, path: Path) -> tuple[float, float]:
    full = await _start_peer(url, path)
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with join_nearby(ROOM, url, store=f"sqlite:{folder}/empty.db") as room:
                events = room.events()
                while not any(peer.state == "established" for peer in room.peers):
                    await anext(events)
                start = time.perf_counter()
                while room.count < RECORDS:
                    await anext(events)
                seconds = time.perf_counter() - start
                records = await room.records()
    finally:
        await _stop_peer(full)
    start = time.perf_counter()
    for record in records:
        record.has_valid_signature()
    return seconds, time.perf_counter() - start


async def _start_peer(url: str, path: Path) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "tests.bench.bench_room", "peer", url, str(path)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    if process.stdout is None or await process.stdout.readline() != b"ready\n":
        raise RuntimeError("the other peer did not start")
    return process


async def _stop_peer(process: asyncio.subprocess.Process) -> None:
    await asyncio.wait_for(process.communicate(b"\n"), timeout=10)


async def _be_a_peer(url: str, path: str) -> None:
    async with join_nearby(ROOM, url, store=f"sqlite:{path}"):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    if sys.argv[1:2] == ["peer"]:
        run_fast(_be_a_peer(*sys.argv[2:4]))
    else:
        for name, value, unit in run():
            print(f"{name:60} {value:12.2f} {unit}")
