"""Views in a store's file: each takes the next of the log of changes, in the transaction that keeps what it writes."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from peerset.core.limits import VIEWS_MAX
from peerset.documents.change import Bookmark, Change, Changes
from peerset.documents.view import ViewProgress, ViewStep
from peerset.errors import ConfigError, CursorError
from peerset.stores.indexed.change_log import Decode, changes, end_of_log
from peerset.stores.indexed.numbers import read_number
from peerset.stores.indexed.view_rows import Rows, drop_tables, make_table, slug_of
from peerset.stores.numbering import last_number
from peerset.stores.schema import writing
from peerset.stores.selection import number_array


def open_view(db: sqlite3.Connection, name: str, version: int) -> None:
    """Have a view; another version than before begins anew.

    Raises:
        ConfigError: there are too many, or its tables would be taken for another one's.

    """
    with writing(db):
        known = db.execute("SELECT version FROM view WHERE name = ?", (name,)).fetchone()
        if known == (version,):
            return
        slug = slug_of(name)
        others = [each for (each,) in db.execute("SELECT slug FROM view WHERE name != ?", (name,))]
        if known is None and len(others) >= VIEWS_MAX:
            raise ConfigError(f"a room has at most {VIEWS_MAX} views")
        for other in others:
            if f"{slug}_".startswith(f"{other}_") or f"{other}_".startswith(f"{slug}_"):
                raise ConfigError(f"the tables of a view {name!r} could not be told from those of {other!r}")
        drop_tables(db, slug)
        make_table(db, slug)
        db.execute("INSERT OR REPLACE INTO view (name, slug, version) VALUES (?, ?, ?)", (name, slug, version))


def drop_view(db: sqlite3.Connection, name: str) -> None:
    """Forget a view, if it is there."""
    with writing(db):
        if _is_there(db, name):
            drop_tables(db, slug_of(name))
        db.execute("DELETE FROM view WHERE name = ?", (name,))
        _release(db)


def advance(db: sqlite3.Connection, name: str, step: ViewStep, limit: int, decode: Decode) -> ViewProgress:
    """Let *step* take the next changes, at most *limit*, in one transaction.

    Raises:
        ConfigError: there is no such view.

    """
    with writing(db):
        row = db.execute("SELECT slug, position, known, error FROM view WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise ConfigError(f"this store keeps no view {name!r}")
        slug, position, known, error = row
        if error is not None:
            return ViewProgress(0, is_caught_up=False, error=error)
        since = None if position is None else Bookmark(read_number(db, "log"), position, known)
        page = _next_page(db, slug, since, limit, decode)
        progress = _take(db, Rows(db, slug), page, step, decode)
        end = page.end if progress.error is None else _before(page, progress.count, since)
        db.execute(
            "UPDATE view SET position = ?, known = ?, error = ? WHERE name = ?",
            (None if end is None else end.position, None if end is None else end.known, progress.error, name),
        )
        _release(db)
        return progress


def part_with(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Keep records that are about to be deleted, and were logged as gone, until every view has seen them go."""
    if _has_readers(db):
        db.execute(
            "INSERT OR REPLACE INTO parting (id, cursor, wire) SELECT id, ?, wire FROM record "
            "WHERE number IN (SELECT value FROM json_each(?)) AND wire != x''",
            (last_number(db), number_array(numbers)),
        )


def forsake(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Begin views anew that may hold what records say that are about to be purged."""
    if not _has_readers(db):
        return
    (are_seen,) = db.execute(
        "SELECT EXISTS (SELECT 1 FROM json_each(?) LEFT JOIN standing ON number = value WHERE coalesce(state, 0) = 0)",
        (number_array(numbers),),
    ).fetchone()
    last = last_number(db)
    rows = db.execute("SELECT name, slug, position, known FROM view WHERE error IS NULL AND position IS NOT NULL")
    for name, slug, position, known in rows.fetchall():
        if are_seen or (position, known) != (last, last):
            _begin_anew(db, slug)
            db.execute("UPDATE view SET position = NULL, known = NULL WHERE name = ?", (name,))


def _next_page(db: sqlite3.Connection, slug: str, since: Bookmark | None, limit: int, decode: Decode) -> Changes:
    try:
        return changes(db, since, decode, limit=limit)
    except CursorError:
        _begin_anew(db, slug)
        return changes(db, None, decode, limit=limit)


def _take(db: sqlite3.Connection, rows: Rows, page: Changes, step: ViewStep, decode: Decode) -> ViewProgress:
    for count, change in enumerate(page.changes):
        db.execute("SAVEPOINT change")
        try:
            step(rows, _disclosed(db, change, decode))
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - the user's own code may raise anything
            db.execute("ROLLBACK TO change")
            db.execute("RELEASE change")
            return ViewProgress(count, is_caught_up=False, error=f"{type(error).__name__}: {error}", cause=error)
        db.execute("RELEASE change")
    return ViewProgress(len(page.changes), is_caught_up=page.is_last, error=None)


def _disclosed(db: sqlite3.Connection, change: Change, decode: Decode) -> Change:
    if change.record.wire:
        return change
    row = db.execute("SELECT wire FROM parting WHERE id = ?", (change.record.id,)).fetchone()
    return change if row is None else replace(change, record=decode(change.record.id, row[0]))


def _before(page: Changes, count: int, since: Bookmark | None) -> Bookmark | None:
    return page.changes[count - 1].bookmark if count else since


def _begin_anew(db: sqlite3.Connection, slug: str) -> None:
    drop_tables(db, slug)
    make_table(db, slug)


def _release(db: sqlite3.Connection) -> None:
    (known,) = db.execute("SELECT min(coalesce(known, 0)) FROM view WHERE error IS NULL").fetchone()
    db.execute("DELETE FROM parting WHERE cursor <= ?", (end_of_log(db).known if known is None else known,))


def _has_readers(db: sqlite3.Connection) -> bool:
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM view WHERE error IS NULL)").fetchone()[0])


def _is_there(db: sqlite3.Connection, name: str) -> bool:
    return db.execute("SELECT 1 FROM view WHERE name = ?", (name,)).fetchone() is not None
