"""The tables of collections in a store's file: what each was built for, and how it is made, read and dropped.

Every index of a collection begins with a span of time and holds only what readers see: inserts stay in a few hot pages,
and what expires goes from one end. Versions that are not seen stand in two small indexes beside them.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from unicodedata import unidata_version

from peerset.documents.definition import Definition
from peerset.documents.order import AUTHOR, KEY, TIME, Term
from peerset.stores.indexed.numbers import read_number, write_number

OWN_COLUMNS: Final = {KEY: "key", AUTHOR: "author", TIME: "stamp"}

LAYOUT: Final = 3
"""Another one rebuilds the tables that are there."""

FIGURED_ROWS: Final = 1_000_000
FIGURED_SPANS: Final = 7
FIGURED_VALUES: Final = 50
"""What the planner is told: so many rows, in so many spans, and of each field so many values in what it narrows."""

BY_TIME: Final = "time"
BY_KEY: Final = "key"
BY_SLOT: Final = "slot"
BY_REST: Final = "rest"
BY_HEAD: Final = "head"

_COLUMNS: Final = (
    "number, name, digest, names, is_shared, span_seconds, columns, has_items, has_text, has_links, built, target, "
    "is_on_behalf"
)


@dataclass(frozen=True, slots=True)
class Table:
    """One collection of the file."""

    number: int
    name: str
    digest: bytes
    names: tuple[str, ...]
    """Which documents it reads: its own and those of older collections."""
    is_shared: bool
    span_seconds: int
    columns: int
    """Of a collection of any JSON one, which holds it for SQL."""
    has_items: bool
    """Whether there are elements of arrays, or cells of places."""
    has_text: bool
    """Whether there are words: not where this SQLite has no FTS5."""
    has_links: bool
    """Whether any of its documents follows something."""
    built: int
    """Up to which record, by its number, it was built; what came while it was known is there as well."""
    target: int
    """The last record that was here before it was known."""
    is_on_behalf: bool = False

    @property
    def docs(self) -> str:
        """The table of its documents."""
        return f"doc_{self.number}"

    @property
    def items(self) -> str:
        """The table of the elements of its arrays, and of the cells of its places."""
        return f"item_{self.number}"

    @property
    def texts(self) -> str:
        """The table of its words."""
        return f"text_{self.number}"

    def index(self, name: str | int) -> str:
        """Give the name of one of its indexes: by its use, or the number of the one that was declared."""
        return f"doc_{self.number}_{name}"

    def span_of(self, created_at: int) -> int:
        """Give the span of a time."""
        return created_at // self.span_seconds


def load_tables(db: sqlite3.Connection) -> dict[str, Table]:
    """Read which collections the file has, by name."""
    found: dict[str, Table] = {}
    for number, name, digest, names, *said in db.execute(f"SELECT {_COLUMNS} FROM collection ORDER BY number"):
        is_shared, span_seconds, columns, has_items, has_text, has_links, built, target, is_on_behalf = said
        flags = bool(has_items), bool(has_text), bool(has_links)
        known = tuple(json.loads(names))
        rest = *flags, built, target, bool(is_on_behalf)
        found[name] = Table(number, name, digest, known, bool(is_shared), span_seconds, columns, *rest)
    return found


def built_for(definition: Definition) -> bytes:
    """Tell apart what tables are built for, and how; what is a letter depends on the language's own tables."""
    words = unidata_version.encode() if definition.text else b""
    return definition.digest + bytes([LAYOUT]) + words


def has_words(db: sqlite3.Connection) -> bool:
    """Say whether this SQLite can keep words (FTS5)."""
    try:
        db.execute("CREATE VIRTUAL TABLE temp.probe USING fts5(words)")
    except sqlite3.OperationalError:
        return False
    db.execute("DROP TABLE temp.probe")
    return True


def next_generation(db: sqlite3.Connection) -> None:
    """Say that the tables changed."""
    write_number(db, "tables", read_number(db, "tables") + 1)


def create_table(db: sqlite3.Connection, definition: Definition, *, span_seconds: int, target: int) -> Table:
    """Make the tables of a collection, empty; *target* is the last record that is here."""
    (number,) = db.execute("SELECT coalesce(max(number), 0) + 1 FROM collection").fetchone()
    table = Table(
        number,
        definition.name,
        built_for(definition),
        definition.names,
        definition.is_shared,
        span_seconds,
        1 if definition.schema is None else len(definition.columns),
        bool(definition.arrays) or definition.place is not None,
        bool(definition.text) and has_words(db),
        False,
        0,
        target,
        definition.is_on_behalf,
    )
    db.execute(
        f"INSERT INTO collection ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            table.name,
            table.digest,
            json.dumps(table.names),
            table.is_shared,
            span_seconds,
            table.columns,
            table.has_items,
            table.has_text,
            table.has_links,
            table.built,
            table.target,
            table.is_on_behalf,
        ),
    )
    for statement in _statements(table, definition):
        db.execute(statement)
    _write_figures(db, table, definition)
    return table


