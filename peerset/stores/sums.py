"""The sums by UTC day and author in a file, kept right by the transaction that adds or removes records."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from peerset.core.day_sum import DaySum, sums_of
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_DELETION, Record
from peerset.stores.cache import reading_once

STATEMENTS: Final = (
    """CREATE TABLE day_sum (
        day INTEGER NOT NULL,
        author BLOB NOT NULL,
        size INTEGER NOT NULL,
        records INTEGER NOT NULL,
        names INTEGER NOT NULL,
        PRIMARY KEY (day, author)
    ) STRICT, WITHOUT ROWID""",
    "INSERT INTO day_sum SELECT bucket, author, sum(length(wire)), count(*), 0 FROM record "
    "WHERE length(wire) > 0 GROUP BY bucket, author",
    "UPDATE day_sum SET names = (SELECT count(*) FROM mark JOIN record USING (number) "
    "WHERE record.bucket = day_sum.day AND record.author = day_sum.author)",
)

_NAMED: Final = (
    "SELECT count(*), bucket, record.author FROM mark JOIN record USING (number) "
    "WHERE number IN (SELECT value FROM json_each(?)) GROUP BY bucket, record.author"
)


def count_in(db: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Add *records*, which were just inserted, to the sums."""
    db.executemany(
        "INSERT INTO day_sum (day, author, size, records, names) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
        "SET size = size + excluded.size, records = records + excluded.records, names = names + excluded.names",
        [(each.day, each.author, each.size, each.records, each.names) for each in sums_of(records)],
    )


def count_out(db: sqlite3.Connection, array: str) -> None:
    """Take the records in *array*, numbers as JSON, out of the sums; they are about to lose their content."""
    sums = db.execute(
        "SELECT sum(length(wire)), count(*), bucket, author FROM record "
        "WHERE number IN (SELECT value FROM json_each(?)) AND length(wire) > 0 GROUP BY bucket, author",
        (array,),
    ).fetchall()
    (deletions,) = db.execute(
        "SELECT json_group_array(number) FROM record WHERE number IN (SELECT value FROM json_each(?)) AND kind = ?",
        (array, KIND_DELETION),
    ).fetchone()
    # The marks are read from end to end, which few deletions are worth.
    named = [] if deletions == "[]" else db.execute(_NAMED, (deletions,)).fetchall()
    db.executemany("UPDATE day_sum SET size = size - ?, records = records - ? WHERE day = ? AND author = ?", sums)
    db.executemany("UPDATE day_sum SET names = names - ? WHERE day = ? AND author = ?", named)
    db.executemany("DELETE FROM day_sum WHERE day = ? AND author = ? AND records <= 0", [row[2:] for row in sums])


def day_sums(db: sqlite3.Connection) -> list[DaySum]:
    """Give all sums, by day and author."""
    return list(_read(db))


def sums_by_day(db: sqlite3.Connection, take: Callable[[Sequence[DaySum]], None]) -> None:
    """Give *take* all sums, a day at a time, in order: all at once take a hundred bytes and more for each."""
    with reading_once(db):
        for _, of_day in groupby(_read(db), key=itemgetter(0)):
            take(list(of_day))


def _read(db: sqlite3.Connection) -> Iterator[DaySum]:
    rows = db.execute("SELECT day, author, size, records, names FROM day_sum ORDER BY day, author")
    # Whoever writes on many days is one object in memory.
    authors: dict[bytes, PublicKey] = {}
    for day, author, *figures in rows:
        yield DaySum(day, authors.setdefault(author, author), *figures)
