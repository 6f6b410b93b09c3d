"""One file between two processes on loopback, in turn with as many bytes by the bare transport, and beside aiortc's.

The reader has an empty folder, and is measured from its first question to the last piece on its disk; so is the giver,
meanwhile. The transport sends messages that are as long as those with a piece. ``tests.bench.bench_long_file`` has a
file of 1 GiB.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

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

FILE_BYTES: Final = sized(2**24, 2**22)
ROUNDS: Final = sized(5, 1)
WRITER: Final = SecretKey(bytes(31) + b"\1")
PEAK: Final = "VmHWM:"
Row = tuple[str, float, str]


class Cost(NamedTuple):
    """What a transfer cost one process."""

    seconds: float
    cpu: float
    """Seconds of CPU."""
    grown: int
    """Bytes of resident memory."""


class Round(NamedTuple):
    """What one fetch cost, and what the transport did as much in right before and after."""

    reader: Cost
    giver: Cost
    bare: bench_transport.Run

    @property
    def pace(self) -> float:
        """How much of the transport's pace the fetch had."""
        return self.bare.seconds / self.reader.seconds

    @property
    def pace_by_cpu(self) -> float:
        """The same where each process has a processor to itself: by what the busier one computes."""
        return max(self.bare.sender, self.bare.receiver) / max(self.giver.cpu, self.reader.cpu)


def run() -> list[Row]:
    """Measure and give (name, value, unit)."""
    return run_fast(measured(FILE_BYTES, ROUNDS))


async def measured(size: int, rounds: int) -> list[Row]:
    """Fetch a file of *size* bytes so often, each time by another process."""
    message_bytes = _message_bytes(size)
    with tempfile.TemporaryDirectory() as folder:
        async with giving(Path(folder), size) as (tracker, put_seconds):
            done = [await _round(tracker, Path(folder), size, number) for number in range(rounds)]
    bare = await bench_transport.bare_throughput(message_bytes)
    label, megabytes = f"a file of {size >> 20} MiB is fetched", size / 1e6
    median = statistics.median
    return [
        ("the transport, as many bytes", median(megabytes / each.bare.seconds for each in done), "MB/s"),
        ("aiortc's bare channel", bench_transport.TOTAL_BYTES / bare.seconds / 1e6, "MB/s"),
        ("a file is put", megabytes / put_seconds, "MB/s"),
        (label, median(megabytes / each.reader.seconds for each in done), "MB/s"),
        ("pace over the transport's", median(each.pace for each in done), "x"),
        ("by processor time alone: pace over the transport's", median(each.pace_by_cpu for each in done), "x"),
        ("CPU of the reader", median(each.reader.cpu / megabytes * 1e3 for each in done), "ms/MB"),
        ("CPU of the transport's receiver", median(each.bare.receiver / megabytes * 1e3 for each in done), "ms/MB"),
        ("CPU of the giver", median(each.giver.cpu / megabytes * 1e3 for each in done), "ms/MB"),
        ("CPU of the transport's sender", median(each.bare.sender / megabytes * 1e3 for each in done), "ms/MB"),
        ("resident memory that the reader grows by", max(each.reader.grown for each in done) / 2**20, "MiB"),
        ("resident memory that the giver grows by", max(each.giver.grown for each in done) / 2**20, "MiB"),
    ]


@asynccontextmanager
async def giving(folder: Path, size: int) -> AsyncIterator[tuple[str, float]]:
    """Have a file in a room; give where that is met, and how long putting took."""
    async with (
        local_tracker() as tracker,
        peerset.join("bench", key=WRITER, store=folder / "w.db", files=limits(size), **near(tracker)) as room,
    ):
        started = time.perf_counter()
        await room.files("site").put("file", _content(size))
        yield tracker, time.perf_counter() - started


async def _round(tracker: str, folder: Path, size: int, number: int) -> Round:
    before = await _bare(size)
    reader, giver = await fetched(tracker, folder / f"{number}.db", size)
    after = await _bare(size)
    bare = bench_transport.Run(*map(sum, zip(before, after, strict=True)))
    return Round(reader, giver, bare)


async def _bare(size: int) -> bench_transport.Run:
    """Send half as many bytes as the file has."""
    return await bench_transport.throughput(_message_bytes(size), is_quick=True, total=size // 2)


async def fetched(tracker: str, store: Path, size: int, *, givers: int = 1) -> tuple[Cost, Cost]:
    """Let another process fetch the file of so many *givers*; give what that cost it and us."""
    arguments = [tracker, str(store), str(size), str(givers)]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.bench_files", *arguments, stdout=asyncio.subprocess.PIPE
    )
    if child.stdout is None:
        raise RuntimeError("the reader has no pipe")
    # It is there, and about to begin.
    await child.stdout.readline()
    giver, line = await _watched(child.stdout.readline())
    await child.wait()
    return Cost(*json.loads(line)), giver


async def _watched(work: Coroutine[Any, Any, Any]) -> tuple[Cost, Any]:
    """Say what *work* cost this process, and what it gave; nothing is looked at meanwhile, for that costs, too."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = bench_transport.resident_bytes()
    started, cpu = time.perf_counter(), time.process_time()
    given = await work
    seconds, spent = time.perf_counter() - started, time.process_time() - cpu
    return Cost(seconds, spent, max(0, _peak_bytes() - before)), given


def _peak_bytes() -> int:
    """Give how much memory this process had at most since that was last forgotten."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(PEAK))


async def _content(size: int) -> AsyncIterator[bytes]:
    for number in range(size // 2**20):
        yield number.to_bytes(4, "big") * 2**18


async def _fetch(tracker: str, store: str, size: int, givers: int) -> None:
    """Be the reader."""
    async with peerset.join("bench", store=f"sqlite:{store}", files=limits(size), **near(tracker)) as room:
        files = room.files("site", author=WRITER)
        async with asyncio.timeout(300):
            # The record comes by sync.
            while not await files.exists("file") or _established(room) < givers:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        print("begin", flush=True)
        cost, _ = await _watched(files.download())
        print(json.dumps(cost), flush=True)


def _established(room: peerset.Room) -> int:
    return sum(each.state == "established" for each in room.peers)


def limits(size: int, *, keep: Literal["used", "all"] = "used") -> peerset.Limits:
    """Have room for some files of *size* bytes."""
    return peerset.Limits(blob=2 * size, room=4 * size, keep=keep, author=2 * size)


def near(tracker: str) -> dict[str, Any]:
    """Give how to meet at *tracker*, on this machine alone."""
    return {"signaling": tracker, "ice_servers": (), "allow_loopback": True}


def _message_bytes(size: int) -> int:
    """Say how long a message with a piece of the file is."""
    proof = bytes(HASH_BYTES * len(uncles_of(0, pieces_of(size))))
    return len(wire.encode(BlobPart(bytes(HASH_BYTES), 0, proof, bytes(BLOB_PIECE_BYTES))))


if __name__ == "__main__":
    run_fast(_fetch(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
