"""Finding rows of a store's SQLite file by what does not tell their bucket: ids, addresses, and marks of deletions."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.deletion import Mark, Name, Outline, names_deleted
from peerset.core.keys import PublicKey
from peerset.core.limits import INTEGER_MAX
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.stores.selection import (
    ALL_BUCKETS,
    SELECT_BUCKETS,
    SELECT_BY_IDS,
    Parameters,
    hex_array,
    number_array,
)

Row = tuple[int, RecordId, bytes]
"""A record's number in the file, its id, and its wire form, which is empty when it was purged."""

BUCKET_GUESSES_MAX: Final = 8
IDS_PER_GUESS_MIN: Final = 8

_KEYED_OUTLINES: Final = """SELECT id, author, created_at, microseconds, kind, address FROM record
    WHERE address IS NOT NULL"""

_SHELLS: Final = """SELECT id, author, created_at, microseconds, kind, address FROM record INDEXED BY record_purged
    WHERE length(wire) = 0 AND bucket BETWEEN :first AND :last AND created_at BETWEEN :since AND :until"""

_OUTLINES_OF: Final = """SELECT id, author, created_at, microseconds, kind, address FROM record
    WHERE number IN (SELECT value FROM json_each(?))"""

SELECT_PROBED: Final = """SELECT number FROM record INDEXED BY record_by_id
    WHERE bucket IN (SELECT value FROM json_each(:buckets)) AND id IN (SELECT from_hex(value) FROM json_each(:names))"""

SELECT_SCANNED: Final = """SELECT number FROM record INDEXED BY record_by_id
    WHERE id IN (SELECT from_hex(value) FROM json_each(:names))"""

SELECT_VERSIONS: Final = """SELECT number FROM record INDEXED BY record_by_address
    WHERE bucket IN (SELECT value FROM json_each(:buckets))
    AND address IN (SELECT from_hex(value) FROM json_each(:names))"""

SELECT_NEWEST_MARK: Final = """SELECT mark.created_at, record.id FROM mark JOIN record USING (number)
    WHERE mark.name = :name AND mark.author = :author AND mark.created_at = (
        SELECT max(created_at) FROM mark WHERE name = :name AND author = :author
    ) ORDER BY record.id LIMIT 1"""


def rows_of(db: sqlite3.Connection, ids: Iterable[RecordId]) -> list[Row]:
    """Read the rows of *ids*.

    An id does not tell its bucket, and looking in all of them takes a while; but ids are mostly asked for in the
    order of time, so those that follow one are looked for in its bucket first.
    """
    buckets = buckets_of(db, ALL_BUCKETS)
    left = list(ids)
    rows: list[Row] = []
    for _ in range(BUCKET_GUESSES_MAX):
        if len(left) < IDS_PER_GUESS_MIN:
            break
        found = _rows_in(db, buckets, left[:1])
        if found:
            bucket = db.execute("SELECT bucket FROM record WHERE number = ?", (found[0][0],)).fetchone()[0]
            found = _rows_in(db, [bucket], left)
        here = {record_id for _, record_id, _ in found}
        left = [record_id for record_id in left[1:] if record_id not in here]
        rows += found
    return rows + _rows_in(db, buckets, left)


def buckets_of(db: sqlite3.Connection, parameters: Parameters) -> list[int]:
    """Give the buckets that hold records, newest first."""
    return [bucket for (bucket,) in db.execute(SELECT_BUCKETS, parameters)]


def named(db: sqlite3.Connection, names: Sequence[Name]) -> list[Outline]:
    """Give what is here under *names*: ids, and addresses with all their versions."""
    if not names:
        return []
    buckets = buckets_of(db, ALL_BUCKETS)
    parameters = {"buckets": number_array(buckets), "names": hex_array(names)}
    (rows,) = db.execute("SELECT coalesce(max(number), 0) FROM record").fetchone()
    # Looking for each of many names in each bucket takes seconds; reading the whole index of ids does not.
    by_id = SELECT_SCANNED if len(names) * len(buckets) > rows else SELECT_PROBED
    numbers = [*db.execute(by_id, parameters), *db.execute(SELECT_VERSIONS, parameters)]
    array = number_array(sorted(number for (number,) in numbers))
    return [Outline(*row) for row in db.execute(_OUTLINES_OF, (array,))]


def versions(db: sqlite3.Connection) -> list[Outline]:
    """Give every record that has versions."""
    return [Outline(*row) for row in db.execute(_KEYED_OUTLINES)]


def shells(db: sqlite3.Connection, since: int, until: int) -> list[Outline]:
    """Give what was purged of the records created from *since* to *until*."""
    since, until = (min(max(time, 0), INTEGER_MAX) for time in (since, until))
    parameters = {"since": since, "until": until, "first": since // DAY_SECONDS, "last": until // DAY_SECONDS}
    return [Outline(*row) for row in db.execute(_SHELLS, parameters)]


def marks(db: sqlite3.Connection, questions: Iterable[tuple[Name, PublicKey]]) -> list[Mark]:
    """Give the newest mark for each question that any answers."""
    found = []
    for name, author in questions:
        row = db.execute(SELECT_NEWEST_MARK, {"name": name, "author": author}).fetchone()
        if row is not None:
            found.append(Mark(name, author, UnixTime(row[0]), RecordId(row[1])))
    return found


def deleters(db: sqlite3.Connection) -> set[PublicKey]:
    """Give the authors of all marks."""
    return {PublicKey(author) for (author,) in db.execute("SELECT DISTINCT author FROM mark")}


def insert_marks(db: sqlite3.Connection, numbered: Iterable[tuple[int, Record]]) -> None:
    """Add what the deletions among *numbered* name; nothing for those that were there under another number."""
    deletions = [each for each in numbered if each[1].kind == KIND_DELETION]
    rows = [(name, number) for number, record in deletions for name in names_deleted(record)]
    if not rows:
        return
    db.executemany(
        "INSERT INTO mark (name, author, created_at, number) "
        "SELECT ?, author, created_at, number FROM record WHERE number = ?",
        rows,
    )


def delete_marks(db: sqlite3.Connection, array: str) -> None:
    """Take out the marks of those of the records in *array*, numbers as JSON, that are deletions."""
    (deletions,) = db.execute(
        "SELECT json_group_array(number) FROM record WHERE number IN (SELECT value FROM json_each(?)) AND kind = ?",
        (array, KIND_DELETION),
    ).fetchone()
    if deletions != "[]":
        db.execute("DELETE FROM mark WHERE number IN (SELECT value FROM json_each(?))", (deletions,))


def _rows_in(db: sqlite3.Connection, buckets: list[int], ids: list[RecordId]) -> list[Row]:
    parameters = {"buckets": number_array(buckets), "ids": hex_array(ids)}
    return db.execute(SELECT_BY_IDS, parameters).fetchall() if ids else []
