"""The default store: one room's records in one SQLite file, one transaction a batch."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.deletion import Mark, Name, Outline, outline_of
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.limits import INTEGER_MAX
from peerset.core.note import NOTES_PER_KIND_MAX, check_note
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.core.signal import RoomTag
from peerset.core.stamp import newest_first
from peerset.errors import ConfigError, StoreError
from peerset.stores.connection import BUSY_SECONDS, open_file
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.ledger import forget_log
from peerset.stores.indexed.view_store import ViewedStore
from peerset.stores.indexed.views import forsake, part_with
from peerset.stores.indexed.writing import Writer
from peerset.stores.lookup import buckets_of, delete_marks, deleters, insert_marks, marks, named, rows_of, versions
from peerset.stores.numbering import last_number, retire_numbers
from peerset.stores.refusals import forget_refused, refuse, refused_under
from peerset.stores.schema import reading, writing
from peerset.stores.selection import indexed_tags, number_array, select

EXPIRE_CHUNK_RECORDS: Final = 2_000
"""Deleted in one transaction; other calls get their turn in between."""

VACUUM_CHUNK_PAGES: Final = 500
VACUUM_CHUNKS_MAX: Final = 100
"""Given back after one `SQLiteStore.expire`; the rest waits for the next."""

FREE_PAGES_KEPT_SHARE: Final = 16
"""One page in so many stays free for the records to come, because moving pages costs more than reusing them."""


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
        await self._change(lambda db: save(db, self._catalog, batch, gone))

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
            raise StoreError(f"the store {self._file.path} is damaged: move it away and join again") from error
        return entries

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

    async def marks(self, questions: Sequence[tuple[Name, PublicKey]]) -> list[Mark]:
        """Give the newest deletion by each author of the name beside it; nothing where none is."""
        asked = tuple(questions)
        return await self._file.run(lambda db: marks(db, asked))

    async def versions(self) -> list[Outline]:
        """Give every keyed record that is here, purged or not."""
        return await self._file.run(versions)

    async def expire(self, before: UnixTime) -> int:
        """Delete every record with created_at below *before*; give how many. Gives space back to the disk."""
        count = 0
        while expired := await self._change(lambda db: _expire_chunk(db, self._catalog, before)):
            count += expired
        await self._file.run(lambda db: forget_refused(db, before))
        for _ in range(VACUUM_CHUNKS_MAX):
            if not await self._file.run(_vacuum_chunk):
                break
        return count

    async def purge(self, ids: Sequence[RecordId]) -> None:
        """Destroy the content, tags and signature of *ids*, for good; deletions are left alone.

        The bytes are overwritten in the file, and the write-ahead log that held them is emptied, unless another
        process reads the file at this moment: then its next checkpoint does that.
        """
        asked = tuple(ids)
        await self._change(lambda db: _purge(db, self._catalog, asked))

    async def refuse(self, entries: Sequence[tuple[int, bytes]], *, rules: bytes) -> None:
        """Remember that *entries* were refused under *rules*; what others refused is forgotten."""
        refused = tuple(entries)
        await self._file.run(lambda db: refuse(db, refused, rules))

    async def refused(self, rules: bytes) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of everything refused under *rules*, in that order."""
        return await self._file.run(lambda db: refused_under(db, rules))

    async def notes(self, kind: str) -> dict[bytes, str]:
        """Give every note of *kind*, by key."""
        return await self._file.run(
            lambda db: dict(db.execute("SELECT key, text FROM note WHERE kind = ?", (kind,)).fetchall())
        )

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        """Keep *text* under *kind* and *key*, in place of what was there; None removes it.

        Raises:
            ConfigError: kind, key or text break the limits of `peerset.core.note`.
            StoreError: there are too many of this kind already.

        """
        check_note(kind, key, text)
        if not await self._file.run(lambda db: _note(db, kind, key, text)):
            raise StoreError(
                f"the store {self._file.path} holds {NOTES_PER_KIND_MAX} notes of the kind {kind!r}: remove some"
            )

    async def aclose(self) -> None:
        """Finish what was asked, then close the file; may be called twice."""
        await self._file.aclose()

    def _find(self, db: sqlite3.Connection, query: Filter) -> list[Record]:
        limit = INTEGER_MAX if query.limit is None else query.limit
        found: list[Record] = []
        with reading(db), closing(_candidates(db, query)) as candidates:
            while len(found) < limit and (row := next(candidates, None)):
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


