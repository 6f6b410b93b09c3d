"""A hidden folder in which something is made before it is put in its place; what is left of the killed is cleared."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from peerset.errors import ConfigError

_LOCK: Final = "lock"


@contextmanager
def workshop(path: Path) -> Iterator[Path]:
    """Give the folder *path*, new and empty, and remove it afterwards; it is the owner's alone.

    Raises:
        ConfigError: another process works there.
        OSError: it cannot be made.

    """
    make_private(path)
    # SQLite's lock is one that every system has, and that ends with the process that holds it.
    with closing(sqlite3.connect(path / _LOCK, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise ConfigError(
                f"another process is at work in {path}, or it cannot be written: wait for its end"
            ) from error
        bench = path / "bench"
        shutil.rmtree(bench, ignore_errors=True)
        bench.mkdir(mode=0o700)
        try:
            yield bench
        finally:
            shutil.rmtree(path, ignore_errors=True)
    # Windows removes no file that is open.
    shutil.rmtree(path, ignore_errors=True)


def make_private(folder: Path) -> None:
    """Make *folder*, and those above it, its owner's alone, as far as they are not there."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def keep(path: Path) -> None:
    """Have the disk keep *path*, a file or the names in a folder."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
