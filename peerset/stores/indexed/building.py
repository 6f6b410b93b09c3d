"""Which collections a file has: defining, building and dropping them."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from peerset.core.limits import COLLECTIONS_MAX
from peerset.core.record import decode_record
from peerset.documents.definition import Definition
from peerset.errors import ConfigError, StoreError
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.counts import forget_counts
from peerset.stores.indexed.sql_views import drop_views, make_views
from peerset.stores.indexed.tables import Table, built_for, create_table, drop_table, next_generation
from peerset.stores.indexed.writing import Writer
from peerset.stores.schema import writing

BUILT_AT_ONCE: Final = 1_000
LOOKED_AT_ONCE: Final = 20_000
"""Records that a step of building passes by, at most."""


def define(db: sqlite3.Connection, catalog: Catalog, definitions: Sequence[Definition], span_seconds: int) -> None:
    """Know these collections, and make tables for those that the file has not.

    Raises:
        ConfigError: two read documents of one name, or there are too many.

    """
    named = {each.name: each for each in definitions}
    claimed = [name for each in definitions for name in each.names]
    if len(set(claimed)) < len(claimed):
        raise ConfigError(f"two of the collections {', '.join(sorted(named))} read documents of one name")
    catalog.refresh(db)
    kept = [table for table in catalog.tables.values() if _is_kept(table, named, claimed, span_seconds)]
    others = sum(table.name not in named for table in kept)
    if others + len(named) > COLLECTIONS_MAX:
        raise ConfigError(f"{others + len(named)} collections; the limit of a room is {COLLECTIONS_MAX}")
    known = {table.name for table in kept}
    if not known.issuperset(named) or len(kept) < len(catalog.tables):
        _rebuild(db, catalog, [each for each in definitions if each.name not in known], known, span_seconds)
    left = {name: each for name, each in catalog.definitions.items() if name in known}
    catalog.definitions = left | named
    catalog.forget()


def recognise(db: sqlite3.Connection, catalog: Catalog, definitions: Sequence[Definition]) -> None:
    """Know these collections of a file that may only be read, as far as it has them.

    Raises:
        StoreError: it has no tables for one of them, or they lack something.

    """
    catalog.refresh(db)
    for each in definitions:
        table = catalog.tables.get(each.name)
        if table is None or table.digest != built_for(each) or table.built < table.target:
            raise StoreError(
                f"the collection {each.name!r} is not indexed as it is declared here, and the file may only be read: "
                "open it once where it may be written, or read a copy"
            )
    catalog.definitions = catalog.definitions | {each.name: each for each in definitions}
    catalog.forget()


def build(db: sqlite3.Connection, catalog: Catalog) -> int:
    """Read the next of what was here before; give how many records are left to be looked at."""
    catalog.refresh(db)
    waiting = _waiting(catalog)
    if not waiting:
        return 0
    begin = min(table.built for table in waiting)
    with writing(db):
        writer = Writer(db, catalog)
        waiting = _waiting(catalog)
        names = sorted({name for table in waiting for name in table.names})
        last = min(begin + LOOKED_AT_ONCE, max(table.target for table in waiting))
        rows = _candidates(db, names, begin, last)
        if len(rows) == BUILT_AT_ONCE:
            last = rows[-1][0]
        present = {number for table in waiting for number in _present(db, table, begin, last)}
        writer.read([(number, catalog.open(decode_record(wire))) for number, wire in rows if number not in present])
        writer.finish()
        for table in waiting:
            if table.built < last:
                db.execute("UPDATE collection SET built = ? WHERE number = ?", (min(last, table.target), table.number))
        next_generation(db)
    catalog.refresh(db)
    return max((table.target - table.built for table in _waiting(catalog)), default=0)


def drop(db: sqlite3.Connection, catalog: Catalog, collections: Iterable[str]) -> None:
    """Forget collections; their records stay."""
    asked = set(collections)
    catalog.refresh(db)
    if asked.intersection(catalog.tables):
        _rebuild(db, catalog, [], catalog.tables.keys() - asked, 1)
    catalog.definitions = {name: each for name, each in catalog.definitions.items() if name not in asked}
    catalog.forget()


def _is_kept(table: Table, named: dict[str, Definition], claimed: Sequence[str], span_seconds: int) -> bool:
    if table.name in named:
        return table.digest == built_for(named[table.name]) and table.span_seconds == span_seconds
    return not set(claimed).intersection(table.names)


def _rebuild(
    db: sqlite3.Connection, catalog: Catalog, made: Sequence[Definition], kept: Iterable[str], span_seconds: int
) -> None:
    """Drop all tables but those *kept*, and make new ones."""
    known = set(kept)
    with writing(db):
        writer = Writer(db, catalog)
        gone = [table for table in catalog.tables.values() if table.name not in known]
        for table in gone:
            writer.forget(table)
        writer.finish()
        for table in gone:
            drop_views(db, table)
            forget_counts(db, table)
            drop_table(db, table)
        tables = [create_table(db, each, span_seconds=span_seconds, target=writer.since) for each in made]
        for table, definition in zip(tables, made, strict=True):
            make_views(db, table, definition)
        next_generation(db)
        writer = Writer(db, catalog)
        for table in tables:
            writer.restore(table)
        writer.finish()


def _waiting(catalog: Catalog) -> list[Table]:
    """Give the collections of this process that are not built to their end."""
    return [
        table for table in catalog.tables.values() if table.built < table.target and table.name in catalog.definitions
    ]


def _candidates(db: sqlite3.Connection, names: Sequence[str], begin: int, last: int) -> list[tuple[int, bytes]]:
    """Give the next records after *begin* with a tag that names one of the collections."""
    marks = ", ".join("?" * len(names))
    return db.execute(
        "SELECT number, wire FROM record WHERE number > ? AND number <= ? AND EXISTS ("
        f"SELECT 1 FROM tag WHERE tag.bucket = record.bucket AND name = 'c' AND value IN ({marks}) "
        f"AND tag.number = record.number) ORDER BY number LIMIT {BUILT_AT_ONCE}",
        (begin, last, *names),
    ).fetchall()


def _present(db: sqlite3.Connection, table: Table, begin: int, last: int) -> list[int]:
    """Give the documents that are there already."""
    asked = f"SELECT number FROM {table.docs} WHERE number > ? AND number <= ?"
    return [number for (number,) in db.execute(asked, (begin, last))]
