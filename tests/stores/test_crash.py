"""SIGKILL at random moments: what was acknowledged is there, whole, and the file is sound."""

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.day_sum import sums_of
from peerset.core.filter import Filter
from peerset.core.merkle import Index
from peerset.core.record import Record, decode_record
from peerset.core.signal import RoomTag
from peerset.stores.sqlite import open_sqlite
from tests.stores.killing import run_until_killed

CHILD = Path(__file__).with_name("crash_child.py")
KILLS_A_FILE = 6
MOMENT_SECONDS_MAX = 0.3
FIRST_SECOND = 1_790_000_000
"""As in the child: its records are of the 5 days after it."""

Entries = set[tuple[int, bytes]]
Change = dict[str, Any]


def read_log(log: Path) -> list[Change]:
    """Give what the child wrote; a last line that the kill cut short was not written."""
    lines = log.read_bytes().splitlines(keepends=True) if log.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def apply(entries: Entries, change: Change) -> Entries:
    if "expired" in change:
        return {entry for entry in entries if entry[0] >= change["expired"]}
    added = {(created_at, bytes.fromhex(record_id)) for created_at, record_id in change["added"]}
    removed = {bytes.fromhex(record_id) for record_id in change["removed"]}
    return {entry for entry in entries | added if entry[1] not in removed}


def replay(entries: Entries, log: Path) -> tuple[Entries, Change | None]:
    """Give the entries after all that was acknowledged, and the change that was under way, if any."""
    pending = None
    for line in read_log(log):
        if "done" in line:
            assert pending is not None
            entries, pending = apply(entries, pending), None
        else:
            pending = line
    return entries, pending


def check_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (orphans,) = db.execute("SELECT count(*) FROM tag WHERE number NOT IN (SELECT number FROM record)").fetchone()
        assert orphans == 0


def check_entries(found: Entries, acknowledged: Entries, pending: Change | None) -> None:
    if pending is None:
        assert found == acknowledged, "an acknowledged batch is missing, or more than was asked is there"
    elif "expired" in pending:
        # Expiring takes several transactions, so it may have been interrupted between two of them.
        assert apply(acknowledged, pending) <= found <= acknowledged
    else:
        assert found in (acknowledged, apply(acknowledged, pending)), "a batch is there in part"


async def read_entries(path: Path) -> Entries:
    """Open the store; give its entries, which must be those of the records it holds, as must be their root."""
    store = await open_sqlite(str(path))
    try:
        entries = await store.entries()
        index = Index()
        await store.columns(index.append)
        assert list(index.entries((0, b""), (2**53, b""))) == entries, "snapshots are those of what is here"
        assert await store.sums() == sums_of(await store.query(Filter())), "the sums are those of what is here"
        wires = await store.wires([record.id for record in await store.query(Filter())])
    finally:
        await store.aclose()
    check_root(entries, [decode_record(wire) for wire in wires])
    return set(entries)


def check_root(entries: list[tuple[int, bytes]], records: list[Record]) -> None:
    index = Index()
    for record in records:
        index.add(record.created_at, record.id)
    assert len(index) == len(records) == len(entries)
    window = (RoomTag(bytes(16)), FIRST_SECOND // DAY_SECONDS, UnixTime(FIRST_SECOND + 6 * DAY_SECONDS))
    assert Index.bulk(entries).root(*window) == index.root(*window)


@pytest.mark.real_time
@pytest.mark.parametrize("file_seed", range(3))
def test_a_killed_process_leaves_every_acknowledged_batch_whole(tmp_path: Path, file_seed: int) -> None:
    rng = random.Random(file_seed)
    path = tmp_path / "room.db"
    entries: Entries = set()
    for kill in range(KILLS_A_FILE):
        log = tmp_path / f"log{kill}"
        seed, seconds = rng.randrange(2**32), rng.uniform(0, MOMENT_SECONDS_MAX)
        run_until_killed(CHILD, path, log, seed, seconds=seconds)
        acknowledged, pending = replay(entries, log)
        entries = asyncio.run(read_entries(path))
        check_file(path)
        check_entries(entries, acknowledged, pending)
