"""Snapshots of the entries of whole days in a store's SQLite file, so that a room opens without reading every record.

One row a day holds the entries as they are kept in memory. What was written since is known by its numbers, which only
rise; a day that lost records is marked by a trigger, whoever took them out. A snapshot is believed when its checksum is
right, and when with what was written since it makes up as many entries as the day has by its sums; else the records of
that day are read.
"""

import sqlite3
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from struct import Struct
from typing import Final

from peerset.core.block import ID_BYTES, sorted_columns
from peerset.stores.cache import reading_once
from peerset.stores.lookup import buckets_of
from peerset.stores.numbering import last_number
from peerset.stores.schema import reading, writing
from peerset.stores.selection import ALL_BUCKETS

UNSEEN_MAX: Final = 8_192
"""So many records may have come since the snapshots were made; of more, these are made anew when there is time."""
UNSEEN_READ_MAX: Final = 65_536
"""Of more, all days are read: it takes no longer, and less memory."""

_SKETCH: Final = Struct(">QQI")
"""The highest number and the count of records, and a checksum."""

Columns = tuple["array[int]", bytes]
"""The times and the joined ids of entries, in order."""
Take = Callable[["array[int]", bytes], None]
Entries = list[tuple[int, bytes]]

_COUNTS: Final = """SELECT bucket, sum(records) FROM (
    SELECT day AS bucket, records FROM day_sum
    UNION ALL SELECT bucket, 1 FROM record INDEXED BY record_purged WHERE length(wire) = 0
) GROUP BY bucket"""

_DUE: Final = """SELECT bucket FROM record INDEXED BY record_by_time LEFT JOIN snapshot ON day = bucket
    GROUP BY bucket HAVING max(number) > coalesce(last, 0)
    UNION SELECT day FROM stale_day"""


@dataclass(frozen=True, slots=True)
class Due:
    """Which snapshots have to be made."""

    days: tuple[int, ...]
    last: int
    """The highest number that was given before."""


def read_days(db: sqlite3.Connection, take: Take) -> None:
    """Give *take* all entries in the file, in order, a UTC day at a time.

    Raises:
        ConfigError: an id has not 32 bytes, which is so in no sound file.

    """
    with reading_once(db), reading(db):
        stale = {day for (day,) in db.execute("SELECT day FROM stale_day")}
        counts = dict(db.execute(_COUNTS).fetchall())
        unseen = _unseen(db)
        for day in reversed(buckets_of(db, ALL_BUCKETS)):
            kept = None if unseen is None or day in stale else _kept(db, day, unseen.get(day, []))
            if kept is None or len(kept[0]) != counts.get(day):
                kept = _read(db, day)
            take(*kept)


def are_due(db: sqlite3.Connection) -> bool:
    """Say whether it is time to make snapshots."""
    seen = _seen(db)
    has_stale = seen > 0 and db.execute("SELECT 1 FROM stale_day LIMIT 1").fetchone() is not None
    return has_stale or last_number(db) - seen > UNSEEN_MAX


def find_due(db: sqlite3.Connection) -> Due:
    """Find out which days have other entries than their snapshots."""
    with reading(db):
        return Due(tuple([day for (day,) in db.execute(_DUE)]), last_number(db))


def write_day(db: sqlite3.Connection, day: int) -> None:
    """Make the snapshot of a day."""
    with writing(db):
        last, (times, ids) = last_number(db), _read(db, day)
        db.execute("DELETE FROM stale_day WHERE day = ?", (day,))
        if times:
            data = _ordered(times).tobytes()
            row = (day, last, _checksum(day, data, ids), data, ids)
            db.execute("INSERT OR REPLACE INTO snapshot (day, last, checksum, times, ids) VALUES (?, ?, ?, ?, ?)", row)
        else:
            db.execute("DELETE FROM snapshot WHERE day = ?", (day,))


def finish(db: sqlite3.Connection, due: Due) -> None:
    """Note that all snapshots that were *due* are made."""
    with writing(db):
        db.execute(
            "INSERT OR REPLACE INTO meta (name, value) VALUES ('snapshot', ?)", (max(due.last, 1).to_bytes(8, "big"),)
        )


