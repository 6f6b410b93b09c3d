"""What is saved at once, on the thread that asks, and is written in all its places soon after, many records together.

To write a record in all its places, a score of tables and indexes, takes nearly as long for one as for ten, and so does
the way to the file's own thread and back. So a few records are jotted down in one table, by a connection beside: they
are on the disk then, and whoever wrote them may go on. Before anything else is asked of the file, and soon in any case,
all that was jotted down is put in its places, in one transaction; so is what a process that ended left there, by who
opens the file next.

Where each is asked for before the next one comes, nothing is gained: such are written in their places at once.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Final, TypeAlias

from peerset.core.limits import INTAKE_BATCH_RECORDS_MAX
from peerset.core.record import Record, decode_record
from peerset.errors import MalformedError, StoreError
from peerset.stores.indexed.building import build
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.nearby import REST_SECONDS, Beside
from peerset.stores.saving import save_within
from peerset.stores.schema import writing

JOTTED_AT_ONCE_MAX: Final = 8
"""Of more, the way is worth its while."""
JOTTED_BYTES_MAX: Final = 1_048_576
ROOM_BYTES: Final = 2 * JOTTED_BYTES_MAX
"""So much of the size that a file may have is left for putting them in their places."""
JOTTED_SECONDS: Final = 0.05
"""So long they wait for company, where nothing else is asked."""
WORTHWHILE: Final = 4
SHY: Final = 32
"""So often records are written in their places at once after fewer than `WORTHWHILE` had been jotted down."""

Wires: TypeAlias = Mapping[bytes, Record]
"""Records by their wire forms."""
Move: TypeAlias = Callable[[sqlite3.Connection, Wires], None]

logger = logging.getLogger(__name__)


class Jotter(Beside):
    """A connection to the file at *path* that writes, but to one table.

    *settle* has the file's own thread ask for `settled`.
    """

    def __init__(
        self,
        path: Path,
        connect: Callable[[], sqlite3.Connection],
        settle: Callable[[], Coroutine[Any, Any, None]],
        size_max_bytes: int | None = None,
    ) -> None:
        super().__init__(path, connect)
        self._size_max_bytes = size_max_bytes
        self._settle = settle
        self._move: Move | None = None
        self._jotted: dict[bytes, Record] = {}
        self._is_known = True
        """Whether all that was jotted down is: an earlier process may have left something."""
        self._bytes = 0
        """Of all that waits, and perhaps of some that did."""
        self._timer: asyncio.TimerHandle | None = None
        self._settling: asyncio.Task[None] | None = None
        self._shy = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits that was jotted down."""
        return self._is_known and not self._jotted

    def attach(self, move: Move) -> None:
        """Let *move* put in its places what was jotted down, and first of all what was left here."""
        self._move = move
        self._is_known = False

    def jot(self, records: Sequence[Record]) -> bool:
        """Save *records* at once; False when that has to be asked elsewhere, and nothing was saved."""
        if self._shy:
            self._shy -= 1
            return False
        before = perf_counter()
        if not self._jotted:
            self._bytes = 0
        size = self._bytes + sum([len(record.wire) for record in records])
        count = len(self._jotted) + len(records)
        if len(records) > JOTTED_AT_ONCE_MAX or count > INTAKE_BATCH_RECORDS_MAX or size > JOTTED_BYTES_MAX:
            return False
        db = None if self._settling is not None else self._ready(before)
        if db is None:
            return False
        try:
            if self._size_max_bytes is not None and not _has_room(db, self._size_max_bytes):
                return False
            _write(db, records)
        except sqlite3.Error:
            # Somebody else writes, or something is wrong: whoever is asked next says what.
            return False
        finally:
            self._note_time(before)
        self._bytes = size
        self._jotted.update((record.wire, record) for record in records)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(JOTTED_SECONDS, self._settle_soon)
        return True

    def settled(self, db: sqlite3.Connection) -> sqlite3.Connection:
        """Put what was jotted down in its places, by *db*, which is given back; on the file's own thread.

        What hinders that is no reason not to do what is asked of the file: it is tried again.
        """
        if self.is_empty or self._move is None or perf_counter() < self._rests_until:
            return db
        known = dict(self._jotted)
        try:
            self._move(db, known)
        except sqlite3.Error as error:
            logger.warning("%s: what was just saved is not yet put in its places: %s", self._path, error)
            self._rests_until = perf_counter() + REST_SECONDS
            return db
        self._is_known = True
        if 0 < len(known) < WORTHWHILE and self._settling is None:
            self._shy = SHY
        for wire in known:
            self._jotted.pop(wire, None)
        return db

    async def aclose(self) -> None:
        """Put what was jotted down in its places, and close; nothing may be jotted down any more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._settling is not None:
            await asyncio.wait([self._settling])
        if self._jotted:
            await self._settle_alone()
        self.close()

    def _settle_soon(self) -> None:
        self._timer = None
        if self._jotted:
            self._settling = asyncio.create_task(self._settle_alone(), name=f"settle {self._path}")

    async def _settle_alone(self) -> None:
        try:
            await self._settle()
        except StoreError as error:
            logger.warning("what was just saved is not yet put in its places: %s", error)
        finally:
            self._settling = None


def move(db: sqlite3.Connection, catalog: Catalog, known: Wires) -> None:
    """Put all that was jotted down in its places, *known* records and others.

    Raises:
        sqlite3.Error: it cannot be done now; nothing was.

    """
    if not known and db.execute("SELECT 1 FROM jotted LIMIT 1").fetchone() is None:
        return
    # What is purged later shall have left nothing here either.
    db.execute("PRAGMA secure_delete = ON")
    try:
        with writing(db):
            wires = [wire for (wire,) in db.execute("SELECT wire FROM jotted ORDER BY number")]
            records = [known.get(wire) or _read(wire) for wire in wires]
            # First, for a file may be nearly full.
            db.execute("DELETE FROM jotted")
            save_within(db, catalog, [each for each in records if each is not None])
    except BaseException:
        # What it learned of tables may not have come to be.
        catalog.forget()
        raise
    finally:
        db.execute("PRAGMA secure_delete = OFF")
    if not known.keys() <= set(wires):
        # Another process was there first, which may not know our collections.
        while build(db, catalog):
            pass


def _has_room(db: sqlite3.Connection, size_max_bytes: int) -> bool:
    """Say whether what is jotted down can be put in its places, too."""
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
    return bool(pages * page_bytes + ROOM_BYTES <= size_max_bytes)


def _write(db: sqlite3.Connection, records: Sequence[Record]) -> None:
    if len(records) == 1:
        db.execute("INSERT INTO jotted (wire) VALUES (?)", (records[0].wire,))
        return
    with writing(db):
        db.executemany("INSERT INTO jotted (wire) VALUES (?)", [(record.wire,) for record in records])


def _read(wire: bytes) -> Record | None:
    try:
        return decode_record(wire)
    except MalformedError as error:
        logger.warning("what was jotted down is no record, and is left out: %s", error)
        return None
