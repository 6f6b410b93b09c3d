"""Writing records of a store's SQLite file in all their places, and taking them out again."""

import sqlite3
from collections.abc import Sequence

from peerset.core.clock import DAY_SECONDS
from peerset.core.deletion import address_of
from peerset.core.record import Record, RecordId
from peerset.core.stamp import microseconds_of
from peerset.stores.expiring import expect, expect_no_more
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.ledger import forget_log
from peerset.stores.indexed.views import part_with
from peerset.stores.indexed.writing import Writer
from peerset.stores.lookup import delete_marks, insert_marks, rows_of
from peerset.stores.numbering import last_number, retire_numbers
from peerset.stores.schema import writing
from peerset.stores.selection import indexed_tags, number_array
from peerset.stores.sums import count_in, count_out


def save(db: sqlite3.Connection, catalog: Catalog, records: Sequence[Record], removed: Sequence[RecordId]) -> None:
    """Add *records*, and remove what was here of *removed*, in one transaction."""
    with writing(db):
        save_within(db, catalog, records, removed)


def save_within(
    db: sqlite3.Connection, catalog: Catalog, records: Sequence[Record], removed: Sequence[RecordId] = ()
) -> None:
    """Do so within a transaction that is under way."""
    # What comes and goes at once was never here.
    gone = set(removed)
    staying = [catalog.open(record) for record in records if record.id not in gone]
    writer = Writer(db, catalog)
    if removed:
        delete(db, writer, [number for number, _, _ in rows_of(db, removed)])
    writer.add(insert(db, staying, last_number(db) if removed else writer.since))
    writer.finish()


def insert(db: sqlite3.Connection, records: Sequence[Record], last: int) -> list[tuple[int, Record]]:
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
    expect(db, numbered)
    count_in(db, [record for _, record in numbered])
    return numbered


def _columns(record: Record) -> tuple[int | bytes | None, ...]:
    created_at, kind = record.created_at, record.kind
    stamp = created_at, microseconds_of(record)
    return created_at // DAY_SECONDS, record.id, record.author, *stamp, kind, address_of(record), record.wire


def delete(db: sqlite3.Connection, writer: Writer, numbers: Sequence[int], *, is_logged: bool = True) -> None:
    """Take out records, by their numbers; what is not logged is forgotten by all who follow the store."""
    array = number_array(numbers)
    writer.delete(numbers, is_logged=is_logged)
    if is_logged:
        part_with(db, numbers)
    else:
        forget_log(db)
    retire_numbers(db, numbers)
    count_out(db, array)
    delete_tags(db, array)
    delete_marks(db, array)
    expect_no_more(db, array)
    db.execute("DELETE FROM record WHERE number IN (SELECT value FROM json_each(?))", (array,))


def delete_tags(db: sqlite3.Connection, array: str) -> None:
    """Take out the tags of the records in *array*, numbers as JSON."""
    # The tags of whole buckets are scanned: an index by number would cost every insert more than this saves.
    db.execute(
        "DELETE FROM tag WHERE number IN (SELECT value FROM json_each(:numbers)) AND bucket IN "
        "(SELECT bucket FROM record WHERE number IN (SELECT value FROM json_each(:numbers)))",
        {"numbers": array},
    )
