"""Ingest in one process on one core, beside the sum of its parts measured alone in the same run.

CPU seconds of all threads are counted, so that other programs on the machine do not blur the ratio.
The whole: decode, id, verify, judge (no policies), save, index, emit, through a real room with a SQLite file.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import peerset
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.merkle import Index
from peerset.core.record import Record, decode_record, sign_record
from peerset.core.signal import RoomName
from peerset.plugins import open_store
from peerset.protocol.events import RecordAdded
from peerset.room.stream import EventStream
from peerset.testing.memory import MemorySwarm
from tests.bench.sizes import sized

RECORDS: Final = sized(10_000, 2_000)
RECORD_BYTES: Final = 300
AUTHORS: Final = 50
BATCH: Final = 512
REPEATS: Final = sized(3, 1)
ROOM: Final = RoomName("bench", "ingest")


def make_blobs(count: int, room: RoomName) -> list[bytes]:
    """Sign *count* records of about 300 bytes over the last month, in time order."""
    rng = random.Random(1)
    keys = [SecretKey.generate(rng) for _ in range(AUTHORS)]
    now = int(time.time()) - 1_000
    times = sorted(now - rng.randrange(30 * 86_400) for _ in range(count))
    return [_sign(keys[number % AUTHORS], at, number, room) for number, at in enumerate(times)]


def _sign(key: SecretKey, at: int, number: int, room: RoomName) -> bytes:
    content = f"record {number} ".ljust(RECORD_BYTES - 150, "x")
    return sign_record(key, created_at=UnixTime(at), kind=1078, tags=[["h", room.tag.hex()]], content=content).wire


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process on one processor, as far as the platform can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def run() -> list[tuple[str, float, str]]:
    """Measure; give (name, value, unit)."""
    blobs = make_blobs(RECORDS, ROOM)
    with one_core(), tempfile.TemporaryDirectory() as folder:
        records, decode = _timed(lambda: [decode_record(blob) for blob in blobs])
        _, verify = _timed(lambda: _verify(records))
        _, index = _timed(lambda: _index(records))
        _, emit = _timed(lambda: _emit(records))
        save = asyncio.run(_save(records, Path(folder)))
        whole = asyncio.run(_ingest(blobs, Path(folder) / "whole.db", time.process_time))
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.db" for number in range(REPEATS)]
        free = min(asyncio.run(_ingest(blobs, path, time.perf_counter)) for path in paths)
    parts = {"decode and id": decode, "verify": verify, "save": save, "index": index, "emit": emit}
    total = sum(parts.values())
    rows = [(f"ingest: {name} alone", seconds / RECORDS * 1e6, "us a record") for name, seconds in parts.items()]
    return [
        *rows,
        ("ingest: sum of the parts", total / RECORDS * 1e6, "us a record"),
        ("ingest: the whole", whole / RECORDS * 1e6, "us a record"),
        ("ingest: the whole over the sum (goal 1.25)", whole / total, "times"),
        ("ingest: the whole over verification (goal 1.35)", whole / verify, "times"),
        ("ingest: the whole", RECORDS / whole, "records/s"),
        (f"ingest: all cores, best of {REPEATS} (goal 45,000 on two)", RECORDS / free, "records/s"),
    ]


def _timed(work: Callable[[], list[Record] | None]) -> tuple[list[Record], float]:
    start = time.process_time()
    result = work()
    return result or [], time.process_time() - start


def _verify(records: list[Record]) -> None:
    for record in records:
        record.has_valid_signature()


def _index(records: list[Record]) -> None:
    index = Index()
    for record in records:
        index.add(record.created_at, record.id)


def _emit(records: list[Record]) -> None:
    stream = EventStream(size=RECORDS)
    for record in records:
        stream.push(RecordAdded(record, None))


async def _save(records: list[Record], folder: Path) -> float:
    store = await open_store(f"sqlite:{folder / 'parts.db'}")
    await store.bind(ROOM.tag)
    start = time.process_time()
    for at in range(0, len(records), BATCH):
        await store.add(records[at : at + BATCH])
    seconds = time.process_time() - start
    await store.aclose()
    return seconds


async def _ingest(blobs: list[bytes], path: Path, clock: Callable[[], float]) -> float:
    # A network in memory: what WebRTC does on joining is no part of ingest.
    host, store = MemorySwarm().host(), f"sqlite:{path}"
    async with peerset.join(ROOM.room, app=ROOM.app, host=host, store=store) as room:
        stream = room.events()
        start = clock()
        added = await room.add(map(decode_record, blobs))
        seconds = clock() - start
        stream.close()
    if added != len(blobs):
        raise RuntimeError(f"only {added} of {len(blobs)} records were added")
    return seconds


if __name__ == "__main__":
    for name, value, unit in run():
        print(f"{name:50} {value:12.2f} {unit}")
