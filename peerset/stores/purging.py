"""Taking the content of records out of a store's SQLite file, byte for byte, while their ids stay."""

import sqlite3
from collections.abc import Sequence

from peerset.core.record import KIND_DELETION, RecordId
from peerset.stores.expiring import expect_no_more
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.views import forsake
from peerset.stores.indexed.writing import Writer
from peerset.stores.lookup import rows_of
from peerset.stores.saving import delete_tags
from peerset.stores.schema import writing
from peerset.stores.selection import number_array
from peerset.stores.sums import count_out


def destroy(db: sqlite3.Connection, catalog: Catalog, ids: Sequence[RecordId]) -> None:
    """Destroy the content, tags and signature of *ids*, but for deletions.

    Until `space.empty_log` the write-ahead log still holds the pages as they were.
    """
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
            count_out(db, kept)
            delete_tags(db, kept)
            expect_no_more(db, array)
            db.execute("UPDATE record SET wire = x'' WHERE number IN (SELECT value FROM json_each(?))", (kept,))
    finally:
        db.execute("PRAGMA secure_delete = OFF")
