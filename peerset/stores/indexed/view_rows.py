"""The rows of a view in its table, and SQL of its function's own."""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from peerset.core.action import Json
from peerset.documents.keys import ViewKey, decode_key, encode_key, end_of
from peerset.documents.view import write_value
from peerset.errors import ConfigError

_READING: Final = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_SCHEMA: Final = {"sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"}
_TABLES: Final = {
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_DROP_TABLE,
}
"""What names a table first."""
_INDEXES: Final = {sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_DROP_INDEX}
"""What names a table second."""
_FORBIDDEN_FUNCTIONS: Final = {"load_extension", "readfile", "writefile"}


class Rows:
    """A `peerset.documents.view.ViewWriter` over the table of a view; *slug* is its name as part of a table's."""

    def __init__(self, db: sqlite3.Connection, slug: str) -> None:
        self._db = db
        self._own = f"v_{slug}_"
        self._table = table_of(slug)

    def get(self, key: Sequence[Json], default: Json = None) -> Json:
        """Give the value under *key*."""
        row = self._db.execute(f"SELECT value FROM {self._table} WHERE key = ?", (encode_key(key),)).fetchone()
        return default if row is None else json.loads(row[0])

    def put(self, key: Sequence[Json], value: Json) -> None:
        """Keep *value* under *key*.

        Raises:
            ConfigError: one of them is too long, or JSON cannot say it.

        """
        row = (encode_key(key), write_value(value))
        self._db.execute(f"INSERT OR REPLACE INTO {self._table} (key, value) VALUES (?, ?)", row)

    def delete(self, key: Sequence[Json]) -> None:
        """Forget what is under *key*, if anything is."""
        self._db.execute(f"DELETE FROM {self._table} WHERE key = ?", (encode_key(key),))

    def range(
        self, prefix: Sequence[Json] = (), *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[ViewKey, Json]]:
        """Give what is under the keys that begin with *prefix*, in order."""
        begin = encode_key(prefix)
        rows = self._db.execute(
            f"SELECT key, value FROM {self._table} WHERE key >= ? AND key < ? "
            f"ORDER BY key {'DESC' if reverse else 'ASC'} LIMIT ?",
            (begin, end_of(begin), -1 if limit is None else limit),
        )
        return [(decode_key(key), json.loads(value)) for key, value in rows]

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL on tables whose names begin with ``v_<name>_``.

        Raises:
            ConfigError: it touches something else, or is no SQL.

        """
        with self._confined():
            try:
                return self._db.execute(sql, parameters).fetchall()
            except sqlite3.Error as error:
                raise ConfigError(f"a view cannot run {sql!r} on its tables {self._own}…: {error}") from error

    @contextmanager
    def _confined(self) -> Iterator[None]:
        self._db.set_authorizer(self._judge)
        try:
            yield
        finally:
            self._db.set_authorizer(None)

    def _judge(self, action: int, first: str | None, second: str | None, *_: object) -> int:
        name = second if action in _INDEXES else first
        if action == sqlite3.SQLITE_FUNCTION:
            is_fine = second not in _FORBIDDEN_FUNCTIONS
        elif action in _TABLES or action in _INDEXES:
            is_fine = name is not None and (name.startswith(self._own) or name in _SCHEMA)
        else:
            is_fine = action in _READING or action == sqlite3.SQLITE_REINDEX
        return sqlite3.SQLITE_OK if is_fine else sqlite3.SQLITE_DENY


def slug_of(name: str) -> str:
    """Give the name of a view as part of a table's."""
    return re.sub("[.-]", "_", name)


def table_of(slug: str) -> str:
    """Give the table of a view's rows, to be put into SQL."""
    return f'"v_{slug}"'


def make_table(db: sqlite3.Connection, slug: str) -> None:
    """Make the table of a view that has none."""
    db.execute(f"CREATE TABLE {table_of(slug)} (key BLOB PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID")


def drop_tables(db: sqlite3.Connection, slug: str) -> None:
    """Drop the table of a view, and those of its function's own."""
    own = f"v_{slug}_"
    found = db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name = ? OR substr(name, 1, ?) = ?)",
        (f"v_{slug}", len(own), own),
    ).fetchall()
    for (name,) in found:
        quoted = name.replace('"', '""')
        db.execute(f'DROP TABLE IF EXISTS "{quoted}"')