def save(db: sqlite3.Connection, catalog: Catalog, records: Sequence[Record], removed: Sequence[RecordId]) -> None:
    """Add *records*, and remove what was here of *removed*, in one transaction."""
    # What comes and goes at once was never here.
    gone = set(removed)
    staying = [record for record in records if record.id not in gone]
    with writing(db):
        writer = Writer(db, catalog)
        if removed:
            _delete(db, writer, [number for number, _, _ in rows_of(db, removed)])
        writer.add(_insert(db, staying, last_number(db) if removed else writer.since))
        writer.finish()


def _insert(db: sqlite3.Connection, records: Sequence[Record], last: int) -> list[tuple[int, Record]]:
    """Insert records after the *last* number given, and give those that were not there, by their numbers."""
    numbered = list(enumerate(records, last + 1))
    inserted = db.executemany(
        "INSERT INTO record (number, bucket, id, author, created_at, microseconds, kind, address, wire) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ((number, *_columns(record)) for number, record in numbered),
    )
    if inserted.rowcount < len(numbered):
        new = {number for (number,) in db.execute("SELECT number FROM record WHERE number > ?", (last,))}
        numbered = [each for each in numbered if each[0] in new]
    db.executemany(
        "INSERT INTO tag (bucket, name, value, number) VALUES (?, ?, ?, ?)",
        (
            (record.created_at // DAY_SECONDS, name, value, number)
            for number, record in numbered
            for name, value in indexed_tags(record)
        ),
    )
    insert_marks(db, numbered)
    return numbered


def _columns(record: Record) -> tuple[int | bytes | None, ...]:
    bucket, outline = record.created_at // DAY_SECONDS, outline_of(record)
    times = record.created_at, outline.microseconds
    return bucket, record.id, record.author, *times, record.kind, outline.address, record.wire


def _delete(db: sqlite3.Connection, writer: Writer, numbers: Sequence[int], *, is_logged: bool = True) -> None:
    array = number_array(numbers)
    writer.delete(numbers, is_logged=is_logged)
    if is_logged:
        part_with(db, numbers)
    else:
        forget_log(db)
    retire_numbers(db, numbers)
    _delete_tags(db, array)
    delete_marks(db, array)
    db.execute("DELETE FROM record WHERE number IN (SELECT value FROM json_each(?))", (array,))


def _delete_tags(db: sqlite3.Connection, array: str) -> None:
    # The tags of whole buckets are scanned: an index by number would cost every insert more than this saves.
    db.execute(
        "DELETE FROM tag WHERE number IN (SELECT value FROM json_each(:numbers)) AND bucket IN "
        "(SELECT bucket FROM record WHERE number IN (SELECT value FROM json_each(:numbers)))",
        {"numbers": array},
    )


def _load(db: sqlite3.Connection, ids: Sequence[RecordId]) -> list[tuple[RecordId, bytes]]:
    # A purged record has an empty wire form.
    found = {record_id: wire for _, record_id, wire in rows_of(db, ids) if wire}
    return [(record_id, found[record_id]) for record_id in ids if record_id in found]


def _candidates(db: sqlite3.Connection, query: Filter) -> Generator[tuple[RecordId, bytes], None, None]:
    """Give what can match, newest first; only the rows really taken are read."""
    selection = select(query)
    for bucket in buckets_of(db, selection.buckets):
        with closing(db.execute(selection.sql, selection.parameters | {"bucket": bucket})) as numbers:
            for number in numbers:
                record_id, wire = db.execute("SELECT id, wire FROM record WHERE number = ?", number).fetchone()
                if wire:
                    yield record_id, wire


def _expire_chunk(db: sqlite3.Connection, catalog: Catalog, before: UnixTime) -> int:
    try:
        return _expire_some(db, catalog, before, is_logged=True)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
            raise
    # There is no room to say what goes, and room is what this is for.
    catalog.forget()
    return _expire_some(db, catalog, before, is_logged=False)


def _expire_some(db: sqlite3.Connection, catalog: Catalog, before: UnixTime, *, is_logged: bool) -> int:
    limit = min(max(before, 0), INTEGER_MAX + 1)
    with writing(db):
        rows = db.execute(
            "SELECT number FROM record INDEXED BY record_by_time WHERE bucket <= ? AND created_at < ? "
            "ORDER BY bucket, created_at LIMIT ?",
            (limit // DAY_SECONDS, limit, EXPIRE_CHUNK_RECORDS),
        ).fetchall()
        if rows:
            writer = Writer(db, catalog)
            _delete(db, writer, [number for (number,) in rows], is_logged=is_logged)
            writer.finish()
    return len(rows)


def _purge(db: sqlite3.Connection, catalog: Catalog, ids: Sequence[RecordId]) -> None:
    db.execute("PRAGMA secure_delete = ON")
    try:
        with writing(db):
            array = number_array(number for number, _, _ in rows_of(db, ids))
            (kept,) = db.execute(
                "SELECT json_group_array(number) FROM record WHERE kind != ? "
                "AND number IN (SELECT value FROM json_each(?))",
                (KIND_DELETION, array),
            ).fetchone()
            writer = Writer(db, catalog)
            numbers = [number for (number,) in db.execute("SELECT value FROM json_each(?)", (kept,))]
            forsake(db, numbers)
            writer.purge(numbers)
            writer.finish()
            _delete_tags(db, kept)
            db.execute("UPDATE record SET wire = x'' WHERE number IN (SELECT value FROM json_each(?))", (kept,))
    finally:
        db.execute("PRAGMA secure_delete = OFF")
    # Until then the file itself, or the log, still holds the pages as they were.
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _note(db: sqlite3.Connection, kind: str, key: bytes, text: str | None) -> bool:
    """Write or remove a note; say whether there was room for it."""
    with writing(db):
        if text is None:
            db.execute("DELETE FROM note WHERE kind = ? AND key = ?", (kind, key))
            return True
        written = db.execute("UPDATE note SET text = ? WHERE kind = ? AND key = ?", (text, kind, key))
        if written.rowcount:
            return True
        (count,) = db.execute("SELECT count(*) FROM note WHERE kind = ?", (kind,)).fetchone()
        if count < NOTES_PER_KIND_MAX:
            db.execute("INSERT INTO note (kind, key, text) VALUES (?, ?, ?)", (kind, key, text))
        return bool(count < NOTES_PER_KIND_MAX)


def _vacuum_chunk(db: sqlite3.Connection) -> bool:
    """Give pages back to the disk; say whether more are to give."""
    surplus = _count(db, "freelist_count") - _count(db, "page_count") // FREE_PAGES_KEPT_SHARE
    if surplus <= 0:
        return False
    # A plain execute steps the pragma once and frees one page; a script runs it to its end.
    db.executescript(f"PRAGMA incremental_vacuum({min(surplus, VACUUM_CHUNK_PAGES)})")
    if surplus > VACUUM_CHUNK_PAGES:
        return True
    # The file itself shrinks when the log is copied into it; PASSIVE waits for nobody.
    db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return False


def _count(db: sqlite3.Connection, pragma: str) -> int:
    return int(db.execute(f"PRAGMA {pragma}").fetchone()[0])
