"""What keyed records and deletions cost, beside plain records in the same run: ``python -m tests.bench keyed``."""

import asyncio
import hashlib
import random
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.filter import Filter
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, Record, RecordId, sign_record
from peerset.moderation.shadows import Shadows
from peerset.moderation.versions import Versions
from peerset.protocol.tombstones import questions_about
from peerset.room.clocks import read_unix
from peerset.room.expirations import Expirations
from peerset.room.reader import View
from peerset.stores.sqlite import SQLiteStore, open_sqlite

Row = tuple[str, float, str]

SEEN: Final = 1_000
FIRST_DAY: Final = 20_653
DAYS: Final = 90
DELETIONS: Final = 1_326
NAMES: Final = 60
"""Those of the attack: 79,560 marks of ids that nobody has."""
MEMBERS: Final = 20_000
KEY: Final = SecretKey.generate(random.Random(1))


def run() -> list[Row]:
    """Measure reading and deleting; give name, figure and unit."""
    return asyncio.run(measure())


async def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return [*await reading(Path(folder)), *await deleting(Path(folder))]


async def reading(folder: Path) -> list[Row]:
    plain = await read_best(folder / "plain.db", [record_at(number) for number in range(SEEN)])
    keyed = await read_best(folder / "keyed.db", [version_at(number, number) for number in range(SEEN)])
    edited = [version_at(number, 10 * number + edit) for number in range(SEEN) for edit in range(4)]
    edits = await read_best(folder / "edits.db", edited)
    tracemalloc.start()
    versions = await versions_of(folder / "edits.db")
    remembered, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert version_at(0, 3).id in versions
    return [
        (f"view: {SEEN} plain records (reference)", plain, "ms"),
        (f"view: {SEEN} keyed records", keyed, "ms"),
        ("view: keyed, by reference", keyed / plain, "x"),
        (f"view: {SEEN} keyed records of 4 versions each, all read", edits, "ms"),
        ("versions: memory", remembered / len(edited), "bytes/version"),
    ]


async def read_best(path: Path, records: list[Record]) -> float:
    store = await open_sqlite(str(path))
    try:
        await store.add(records)
        expirations = Expirations(read_unix, lambda _: None)
        shadows = Shadows([], Versions(await store.versions()))
        view = View(store, shadows, expirations, hides=lambda _: False)
        assert len(await view.query(Filter())) == SEEN
        return await best(lambda: view.query(Filter()))
    finally:
        await store.aclose()


async def versions_of(path: Path) -> Versions:
    store = await open_sqlite(str(path))
    try:
        return Versions(await store.versions())
    finally:
        await store.aclose()


async def deleting(folder: Path) -> list[Row]:
    store = await open_sqlite(str(folder / "marks.db"))
    try:
        members = [record_at(number) for number in range(MEMBERS)]
        for start in range(0, MEMBERS, 1_000):
            await store.add(members[start : start + 1_000])
        deletions = [
            deletion_of([absent(number * NAMES + name) for name in range(NAMES)]) for number in range(DELETIONS)
        ]
        added = await seconds(lambda: store.add(deletions))
        return [
            (f"store: add {DELETIONS} deletions of {NAMES} ids", added * 1e3, "ms"),
            *await asking(store, members),
        ]
    finally:
        await store.aclose()


async def asking(store: SQLiteStore, members: list[Record]) -> list[Row]:
    batch = questions_about(members[:SEEN])
    strangers = [absent(number) for number in range(27_090)]
    tracemalloc.start()
    deleters = await store.deleters()
    remembered, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert deleters == {KEY.public_key}
    return [
        (f"store: marks of {SEEN} records of an author who deletes", await best(lambda: store.marks(batch)), "ms"),
        ("store: look for 27090 ids that nobody has", await best(lambda: store.named(strangers)), "ms"),
        ("store: look for 60 ids that nobody has", await best(lambda: store.named(strangers[:NAMES])), "ms"),
        ("node: memory for all marks", remembered / 1_024, "KiB"),
    ]


def record_at(number: int) -> Record:
    created_at = UnixTime(FIRST_DAY * DAY_SECONDS + number * DAYS * DAY_SECONDS // MEMBERS)
    return sign_record(KEY, created_at=created_at, kind=KIND_RECORD, tags=[["h", "00" * 16]], content="x" * 130)


def version_at(key: int, number: int) -> Record:
    created_at = UnixTime(FIRST_DAY * DAY_SECONDS + number)
    tags = [["h", "00" * 16], ["d", f"key {key}"]]
    return sign_record(KEY, created_at=created_at, kind=KIND_KEYED, tags=tags, content="x" * 130)


def deletion_of(ids: list[RecordId]) -> Record:
    tags = [["e", record_id.hex()] for record_id in ids]
    created_at = UnixTime((FIRST_DAY + DAYS) * DAY_SECONDS)
    return sign_record(KEY, created_at=created_at, kind=KIND_DELETION, tags=tags, content="")


def absent(number: int) -> RecordId:
    return RecordId(hashlib.sha256(number.to_bytes(4, "big")).digest())


async def best(call: Callable[[], Awaitable[object]]) -> float:
    """Give the milliseconds of one call, at its best of five."""
    return min([await seconds(call) for _ in range(5)]) * 1e3


async def seconds(call: Callable[[], Awaitable[object]]) -> float:
    before = time.perf_counter()
    await call()
    return time.perf_counter() - before
