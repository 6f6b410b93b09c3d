"""SQL of people's own: it reads what the views show, for a short while, and nothing else."""

import re
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from itertools import islice
from math import isnan
from typing import Final

from peerset.core.limits import SQL_BYTES_MAX, SQL_ROWS_MAX, SQL_SECONDS_MAX
from peerset.core.typed import shown
from peerset.documents.rows import Cell, Parameters, Rows, told_apart
from peerset.errors import QueryError

STEPS_AT_ONCE: Final = 10_000
"""Of SQLite's machine, between two looks at the clock."""
WHOLE_MAX: Final = 2**63 - 1
PATTERN_BYTES_MAX: Final = 1_000
"""Of ``LIKE`` and ``GLOB``: within one call of theirs nobody looks at the clock."""

_TABLE_FUNCTIONS: Final = ("json_each", "json_tree", "pragma_table_info", "pragma_table_xinfo")
_PRAGMAS: Final = frozenset(("table_info", "table_xinfo"))
_ACTIONS: Final = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE))
_FORBIDDEN: Final = frozenset(("load_extension", "readfile", "writefile", "fts3_tokenizer", "edit"))

_TOKEN: Final = re.compile(
    r"""(?:--[^\n]*|/\*.*?(?:\*/|\Z)|\s+)*((?:'[^']*')+|(?:"[^"]*")+|(?:`[^`]*`)+|\[[^\]]*\]|[\w$]+|.)""", re.DOTALL
)
"""Of SQL as SQLite cuts it, as far as names need it; spaces and comments lead it."""

_OF_THE_STORE: Final = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_FULL,
    )
)
"""Errors that no other SQL would spare one."""


def check_sql(query: object, parameters: object) -> tuple[str, Parameters]:
    """Read a query and its parameters.

    Raises:
        QueryError: one of them is of a type that SQLite does not know, or beyond what it can hold.

    """
    if not isinstance(query, str):
        raise QueryError(f"SQL is a text, not {shown(query)}")
    if isinstance(parameters, Mapping):
        named = {str(name): _read(value) for name, value in parameters.items()}
        return _read_text(query), named
    if isinstance(parameters, str | bytes) or not isinstance(parameters, Sequence):
        raise QueryError(f"the parameters of SQL are a list, or a dict by their names, not {shown(parameters)}")
    return _read_text(query), tuple(map(_read, parameters))


def ask(db: sqlite3.Connection, query: str, parameters: Parameters, *, seconds: float = SQL_SECONDS_MAX) -> Rows:
    """Give what *query* gives; `confine` was called for *db*.

    Raises:
        QueryError: it is no SQL, would do more than read, asks for what no view shows, takes too long or gives too
            much.
        sqlite3.Error: the file cannot be read.

    """
    deadline = time.monotonic() + seconds
    views, hidden = _names(db, "view"), {name for name in _names(db, "table") if not name.startswith("v_")}
    _refuse_impostors(query, views)
    db.set_authorizer(lambda *said: _judge(views, hidden, *said))
    db.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_AT_ONCE)
    try:
        return _rows(db.execute(query, parameters))
    except (sqlite3.Error, sqlite3.Warning) as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _OF_THE_STORE:
            raise
        if code == sqlite3.SQLITE_INTERRUPT:
            raise QueryError(f"this SQL takes longer than {seconds:g} s") from error
        raise QueryError(f"{error}; {_advice(views)}") from error
    finally:
        db.set_progress_handler(None, 0)
        db.set_authorizer(None)


def confine(db: sqlite3.Connection) -> None:
    """Prepare a connection for `ask`."""
    for name in _TABLE_FUNCTIONS:
        # Connecting one writes a schema of its own, as far as an authorizer can tell.
        db.execute(f"SELECT 1 FROM {name}('[]') LIMIT 0")
    db.execute("PRAGMA query_only = ON")
    db.execute("PRAGMA trusted_schema = OFF")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, SQL_BYTES_MAX)
    db.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN_BYTES_MAX)
    db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)


def _judge(
    views: Collection[str], hidden: Set[str], action: int, first: str | None, second: str | None, *said: str | None
) -> int:
    if action == sqlite3.SQLITE_READ:
        # The last that is said is the view that reads it, unless nothing but the number of rows is read.
        is_fine = first not in hidden or said[-1] in views or not second
    elif action == sqlite3.SQLITE_FUNCTION:
        is_fine = second not in _FORBIDDEN
    elif action == sqlite3.SQLITE_PRAGMA:
        is_fine = first in _PRAGMAS
    else:
        is_fine = action in _ACTIONS
    return sqlite3.SQLITE_OK if is_fine else sqlite3.SQLITE_DENY


def _refuse_impostors(query: str, views: Iterable[str]) -> None:
    """Refuse a ``WITH`` that takes the name of a view: to an authorizer it would be that view, which may read all."""
    taken = {name.lower(): name for name in views}
    tokens = [match[1].lower() for match in _TOKEN.finditer(query)]
    for place, token in enumerate(tokens):
        name = token[1:-1].replace(token[0] * 2, token[0]) if token[0] in "'\"`[" else token
        if name not in taken:
            continue
        after = place + 1
        if tokens[after : after + 1] == ["("]:
            after = tokens.index(")", after) + 1 if ")" in tokens[after:] else len(tokens)
        while tokens[after : after + 1] in (["as"], ["not"], ["materialized"]):
            after += 1
            if tokens[after : after + 1] == ["("]:
                raise QueryError(f"{taken[name]} is a view: give what comes after WITH another name")


def _rows(cursor: sqlite3.Cursor) -> Rows:
    if cursor.description is None:
        raise QueryError("this SQL asks for nothing: say SELECT ...")
    size = 0
    cells: list[tuple[Cell, ...]] = []
    for row in islice(cursor, SQL_ROWS_MAX + 1):
        size += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
        if len(cells) == SQL_ROWS_MAX:
            raise QueryError(f"this SQL gives more than {SQL_ROWS_MAX} rows: say LIMIT, or count them")
        if size > SQL_BYTES_MAX:
            raise QueryError(f"this SQL gives more than {SQL_BYTES_MAX} bytes: ask for less")
        cells.append(row)
    return Rows(told_apart([column[0] for column in cursor.description]), tuple(cells))


def _names(db: sqlite3.Connection, kind: str) -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = ? ORDER BY name", (kind,))]


def _advice(names: Iterable[str]) -> str:
    return f"SQL here reads the views {', '.join(names)} and writes nothing"


def _read_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QueryError(f"SQL has no lone surrogates: {shown(text)}") from error
    return text


def _read(value: object) -> Cell:
    match value:
        case str():
            return _read_text(value)
        case int() if abs(value) > WHOLE_MAX:
            raise QueryError(f"SQLite has whole numbers up to 2^63 - 1, not {shown(value)}")
        case float() if isnan(value):
            raise QueryError("SQLite has no numbers that are none (NaN)")
        case None | int() | float() | bytes():
            return value
        case _:
            raise QueryError(f"a parameter of SQL is a text, a number, bytes or None, not {shown(value)}")
