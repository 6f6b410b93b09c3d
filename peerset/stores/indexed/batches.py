"""Which documents of atomic batches are complete, as the file's tables say it."""

import sqlite3
from collections.abc import Iterable, Sequence

from peerset.core.deletion import names_deleted
from peerset.core.record import Record, RecordId
from peerset.documents.commit import read_commit
from peerset.stores.lookup import rows_of
from peerset.stores.selection import hex_array

Batch = tuple[bytes, str]
"""An author and a nonce."""


def is_empty(db: sqlite3.Connection) -> bool:
    """Say whether no commit is here."""
    return db.execute("SELECT 1 FROM listing LIMIT 1").fetchone() is None


def add_parts(db: sqlite3.Connection, parts: Iterable[tuple[bytes, str, int]]) -> None:
    """Take in documents that are parts, each by author, nonce and number."""
    db.executemany("INSERT OR IGNORE INTO part (author, nonce, number) VALUES (?, ?, ?)", parts)


def take_in(db: sqlite3.Connection, numbered: Sequence[tuple[int, Record]], *, has_commits: bool) -> set[Batch]:
    """Take in what new records say of batches; give those that may be complete now.

    *has_commits* says whether commits were here before.
    """
    found: set[Batch] = set()
    for number, record in numbered:
        commit = read_commit(record)
        if commit is not None:
            found.add((record.author, commit.nonce))
            db.executemany(
                "INSERT OR IGNORE INTO listing (author, nonce, number, id, is_here) VALUES (?, ?, ?, ?, 0)",
                ((record.author, commit.nonce, number, each) for each in commit.ids),
            )
            recheck(db, commit.ids)
    if not found and not has_commits:
        return found
    named = {record.id for _, record in numbered}
    named |= {RecordId(name) for _, record in numbered for name in names_deleted(record)}
    return found | recheck(db, named)


def forget_commits(db: sqlite3.Connection, array: str) -> None:
    """Let go of what the commits in *array*, numbers as JSON, list."""
    db.execute("DELETE FROM listing WHERE number IN (SELECT value FROM json_each(?))", (array,))


def commits_among(db: sqlite3.Connection, array: str) -> set[Batch]:
    """Give the batches whose commits are in *array*, numbers as JSON."""
    asked = "SELECT DISTINCT author, nonce FROM listing WHERE number IN (SELECT value FROM json_each(?))"
    return set(db.execute(asked, (array,)))


def names_among(db: sqlite3.Connection, array: str) -> set[RecordId]:
    """Give the ids of the records in *array*, numbers as JSON, and what the deletions among them name."""
    asked = "SELECT {} FROM {} WHERE number IN (SELECT value FROM json_each(?))"
    rows = [*db.execute(asked.format("id", "record"), (array,)), *db.execute(asked.format("name", "mark"), (array,))]
    return {RecordId(name) for (name,) in rows}


def recheck(db: sqlite3.Connection, ids: Iterable[RecordId]) -> set[Batch]:
    """Find out anew whether *ids* are here, or deleted by the author of the commit; give the batches that list them."""
    rows = db.execute(
        "SELECT author, nonce, number, id FROM listing WHERE id IN (SELECT from_hex(value) FROM json_each(?))",
        (hex_array(ids),),
    ).fetchall()
    here = {record_id for _, record_id, _ in rows_of(db, sorted({RecordId(row[3]) for row in rows}))}
    for author, nonce, number, record_id in rows:
        is_here = record_id in here or is_deleted(db, author, record_id)
        db.execute(
            "UPDATE listing SET is_here = ? WHERE author = ? AND nonce = ? AND number = ? AND id = ?",
            (is_here, author, nonce, number, record_id),
        )
    return {(row[0], row[1]) for row in rows}


def is_deleted(db: sqlite3.Connection, author: bytes, record_id: bytes) -> bool:
    """Say whether a deletion by *author* that is here names a record."""
    asked = "SELECT 1 FROM mark WHERE name = ? AND author = ? LIMIT 1"
    return db.execute(asked, (record_id, author)).fetchone() is not None


def complete_ids(db: sqlite3.Connection, batch: Batch) -> set[bytes]:
    """Give what the complete commits of *batch* list."""
    rows = db.execute(
        "SELECT id FROM listing WHERE author = ? AND nonce = ? AND NOT EXISTS "
        "(SELECT 1 FROM listing AS lacking WHERE lacking.number = listing.number AND NOT lacking.is_here)",
        batch,
    )
    return {record_id for (record_id,) in rows}


def parts_of(db: sqlite3.Connection, batch: Batch) -> list[tuple[int, bytes]]:
    """Give number and id of the parts of *batch* that are here."""
    asked = "SELECT number, id FROM part JOIN record USING (number) WHERE part.author = ? AND nonce = ?"
    return db.execute(asked, batch).fetchall()
