"""One file between two processes on loopback, beside the pace of the transport and of aiortc's bare channel.

The reader has an empty folder, and is measured from its first question to the last piece on its disk; so is the giver,
meanwhile. The transport sends messages that are as long as those with a piece.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any, Final

import peerset
from peerset.core import wire
from peerset.core.blob import HASH_BYTES, pieces_of, uncles_of
from peerset.core.keys import SecretKey
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.core.message import BlobPart
from peerset.testing.tracker import local_tracker
from tests.bench import bench_transport
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

FILE_BYTES: Final = sized(2**30, 2**24)
LIMITS: Final = peerset.Limits(blob=2 * FILE_BYTES, room=4 * FILE_BYTES)
WRITER: Final = SecretKey(bytes(31) + b"\1")
WATCH_SECONDS: Final = 0.02
PROOF: Final = bytes(HASH_BYTES * len(uncles_of(0, pieces_of(FILE_BYTES))))
MESSAGE_BYTES: Final = len(wire.encode(BlobPart(bytes(HASH_BYTES), 0, PROOF, bytes(BLOB_PIECE_BYTES))))
Row = tuple[str, float, str]


def run() -> list[Row]:
    """Measure and give (name, value, unit)."""
    return run_fast(_measure())


async def _measure() -> list[Row]:
    total = bench_transport.TOTAL_BYTES
    paces = [total / (await bench_transport.throughput(MESSAGE_BYTES, is_quick=True)).seconds for _ in range(2)]
    bare = total / (await bench_transport.bare_throughput(MESSAGE_BYTES)).seconds
    with tempfile.TemporaryDirectory() as folder:
        read, gave, wrote = await _transfer(Path(folder))
    paces.append(total / (await bench_transport.throughput(MESSAGE_BYTES, is_quick=True)).seconds)
    pace = max(paces)
    return [
        ("transport, messages of 128 KiB", pace / 1e6, "MB/s"),
        ("aiortc's bare channel, messages of 128 KiB", bare / 1e6, "MB/s"),
        ("a file is put", FILE_BYTES / wrote / 1e6, "MB/s"),
        (f"a file of {FILE_BYTES >> 20} MiB is fetched", FILE_BYTES / read["seconds"] / 1e6, "MB/s"),
        ("pace over the transport's", FILE_BYTES / read["seconds"] / pace, "x"),
        ("CPU of the reader", read["cpu"] / FILE_BYTES * 1e9, "ms/MB"),
        ("CPU of the giver", gave["cpu"] / FILE_BYTES * 1e9, "ms/MB"),
        ("resident memory that the reader grows by", read["grown"] / 2**20, "MiB"),
        ("resident memory that the giver grows by", gave["grown"] / 2**20, "MiB"),
    ]


async def _transfer(folder: Path) -> tuple[dict[str, float], dict[str, float], float]:
    """Put a file and let another process fetch it; give what that cost both, and how long putting took."""
    async with (
        local_tracker() as tracker,
        peerset.join("bench", key=WRITER, store=folder / "w.db", files=LIMITS, **_near(tracker)) as room,
    ):
        started = time.perf_counter()
        await room.files("site").put("file", _content())
        wrote = time.perf_counter() - started
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.bench_files",
            tracker,
            f"sqlite:{folder / 'r.db'}",
            stdout=asyncio.subprocess.PIPE,
        )
        if child.stdout is None:
            raise RuntimeError("the reader has no pipe")
        # It is there, and about to begin.
        await child.stdout.readline()
        gave = await _watched(child.wait())
        return json.loads(await child.stdout.readline()), gave, wrote


async def _watched(work: Coroutine[Any, Any, object]) -> dict[str, float]:
    """Say how long *work* took, and what it cost this process."""
    before = most = bench_transport.resident_bytes()
    started, cpu = time.perf_counter(), time.process_time()
    task = asyncio.create_task(work)
    while not task.done():
        await asyncio.wait([task], timeout=WATCH_SECONDS)
        most = max(most, bench_transport.resident_bytes())
    await task
    return {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "grown": most - before}


async def _content() -> AsyncIterator[bytes]:
    for number in range(FILE_BYTES // 2**20):
        yield number.to_bytes(4, "big") * 2**18


async def _fetch(tracker: str, store: str) -> None:
    """Be the reader."""
    async with peerset.join("bench", store=store, files=LIMITS, **_near(tracker)) as room:
        files = room.files("site", author=WRITER)
        async with asyncio.timeout(300):
            while not await files.exists("file"):  # noqa: ASYNC110 - the record comes by sync
                await asyncio.sleep(0.05)
        print("begin", flush=True)
        print(json.dumps(await _watched(files.download())))


def _near(tracker: str) -> dict[str, Any]:
    return {"signaling": tracker, "ice_servers": (), "allow_loopback": True}


if __name__ == "__main__":
    run_fast(_fetch(*sys.argv[1:]))
