"""How fast a node's stores are backed up and brought back: ``python -m tests.bench backup``.

Each is a verb in a process of its own, from its start to its end; what counts is the time of the processor. Beside it
stands what SQLite has for that: its online backup of the same file, and its check of the copy, without which nobody
knows that the copy is whole.
"""

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.bench.bench_archive import PACE, fill, make_records, verb
from tests.bench.sizes import sized

RECORDS: Final = sized(100_000, 2_000)
STORE: Final = Path("data", "rooms", "bench.db")

Row = tuple[str, float, str]


def run() -> list[Row]:
    """Measure; give (name, value, unit)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / STORE).parent.mkdir(parents=True)
        asyncio.run(fill(folder / STORE, make_records(RECORDS)))
        megabytes = (folder / STORE).stat().st_size / 1e6
        made = verb(folder, "backup", "all.tar", "--data", "data", "--no-keys")
        restored = verb(folder, "restore", "all.tar", "--data", "new")
        copied, checked = copy_barely(folder / STORE, folder / "copy.db")
    return [
        ("backup: records", RECORDS / made.seconds, PACE),
        ("SQLite's online backup and its check", RECORDS / (copied + checked), PACE),
        ("restore: records", RECORDS / restored.seconds, PACE),
        ("SQLite's check alone", RECORDS / checked, PACE),
        (f"backup: memory for a store of {megabytes:.0f} MB", made.megabytes, "MB"),
    ]


def copy_barely(path: Path, copy: Path) -> tuple[float, float]:
    """Give the seconds in which SQLite copies a store that may be open, and those in which it checks the copy."""
    before = time.process_time()
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        copied = time.process_time() - before
        assert target.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return copied, time.process_time() - before - copied
