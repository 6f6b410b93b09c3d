"""Records as rows of PostgreSQL, and filters as conditions on them."""

import hashlib
from collections.abc import Sequence
from typing import Final

from peerset.core.bucket import day_of
from peerset.core.clock import UnixTime
from peerset.core.deletion import Outline, names_deleted, outline_of
from peerset.core.expiration import expires_at
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.limits import INTEGER_MAX, KIND_MAX
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.stores.postgres.shape import Cursor, add_days
from peerset.stores.postgres.sums import count_in

OUTLINE: Final = "SELECT id, author, created_at, microseconds, kind, address FROM record WHERE "

COLUMNS: Final = "bucket, created_at, expires_at, microseconds, kind, size, names, id, author, address, tags, wire"
"""Of the table of records, in the order of `row_of`."""


def insert(cursor: Cursor, records: Sequence[Record]) -> None:
    """Write *records*, none of which is here."""
    if not records:
        return
    add_days(cursor, {day_of(record.created_at) for record in records})
    with cursor.copy(f"COPY record ({COLUMNS}) FROM STDIN".encode()) as copy:
        for record in records:
            copy.write_row(row_of(record))
    count_in(cursor, records)
    marks = [
        (name, each.author, each.created_at, each.id)
        for each in records
        if each.kind == KIND_DELETION
        for name in names_deleted(each)
    ]
    if marks:
        with cursor.copy("COPY mark (name, author, created_at, deletion) FROM STDIN") as copy:
            for mark in marks:
                copy.write_row(mark)


def row_of(record: Record) -> tuple[object, ...]:
    """Give what stands in `COLUMNS`."""
    outlined = outline_of(record)
    return (
        day_of(record.created_at),
        record.created_at,
        expiry_of(record),
        outlined.microseconds,
        record.kind,
        len(record.wire),
        len(names_deleted(record)),
        bytes(record.id),
        bytes(record.author),
        outlined.address,
        tags_of(record),
        record.wire,
    )


def expiry_of(record: Record) -> int | None:
    """Give when a store lets go of *record*; deletions never go by this."""
    return None if record.kind == KIND_DELETION else expires_at(record)


def tags_of(record: Record) -> list[int]:
    """Give what an index has of the tags that a filter can ask for."""
    return sorted({_digest(tag[0], tag[1]) for tag in record.tags if len(tag) > 1 and len(tag[0]) == 1})


def _digest(name: str, value: str) -> int:
    digest = hashlib.sha256(f"{name}{value}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def conditions(query: Filter) -> tuple[list[str], list[object]]:
    """Say in SQL what every record that matches has; what has it need not match."""
    clauses = ["size > 0", "created_at BETWEEN %s AND %s"]
    until = INTEGER_MAX if query.until is None else query.until
    if query.after is not None:
        until = min(until, -query.after.order[0])
    parameters: list[object] = [clamp(query.since or 0), max(-1, min(until, INTEGER_MAX))]
    if query.authors is not None:
        clauses.append("author = ANY(%s::bytea[])")
        parameters.append([bytes(author) for author in query.authors])
    if query.kinds is not None:
        clauses.append("kind = ANY(%s::integer[])")
        parameters.append([kind for kind in query.kinds if 0 <= kind <= KIND_MAX])
    for name, values in query.tags.items():
        clauses.append("tags && %s::bigint[]")
        parameters.append([_digest(name, value) for value in values])
    return clauses, parameters


def known_rules(cursor: Cursor) -> bytes | None:
    """Read under which rules the refused ids were refused."""
    row = cursor.execute("SELECT value FROM meta WHERE name = 'rules'").fetchone()
    return None if row is None else bytes(row[0])


def outline(
    record_id: bytes, author: bytes, created_at: int, microseconds: int, kind: int, address: bytes | None
) -> Outline:
    """Read a row of `OUTLINE`."""
    return Outline(RecordId(record_id), PublicKey(author), UnixTime(created_at), microseconds, kind, address)


def clamp(time: int, *, least: int = 0) -> int:
    """Give the time nearest to *time* that a record can have."""
    return min(max(time, least), INTEGER_MAX)