def forget_days(db: sqlite3.Connection, before: int) -> None:
    """Let go of the days before a day."""
    with writing(db):
        db.execute("DELETE FROM snapshot WHERE day < ?", (before,))
        db.execute("DELETE FROM stale_day WHERE day < ?", (before,))


def keep_sketch(db: sqlite3.Connection, sketch: bytes, count: int) -> None:
    """Keep the sketch of all entries, if there are so many."""
    with writing(db):
        if db.execute("SELECT count(*) FROM record").fetchone() == (count,):
            data = _SKETCH.pack(last_number(db), count, zlib.crc32(sketch)) + sketch
            db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('sketch', ?)", (data,))


def kept_sketch(db: sqlite3.Connection, count: int) -> bytes | None:
    """Give the sketch of all entries, which are so many, if it was kept of these."""
    row = db.execute("SELECT value FROM meta WHERE name = 'sketch'").fetchone()
    if row is None or len(row[0]) < _SKETCH.size:
        return None
    last, counted, checksum = _SKETCH.unpack_from(row[0])
    sketch = bytes(row[0][_SKETCH.size :])
    # Whatever came has a higher number; without that, as many are the same.
    is_of_these = (last, counted) == (last_number(db), count)
    return sketch if is_of_these and checksum == zlib.crc32(sketch) else None


def _seen(db: sqlite3.Connection) -> int:
    """Give the number up to which all records are in snapshots; 0 when there are none."""
    row = db.execute("SELECT value FROM meta WHERE name = 'snapshot'").fetchone()
    return 0 if row is None else int.from_bytes(row[0], "big")


def _unseen(db: sqlite3.Connection) -> dict[int, Entries] | None:
    """Give what was written since the snapshots, by day; None when that is too much, or there are none."""
    seen = _seen(db)
    if not seen:
        return None
    sql = "SELECT bucket, created_at, id FROM record WHERE number > ? LIMIT ?"
    rows = db.execute(sql, (seen, UNSEEN_READ_MAX + 1)).fetchall()
    if len(rows) > UNSEEN_READ_MAX:
        return None
    days: dict[int, Entries] = {}
    for day, created_at, record_id in rows:
        days.setdefault(day, []).append((created_at, record_id))
    return days


def _kept(db: sqlite3.Connection, day: int, more: Entries) -> Columns | None:
    """Give the entries in the snapshot of a day, and *more*; None when there is none that can be believed."""
    row = db.execute("SELECT checksum, times, ids FROM snapshot WHERE day = ?", (day,)).fetchone()
    if row is None:
        return None
    checksum, data, ids = row
    times = array("q")
    if len(data) % times.itemsize or len(data) // times.itemsize * ID_BYTES != len(ids):
        return None
    times.frombytes(data)
    if checksum != _checksum(day, data, ids):
        return None
    times = _ordered(times)
    return _with(times, ids, more) if more else (times, ids)


def _with(times: "array[int]", ids: bytes, more: Iterable[tuple[int, bytes]]) -> Columns:
    entries = [(created_at, ids[at * ID_BYTES : (at + 1) * ID_BYTES]) for at, created_at in enumerate(times)]
    return sorted_columns([*entries, *more])


def _read(db: sqlite3.Connection, day: int) -> Columns:
    """Read the entries of a day out of indexes: records are ten times as long."""
    ids = dict(db.execute("SELECT number, id FROM record INDEXED BY record_by_id WHERE bucket = ?", (day,)))
    times = db.execute("SELECT created_at, number FROM record INDEXED BY record_by_time WHERE bucket = ?", (day,))
    return sorted_columns([(created_at, ids[number]) for created_at, number in times])


def _ordered(times: "array[int]") -> "array[int]":
    """Give *times* as the file has them, or as it had them: little-endian there."""
    if sys.byteorder == "big":
        times.byteswap()
    return times


def _checksum(day: int, times: bytes, ids: bytes) -> int:
    return zlib.crc32(ids, zlib.crc32(times, day & 0xFFFF_FFFF))
