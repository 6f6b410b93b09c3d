"""What documents follow, and which of them nobody follows: heads."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from peerset.core.record import RecordId
from peerset.documents.document import ABSENT
from peerset.documents.plan import Link
from peerset.stores.indexed.draft import Draft
from peerset.stores.indexed.tables import BY_HEAD, BY_REST, BY_TIME, Table
from peerset.stores.lookup import rows_of
from peerset.stores.selection import hex_array, number_array

_FOLLOWED: Final = """EXISTS (
    SELECT 1 FROM link JOIN {docs} AS child ON child.number = link.child
    WHERE link.parent = (SELECT id FROM record WHERE record.number = {docs}.number)
    AND NOT child.state & {absent} AND child.stamp > {docs}.stamp
    AND (child.key IS NULL OR (child.key = {docs}.key{author}))
)"""


def insert_links(db: sqlite3.Connection, drafts: Iterable[Draft]) -> None:
    """Add what new documents follow."""
    db.executemany(
        "INSERT INTO link (parent, child, place) VALUES (?, ?, ?)",
        ((parent, draft.number, place) for draft in drafts for place, parent in enumerate(draft.row.parents)),
    )


def delete_links(db: sqlite3.Connection, array: str) -> None:
    """Take out what documents follow that are gone."""
    db.execute("DELETE FROM link WHERE child IN (SELECT value FROM json_each(?))", (array,))


def parents_of(db: sqlite3.Connection, numbers: Iterable[int]) -> set[int]:
    """Give what documents follow and is here."""
    rows = db.execute(
        "SELECT DISTINCT parent FROM link WHERE child IN (SELECT value FROM json_each(?))", (number_array(numbers),)
    )
    return numbers_of(db, (RecordId(parent) for (parent,) in rows))


def numbers_of(db: sqlite3.Connection, ids: Iterable[RecordId]) -> set[int]:
    """Give the numbers of those of *ids* that are here."""
    return {number for number, _, _ in rows_of(db, sorted(set(ids)))}


def refollow(db: sqlite3.Connection, table: Table, numbers: Iterable[int]) -> None:
    """Find out anew which documents are followed."""
    author = "" if table.is_shared else f" AND child.author = {table.docs}.author"
    followed = _FOLLOWED.format(docs=table.docs, absent=int(ABSENT), author=author)
    db.execute(
        f"UPDATE {table.docs} SET is_followed = {followed} "
        f"WHERE number IN (SELECT value FROM json_each(?)) AND is_followed != {followed}",
        (number_array(numbers),),
    )


def heads(db: sqlite3.Connection, table: Table, limit: int) -> list[tuple[RecordId, bytes]]:
    """Give id and wire form of the documents that count and nobody follows, newest first; those that were purged not.

    Without links all that count are heads: those that are seen, and those of the others that are no less there.
    """
    found: list[tuple[int, bytes, bytes]] = []
    parts = [(BY_HEAD, "is_followed = 0", "")]
    if not table.has_links:
        spans = "ORDER BY span DESC, stamp DESC"
        parts = [(BY_TIME, "state = 0", spans), (BY_REST, "state != 0", "")]
    for index, condition, order in parts:
        rows = db.execute(
            f"SELECT stamp, record.id, wire FROM {table.docs} INDEXED BY {table.index(index)} "
            f"JOIN record USING (number) WHERE {condition} AND NOT state & {int(ABSENT)} AND wire != x'' "
            f"{order or 'ORDER BY stamp DESC'}",
        )
        found += _first(rows, limit)
    found.sort(key=lambda row: (-row[0], row[1]))
    return [(RecordId(record_id), wire) for _, record_id, wire in found[:limit]]


def links_of(db: sqlite3.Connection, ids: Sequence[RecordId], *, of_parents: bool) -> list[Link]:
    """Give the links of *ids* to what they follow, or of what follows them."""
    if of_parents:
        rows = db.execute(
            "SELECT parent, id FROM link JOIN record ON number = child "
            "WHERE parent IN (SELECT from_hex(value) FROM json_each(?))",
            (hex_array(ids),),
        )
    else:
        rows = db.execute(
            "SELECT parent, id FROM link JOIN record ON number = child WHERE child IN (SELECT value FROM json_each(?))",
            (number_array(number for number, _, _ in rows_of(db, ids)),),
        )
    return [Link(RecordId(parent), RecordId(child)) for parent, child in sorted(rows)]


def _first(rows: Iterable[tuple[int, bytes, bytes]], limit: int) -> list[tuple[int, bytes, bytes]]:
    """Give the first rows, and all of the moment at which the last of these is."""
    found: list[tuple[int, bytes, bytes]] = []
    for row in rows:
        if len(found) >= limit and (not found or row[0] != found[-1][0]):
            break
        found.append(row)
    return found