def _write_figures(db: sqlite3.Connection, table: Table, definition: Definition) -> None:
    """Write what SQLite's planner asks of indexes, for SQL that names none: that they begin with a few large spans.

    Only so does it look for a field in each of them. The figures are those of a large collection, for in a small one it
    hardly matters; dropping the table takes them out.
    """
    db.execute("ANALYZE sqlite_schema")
    fields = {table.index(BY_TIME): 1, **{table.index(at): len(terms) for at, terms in enumerate(definition.indexes)}}
    for index, count in fields.items():
        rows = [FIGURED_ROWS, FIGURED_ROWS // FIGURED_SPANS]
        rows += [max(rows[1] // FIGURED_VALUES ** (at + 1), 1) for at in range(count)]
        said = " ".join(map(str, rows))
        db.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", (table.docs, index, said))
    db.execute("ANALYZE sqlite_schema")


def drop_table(db: sqlite3.Connection, table: Table) -> None:
    """Drop the tables of a collection."""
    for name in (table.docs, table.items, table.texts):
        db.execute(f"DROP TABLE IF EXISTS {name}")
    db.execute("DELETE FROM collection WHERE number = ?", (table.number,))


def with_links(db: sqlite3.Connection, table: Table) -> Table:
    """Make the index of heads, which collections without links do without."""
    if table.has_links:
        return table
    db.execute(f"CREATE INDEX {table.index(BY_HEAD)} ON {table.docs} (stamp) WHERE is_followed = 0")
    db.execute("UPDATE collection SET has_links = 1 WHERE number = ?", (table.number,))
    next_generation(db)
    return replace(table, has_links=True)


def column_of(definition: Definition, field: str) -> str | None:
    """Give the column that holds a field; None for what is no column."""
    if field in OWN_COLUMNS:
        return OWN_COLUMNS[field]
    place = definition.column(field)
    return None if place is None else f"f{place}"


def _statements(table: Table, definition: Definition) -> Iterable[str]:
    docs, columns = table.docs, "".join(f", f{place} ANY" for place in range(table.columns))
    yield (
        f"CREATE TABLE {docs} (number INTEGER PRIMARY KEY, span INTEGER NOT NULL, stamp INTEGER NOT NULL, "
        "state INTEGER NOT NULL, own INTEGER NOT NULL, is_followed INTEGER NOT NULL, key TEXT, "
        f"author BLOB NOT NULL{columns}) STRICT"
    )
    slot = "key, stamp" if table.is_shared else "key, author, stamp"
    yield f"CREATE INDEX {table.index(BY_TIME)} ON {docs} (span, stamp) WHERE state = 0"
    yield f"CREATE INDEX {table.index(BY_KEY)} ON {docs} (span, key, stamp) WHERE state = 0 AND key IS NOT NULL"
    yield f"CREATE INDEX {table.index(BY_SLOT)} ON {docs} ({slot}) WHERE key IS NOT NULL"
    yield f"CREATE INDEX {table.index(BY_REST)} ON {docs} (stamp) WHERE state != 0"
    for place, terms in enumerate(definition.indexes):
        said = ", ".join(_term(definition, term) for term in terms)
        yield f"CREATE INDEX {table.index(place)} ON {docs} (span, {said}) WHERE state = 0"
    if table.has_text:
        # Our own words with blanks between them: these are cut where we cut, and folded no further.
        yield f"CREATE VIRTUAL TABLE {table.texts} USING fts5(words, tokenize = 'ascii', detail = none, columnsize = 0)"
    if table.has_items:
        yield (
            f"CREATE TABLE {table.items} (span INTEGER NOT NULL, field INTEGER NOT NULL, value ANY NOT NULL, "
            "stamp INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (span, field, value, stamp, number)) "
            "STRICT, WITHOUT ROWID"
        )
        yield f"CREATE INDEX {table.items}_number ON {table.items} (number)"


def _term(definition: Definition, term: Term) -> str:
    return f"{column_of(definition, term.field)}{' DESC' if term.is_descending else ''}"
