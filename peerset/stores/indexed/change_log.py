"""Reading the log of changes: what went, from a table of its own, and what came, mostly by the records' own numbers."""

import sqlite3
from collections.abc import Callable
from typing import TypeAlias

from peerset.core.limits import INTEGER_MAX
from peerset.core.record import Record, RecordId, shell_of
from peerset.documents.change import Bookmark, Change, ChangeKind, Changes
from peerset.errors import CursorError
from peerset.stores.indexed.numbers import read_number
from peerset.stores.numbering import last_number

Decode: TypeAlias = Callable[[RecordId, bytes], Record]

_WENT = """SELECT cursor, why, came, gone.id, gone.author, gone.created_at, gone.kind, wire
    FROM gone LEFT JOIN record USING (number) WHERE cursor > ? AND came <= ? ORDER BY cursor LIMIT ?"""

_CAME = """SELECT number, number, id, wire FROM record
    WHERE number > :since AND NOT EXISTS (SELECT 1 FROM standing WHERE standing.number = record.number)
    ORDER BY number LIMIT :limit"""

_CAME_LATER = """SELECT came, number, id, wire FROM standing INDEXED BY standing_by_came JOIN record USING (number)
    WHERE came > :since AND came IS NOT NULL ORDER BY came LIMIT :limit"""


def end_of_log(db: sqlite3.Connection) -> Bookmark:
    """Give the bookmark of who knows everything."""
    last = last_number(db)
    return Bookmark(read_number(db, "log"), last, last)


def changes(
    db: sqlite3.Connection, since: Bookmark | None, decode: Decode, *, limit: int, with_untold: bool = False
) -> Changes:
    """Give the next page of the log.

    Raises:
        CursorError: the log no longer reaches back so far, or is another one.

    """
    end = end_of_log(db)
    mark = Bookmark(end.log, 0, end.known) if since is None else since
    _check(db, mark, end)
    found: list[Change] = []
    for cursor, why, came, record_id, author, created_at, kind, wire in db.execute(
        _WENT, (mark.known, INTEGER_MAX if with_untold else mark.position, limit + 1)
    ):
        if len(found) == limit:
            return Changes(tuple(found), mark, is_last=False)
        mark = Bookmark(end.log, mark.position, cursor)
        record = decode(record_id, wire) if wire else shell_of(record_id, author, created_at, kind)
        found.append(Change(mark, ChangeKind(why), record, is_told=came <= mark.position))
    mark = Bookmark(end.log, mark.position, end.known)
    for came, number, record_id, wire in _came(db, mark.position, limit - len(found) + 1):
        if len(found) == limit:
            return Changes(tuple(found), mark, is_last=False)
        mark = Bookmark(end.log, came, end.known)
        kind = ChangeKind.ADDED if came == number else ChangeKind.SHOWN
        found.append(Change(mark, kind, decode(record_id, wire)))
    return Changes(tuple(found), end, is_last=True)


def _came(db: sqlite3.Connection, since: int, limit: int) -> list[tuple[int, int, RecordId, bytes]]:
    asked = {"since": since, "limit": limit}
    return sorted([*db.execute(_CAME, asked), *db.execute(_CAME_LATER, asked)])[:limit]


def _check(db: sqlite3.Connection, mark: Bookmark, end: Bookmark) -> None:
    if mark.log != end.log or mark.known > end.known:
        raise CursorError(f"{mark} is a place in another log of changes than this store's: start over")
    if mark.known < read_number(db, "forgotten"):
        raise CursorError(f"the log of changes no longer reaches back to {mark}: start over")
