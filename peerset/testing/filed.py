"""The disk of a simulated member in a real file beside: what writes leave there, and what they should."""

import sqlite3
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId
from peerset.stores.sqlite import SQLiteStore, open_sqlite
from peerset.testing.disk import Disk
from peerset.testing.machine import SIMULATED_ROOM


class FiledDisk(Disk):
    """A disk whose writes are done in a SQLite file as well, once the file is open (`settle`), in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._due: list[Callable[[SQLiteStore], Awaitable[object]]] = []

    def write(self, records: Sequence[Record], removed: Sequence[RecordId]) -> bool:
        """Add *records* and take *removed* out; say whether that happened."""
        is_written = super().write(records, removed)
        if is_written:
            self._due.append(lambda store: store.add(records, removed=removed))
        return is_written

    def expire(self, before: UnixTime, *, but: Collection[RecordId] = ()) -> int:
        """Delete what was created before *before*, all others than *but*; give how many."""
        self._due.append(lambda store: store.expire(before, but=but))
        return super().expire(before, but=but)

    def purge(self, ids: Iterable[RecordId]) -> tuple[RecordId, ...]:
        """Destroy the content of *ids* but for deletions; give those of which there was any."""
        purged = super().purge(ids)
        self._due.append(lambda store: store.purge(purged))
        return purged

    async def settle(self, store: SQLiteStore) -> None:
        """Do in *store* what was done here since."""
        due, self._due = self._due, []
        for write in due:
            await write(store)


async def open_filed(path: Path) -> SQLiteStore:
    """Open the file of a simulated member at *path*."""
    store = await open_sqlite(str(path))
    await store.bind(SIMULATED_ROOM.tag)
    return store


async def least_bytes(disk: Disk, path: Path) -> int:
    """Write a new file at *path* with what *disk* holds now, and nothing else; give its bytes, without a free page."""
    records = disk.records()
    store = await open_filed(path)
    await store.add(records)
    await store.purge([record.id for record in records if not disk.has_content(record.id)])
    await store.aclose()
    with closing(sqlite3.connect(path)) as db:
        db.execute("VACUUM")
    return bytes_of(path)


def bytes_of(path: Path) -> int:
    """Give what the file at *path* takes of the disk, with all that SQLite keeps beside it."""
    return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))
