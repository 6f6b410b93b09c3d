"""The default store: one room's records in one SQLite file, one transaction a batch."""

import operator
import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.day_sum import DaySum
from peerset.core.deletion import Mark, Name, Outline
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.lens import Lens
from peerset.core.limits import INTEGER_MAX
from peerset.core.note import NOTES_PER_KIND_MAX, check_note
from peerset.core.record import Record, RecordId
from peerset.core.signal import RoomTag
from peerset.core.stamp import newest_first
from peerset.errors import ConfigError, StoreError
from peerset.stores.blob_folder import FolderBlobs
from peerset.stores.candidates import candidates
from peerset.stores.connection import BUSY_SECONDS, SQLiteFile, open_file
from peerset.stores.expiring import expired, read_before
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.view_store import ViewedStore
from peerset.stores.indexed.writing import Writer
from peerset.stores.jotter import JOTTED_AT_ONCE_MAX, move
from peerset.stores.lookup import deleters, marks, named, rows_of, shells, versions
from peerset.stores.notes import notes_of, write_note
from peerset.stores.numbering import last_number
from peerset.stores.purging import destroy
from peerset.stores.refusals import forget_refused, refuse, refused_under
from peerset.stores.saving import delete, insert, save
from peerset.stores.schema import reading, writing
from peerset.stores.selection import hex_array
from peerset.stores.snapshot import Take, forget_days, keep_sketch, kept_sketch, read_days
from peerset.stores.snapshot_maker import SnapshotMaker
from peerset.stores.space import empty_log, vacuum_chunk, weigh
from peerset.stores.sums import day_sums, sums_by_day

EXPIRE_CHUNK_RECORDS: Final = 2_000
"""Deleted in one transaction; other calls get their turn in between."""

VACUUM_CHUNKS_MAX: Final = 100
"""Given back after one `SQLiteStore.expire`; the rest waits for the next."""


READ_ONLY: Final = "?mode=ro"
"""At the end of a path, as in SQLite's own addresses."""


async def open_sqlite(
    path: str, *, busy_seconds: float = BUSY_SECONDS, size_max_bytes: int | None = None
) -> "SQLiteStore":
    """Open the store in the file at *path*, which is made when it is not there.

    A *path* that ends in ``?mode=ro`` is only read, as it must be on media that cannot be written. A call waits
    *busy_seconds* for another process that holds the file; past *size_max_bytes* the store is full.

    Raises:
        ConfigError: *path* is empty or cannot be a path.
        StoreError: the file cannot be opened; the message says why and what to do.

    """
    if not path or path == ":memory:":
        raise ConfigError(f"'sqlite:{path}' names no file; say 'sqlite:room.db', or 'memory:' to keep nothing")
    is_read_only = path.endswith(READ_ONLY)
    file = await open_file(
        Path(path.removesuffix(READ_ONLY)),
        busy_seconds=busy_seconds,
        size_max_bytes=size_max_bytes,
        is_read_only=is_read_only,
    )
    return SQLiteStore(file)


