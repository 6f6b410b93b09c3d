"""A connection that answers little at once, on the thread that asks: the way to another one takes longer than that.

Nothing here may hold up whoever shares the thread. So an answer that takes many steps is given up, and after one that
the disk, or whoever else uses the machine, made slow, questions go the other way for a while. So do those of who asks
on and on: an answer from here lets nobody else have his turn.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Final, TypeVar

from peerset.errors import StoreError

T = TypeVar("T")

STEPS_LOOKED_AT: Final = 10_000
"""Steps of SQLite's machine, about 0.3 ms, between two looks; the second look of one answer ends it."""
TURN_SECONDS: Final = 0.005
"""So long it is asked before others on the loop have their turn."""
SLOW_SECONDS: Final = 0.05
REST_SECONDS: Final = 1.0


class Turn:
    """How long the loop has been with those who ask."""

    def __init__(self) -> None:
        self._began: float | None = None

    def has_time(self) -> bool:
        """Say whether one more may be answered before others have their turn."""
        now = perf_counter()
        if self._began is None:
            self._began = now
            asyncio.get_running_loop().call_soon(self._end)
        return now - self._began < TURN_SECONDS

    def _end(self) -> None:
        self._began = None


class Beside:
    """One more connection to the file at *path*, for the thread that asks; of SQLite's own, so it waits for nobody."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._db: sqlite3.Connection | None = None
        self._status: os.stat_result | None = None
        """Which file it is."""
        self._is_refused = False
        self._opening = Lock()
        self._rests_until = 0.0

    @property
    def is_wanted(self) -> bool:
        """Whether `open` has something to do."""
        return self._db is None and not self._is_refused

    def open(self) -> None:
        """Open the file, on whatever thread; what hinders that is said by who is asked instead."""
        with self._opening:
            if not self.is_wanted:
                return
            try:
                self._status = self._path.stat()
                self._db = self._connect()
            except (OSError, sqlite3.Error, StoreError):
                self._is_refused = True

    def close(self) -> None:
        """Close the file; it may be opened again."""
        with self._opening:
            db, self._db = self._db, None
            self._is_refused = False
        if db is not None:
            db.close()

    def _ready(self, now: float) -> sqlite3.Connection | None:
        """Give the connection, unless it rests or the file is not where it was."""
        return None if self._db is None or now < self._rests_until or not self._is_in_place() else self._db

    def _note_time(self, before: float) -> None:
        """Rest for a while after what was slow."""
        after = perf_counter()
        if after - before > SLOW_SECONDS:
            self._rests_until = after + REST_SECONDS

    def _is_in_place(self) -> bool:
        try:
            status = os.stat(self._path)
        except OSError:
            status = None
        if status is not None and self._status is not None and os.path.samestat(status, self._status):
            return True
        self.close()
        return False


class Nearby(Beside):
    """One that only reads."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(path, lambda: self._watched(connect()))
        self._looks = 0

    def ask(self, work: Callable[[sqlite3.Connection], T | None]) -> T | None:
        """Give what *work*, which only reads, returns of one state of the file; None when it has to be asked elsewhere.

        It sees what was written before.
        """
        before = perf_counter()
        db = self._ready(before)
        if db is None:
            return None
        self._looks = 0
        try:
            return self._asked(db, work)
        except sqlite3.Error:
            # It takes too many steps, or something is wrong: whoever is asked next says what.
            return None
        finally:
            self._note_time(before)

    def _asked(self, db: sqlite3.Connection, work: Callable[[sqlite3.Connection], T | None]) -> T | None:
        db.execute("BEGIN")
        try:
            return work(db)
        finally:
            if db.in_transaction:
                db.execute("COMMIT")

    def _watched(self, db: sqlite3.Connection) -> sqlite3.Connection:
        db.set_progress_handler(self._look, STEPS_LOOKED_AT)
        return db

    def _look(self) -> bool:
        """Say whether to give up; the steps of what was asked before are counted with the first."""
        self._looks += 1
        return self._looks > 1
