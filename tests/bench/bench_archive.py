"""How fast a day is archived, verified and restored, and in how much memory: ``python -m tests.bench archive``.

Each is a verb in a process of its own, from its start to its end, with the processes that it starts; what counts is the
time of the processor. Beside archiving stands plain pyarrow that writes the same records as the same table, ready in
memory; beside restoring, a room that is brought them from memory.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

import peerset
from peerset.archive.limits import ROW_GROUP_RECORDS_MAX
from peerset.archive.table import columns_of
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.core.signal import RoomName
from peerset.stores.sqlite import open_sqlite
from peerset.testing.memory import MemorySwarm
from tests.bench.sizes import sized

RECORDS: Final = sized(100_000, 2_000)
FEW: Final = RECORDS // 10
AUTHORS: Final = 50
BATCH: Final = 1_000
PACE: Final = "records/s of a core"
ROOM: Final = RoomName("peerset", "bench")

Row = tuple[str, float, str]


@dataclass(frozen=True, slots=True)
class Run:
    """What a verb took."""

    seconds: float
    """Of the processor."""
    megabytes: float
    """The most memory of its own process."""


def run() -> list[Row]:
    """Measure; give (name, value, unit)."""
    records = make_records(RECORDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for store, some in (("few.db", records[:: RECORDS // FEW]), ("all.db", records)):
            asyncio.run(fill(folder / store, some))
        few = verb(folder, "archive", "bench", "few", "--store", "sqlite:few.db")
        archived = verb(folder, "archive", "bench", "all", "--store", "sqlite:all.db")
        verified = verb(folder, "verify", "all")
        restored = verb(folder, "restore", "all", "bench", "--store", "sqlite:new.db")
        added = asyncio.run(bring(folder / "added.db", records))
        plain = write_plainly(folder / "plain.parquet", records)
    return [
        ("archive: records", RECORDS / archived.seconds, PACE),
        ("plain pyarrow, the same table", RECORDS / plain, PACE),
        ("verify: records", RECORDS / verified.seconds, PACE),
        ("bare verification", FEW / verify_barely(records[:FEW]), PACE),
        ("restore: records", RECORDS / restored.seconds, PACE),
        ("a room that is brought the same records", RECORDS / added, PACE),
        (f"archive: memory for a day of {RECORDS:,}", archived.megabytes, "MB"),
        (f"archive: memory for a tenth, a day of {FEW:,}", few.megabytes, "MB"),
    ]


def make_records(count: int) -> list[Record]:
    """Sign so many records of yesterday, of about 300 bytes on the wire, in the order of their time."""
    rng = random.Random(1)
    keys = [SecretKey.generate(rng) for _ in range(AUTHORS)]
    day = int(time.time()) // DAY_SECONDS - 1
    return [
        sign_record(
            rng.choice(keys),
            created_at=UnixTime(day * DAY_SECONDS + number * (DAY_SECONDS - 1) // count),
            kind=1_078,
            tags=[["h", ROOM.tag.hex()], ["c", "places"]],
            content=f"{number:06}" + rng.randbytes(65).hex(),
        )
        for number in range(count)
    ]


async def fill(path: Path, records: Sequence[Record]) -> None:
    store = await open_sqlite(str(path))
    await store.bind(ROOM.tag)
    for start in range(0, len(records), BATCH):
        await store.add(records[start : start + BATCH])
    await store.aclose()


async def bring(path: Path, records: Sequence[Record]) -> float:
    """Give the seconds in which a room verifies and saves them."""
    before = processor_seconds()
    async with peerset.join(ROOM.room, store=f"sqlite:{path}", host=MemorySwarm().host()) as room:
        await room.add(records)
    return processor_seconds() - before


def processor_seconds() -> float:
    """Say what this process has taken, and those that it started and that have ended."""
    return sum(os.times()[:4])


def verify_barely(records: Sequence[Record]) -> float:
    """Give the seconds in which nothing but signatures is checked."""
    before = time.process_time()
    assert all(record.has_valid_signature() for record in records)
    return time.process_time() - before


def verb(folder: Path, *arguments: str) -> Run:
    """Run a verb in *folder* to its end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "peerset", *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    with process:
        if process.returncode:
            raise RuntimeError(f"{arguments} ended with {process.returncode}")
    # In kilobytes, but on macOS.
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))


def write_plainly(path: Path, records: Sequence[Record]) -> float:
    """Give the seconds that pyarrow alone takes for a table that is ready."""
    table = pa.Table.from_batches([columns_of(records)])
    before = time.process_time()
    pq.write_table(table, path, compression="zstd", row_group_size=ROW_GROUP_RECORDS_MAX)
    return time.process_time() - before