class SQLiteStore(ViewedStore):
    """Records and documents in a file. Make one with `open_sqlite`.

    Every call is one transaction on the file's own thread, done whole even when its caller is cancelled;
    `expire` alone takes several, so that others get their turn.
    """

    def __init__(self, file: SQLiteFile) -> None:
        super().__init__(file)
        self._snapshots = SnapshotMaker(file)
        self._is_log_due = True
        """The log may hold what was purged: by us while others read, or by who was killed then."""
        if not file.is_read_only:
            file.jotter.attach(lambda db, known: move(db, self._catalog, known))

    def blobs(self) -> FolderBlobs:
        """Give the place of blobs: the folder ``room.blobs`` beside ``room.db``."""
        return FolderBlobs(self._file.path.with_suffix(".blobs"))

    async def bind(self, room_tag: RoomTag, *, is_private: bool = False) -> None:
        """Make this the store of one room, for good; nobody but its owner may read a private one.

        Raises:
            ConfigError: the file already belongs to another room.

        """
        if await self._file.run(lambda db: _remember_room(db, room_tag)) != room_tag:
            raise ConfigError(
                f"the store {self._file.path} belongs to another room; give the room {room_tag.hex()} its own file"
            )
        if is_private:
            await self._file.keep_private()

    async def add(self, records: Sequence[Record], *, removed: Sequence[RecordId] = ()) -> None:
        """Add *records* (those already there are left alone), then remove *removed*, in one transaction."""
        batch, gone = tuple(records), tuple(removed)

        def add(db: sqlite3.Connection) -> None:
            save(db, self._catalog, batch, gone)
            if len(batch) <= JOTTED_AT_ONCE_MAX:
                # The next ones may come by there.
                self._file.jotter.open()

        await self._change(add)

    def add_at_once(self, records: Sequence[Record]) -> bool:
        """Save a few records before this returns, if that takes next to nothing; if not, `add` is to be asked."""
        return self._file.jotter.jot(records)

    async def get(self, ids: Sequence[RecordId]) -> list[Record]:
        """Give those of *ids* that are here, in the order asked.

        Raises:
            StoreError: what the file holds under an id is not that record.

        """
        asked = tuple(ids)
        return await self._file.run(lambda db: [self._decoder.decode(*row) for row in _load(db, asked)])

    async def wires(self, ids: Sequence[RecordId]) -> list[bytes]:
        """Give the wire form of each of *ids*, in order: empty where its content is not here."""
        asked = tuple(ids)
        found = dict(await self._file.run(lambda db: _load(db, asked)))
        return [found.get(record_id, b"") for record_id in asked]

    async def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record, in that order."""
        entries = await self._file.run(lambda db: db.execute("SELECT created_at, id FROM record").fetchall())
        try:
            entries.sort()
        except TypeError as error:
            raise self._damaged() from error
        return entries

    async def columns(self, take: Take) -> None:
        """Give *take* the times and the joined ids of all entries, in order, a UTC day at a time.

        Raises:
            StoreError: the file is damaged.

        """
        try:
            await self._file.run(lambda db: read_days(db, take))
        except (ConfigError, TypeError) as error:
            raise self._damaged() from error
        if not self._file.is_read_only:
            self._snapshots.start()

    async def keep_sketch(self, sketch: bytes, *, count: int) -> None:
        """Keep the *sketch* of all entries, which are so many, until any comes or goes."""
        if not self._file.is_read_only:
            await self._file.run(lambda db: keep_sketch(db, sketch, count))

    async def kept_sketch(self, *, count: int) -> bytes | None:
        """Give the sketch that was kept of these very entries, which are so many; None when there is none."""
        return await self._file.run(lambda db: kept_sketch(db, count))

    async def query(self, query: Filter) -> list[Record]:
        """Give the records that match, newest first, ties by lowest id first.

        Raises:
            StoreError: what the file holds under an id is not that record.

        """
        if query.ids is None:
            return await self._file.run(lambda db: self._find(db, query))
        found = [record for record in await self.get(sorted(query.ids)) if query.matches(record)]
        found.sort(key=newest_first)
        return found[: query.limit]

    async def deleters(self) -> set[PublicKey]:
        """Give the author of every deletion (kind 5, NIP-09) that names something."""
        return await self._file.run(deleters)

    async def named(self, names: Sequence[Name]) -> list[Outline]:
        """Give what is here, purged or not, under *names*: ids, and addresses with all their versions."""
        asked = tuple(names)
        return await self._file.run(lambda db: named(db, asked))

    async def shells(self, since: int, until: int) -> list[Outline]:
        """Give what was purged of the records created from *since* to *until*, both included."""
        return await self._file.run(lambda db: shells(db, since, until))

    async def marks(self, questions: Sequence[tuple[Name, PublicKey]]) -> list[Mark]:
        """Give the newest deletion by each author of the name beside it; nothing where none is."""
        asked = tuple(questions)
        return await self._file.run(lambda db: marks(db, asked))

    async def versions(self) -> list[Outline]:
        """Give every record that has versions and is here, purged or not."""
        return await self._file.run(versions)

    async def expire(self, before: UnixTime, *, but: Collection[RecordId] = ()) -> int:
        """Delete every record with created_at below *before*, all others than *but*; give how many.

        Gives space back to the disk.
        """
        count, kept = 0, hex_array(but)
        while expired := await self._change(lambda db: _expire_chunk(db, self._catalog, before, kept)):
            count += expired
        await self._file.run(lambda db: forget_refused(db, before))
        await self._file.run(lambda db: forget_days(db, before // DAY_SECONDS))
        for _ in range(VACUUM_CHUNKS_MAX):
            if not await self._file.run(vacuum_chunk):
                break
        if self._is_log_due:
            await self._file.run(lambda db: self._empty_log(db, is_patient=False))
        return count

    async def expired(self, until: UnixTime, *, limit: int) -> list[RecordId]:
        """Give what expires by *until* and is here whole, the first to first, at most *limit*; deletions never."""
        while not self._file.is_read_only and await self._file.run(read_before):
            pass
        return await self._file.run(lambda db: expired(db, until, limit))

    async def weight(self) -> int:
        """Say how many bytes of the file are in use."""
        return await self._file.run(weigh)

    async def sums(self) -> list[DaySum]:
        """Give what each author wrote on each UTC day, as far as its content is here."""
        return await self._file.run(day_sums)

    async def sums_by_day(self, take: Callable[[Sequence[DaySum]], None]) -> None:
        """Give *take* what `sums` gives, a UTC day at a time, in order."""
        await self._file.run(lambda db: sums_by_day(db, take))

    async def purge(self, ids: Sequence[RecordId]) -> None:
        """Destroy the content, tags and signature of *ids*, for good; deletions are left alone.

        The bytes are overwritten in the file, and the write-ahead log that held them is emptied. Where another process
        reads the file at this moment, or the disk is full, or we are killed, the next `expire` that can does that.
        """
        asked = tuple(ids)

        def purge(db: sqlite3.Connection) -> None:
            destroy(db, self._catalog, asked)
            self._empty_log(db, is_patient=True)

        await self._change(purge)

    async def fill(self, records: Sequence[Record]) -> None:
        """Give back the content of those of *records* that were purged and are still here, in one transaction."""
        asked = tuple(records)
        await self._change(lambda db: _replace(db, self._catalog, asked, is_due=operator.not_))

    def unseal(self, lens: Lens) -> None:
        """Give, and index, what *lens* opens of sealed records, from now on."""
        self._decoder.lens = self._catalog.lens = self._known.lens = lens

    async def reread(self, records: Sequence[Record]) -> None:
        """Take those of *records* that are here as new ones, read as they are now; in one transaction."""
        asked = tuple(records)
        await self._change(lambda db: _replace(db, self._catalog, asked, is_due=bool))

    async def refuse(self, entries: Sequence[tuple[int, bytes]], *, rules: bytes) -> None:
        """Remember that *entries* were refused under *rules*; what others refused is forgotten."""
        refused = tuple(entries)
        await self._file.run(lambda db: refuse(db, refused, rules))

    async def refused(self, rules: bytes) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of everything refused under *rules*, in that order."""
        return await self._file.run(lambda db: refused_under(db, rules))

    async def notes(self, kind: str) -> dict[bytes, str]:
        """Give every note of *kind*, by key."""
        return await self._file.run(lambda db: notes_of(db, kind))

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        """Keep *text* under *kind* and *key*, in place of what was there; None removes it.

        Raises:
            ConfigError: kind, key or text break the limits of `peerset.core.note`.
            StoreError: there are too many of this kind already.

        """
        check_note(kind, key, text)
        if not await self._file.run(lambda db: write_note(db, kind, key, text)):
            raise StoreError(
                f"the store {self._file.path} holds {NOTES_PER_KIND_MAX} notes of the kind {kind!r}: remove some"
            )

    async def aclose(self) -> None:
        """Finish what was asked, then close the file; may be called twice."""
        await self._snapshots.aclose()
        await self._file.aclose()

    def _empty_log(self, db: sqlite3.Connection, *, is_patient: bool) -> None:
        self._is_log_due = not empty_log(db, is_patient=is_patient)

    def _damaged(self) -> StoreError:
        return StoreError(f"the store {self._file.path} is damaged: move it away and join again")

    def _find(self, db: sqlite3.Connection, query: Filter) -> list[Record]:
        limit = INTEGER_MAX if query.limit is None else query.limit
        found: list[Record] = []
        with reading(db), closing(candidates(db, query)) as rows:
            while len(found) < limit and (row := next(rows, None)):
                record = self._decoder.decode(*row)
                if query.matches(record):
                    found.append(record)
        return found


def _remember_room(db: sqlite3.Connection, room_tag: RoomTag) -> bytes:
    bound = db.execute("SELECT value FROM meta WHERE name = 'room'").fetchone()
    if bound is None:
        with writing(db):
            db.execute("INSERT INTO meta (name, value) VALUES ('room', ?) ON CONFLICT DO NOTHING", (room_tag,))
            bound = db.execute("SELECT value FROM meta WHERE name = 'room'").fetchone()
    return bytes(bound[0])


def _load(db: sqlite3.Connection, ids: Sequence[RecordId]) -> list[tuple[RecordId, bytes]]:
    # A purged record has an empty wire form.
    found = {record_id: wire for _, record_id, wire in rows_of(db, ids) if wire}
    return [(record_id, found[record_id]) for record_id in ids if record_id in found]


def _expire_chunk(db: sqlite3.Connection, catalog: Catalog, before: UnixTime, kept: str) -> int:
    try:
        return _expire_some(db, catalog, before, kept, is_logged=True)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
            raise
    # There is no room to say what goes, and room is what this is for.
    catalog.forget()
    return _expire_some(db, catalog, before, kept, is_logged=False)


def _expire_some(db: sqlite3.Connection, catalog: Catalog, before: UnixTime, kept: str, *, is_logged: bool) -> int:
    limit = min(max(before, 0), INTEGER_MAX + 1)
    with writing(db):
        rows = db.execute(
            "SELECT number FROM record INDEXED BY record_by_time WHERE bucket <= ? AND created_at < ? "
            "AND id NOT IN (SELECT from_hex(value) FROM json_each(?)) ORDER BY bucket, created_at LIMIT ?",
            (limit // DAY_SECONDS, limit, kept, EXPIRE_CHUNK_RECORDS),
        ).fetchall()
        if rows:
            writer = Writer(db, catalog)
            delete(db, writer, [number for (number,) in rows], is_logged=is_logged)
            writer.finish()
    return len(rows)


def _replace(
    db: sqlite3.Connection, catalog: Catalog, records: Sequence[Record], *, is_due: Callable[[bytes], bool]
) -> None:
    """Take those of *records* as new ones that are here, and whose wire forms here *are due* for it."""
    with writing(db):
        rows = rows_of(db, [each.id for each in records])
        numbers = {record_id: number for number, record_id, wire in rows if is_due(wire)}
        if not numbers:
            return
        writer = Writer(db, catalog)
        delete(db, writer, list(numbers.values()))
        again = [catalog.open(record) for record in records if record.id in numbers]
        writer.add(insert(db, again, last_number(db)))
        writer.finish()
