"""Rows of views in SQLite, and SQL of their functions' own; what rows must be is in `peerset.testing.check_views`."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from peerset.errors import ConfigError
from peerset.stores.indexed.view_rows import Rows, drop_tables, make_table, slug_of


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as found:
        found.execute("CREATE TABLE record (id INTEGER)")
        found.execute("INSERT INTO record VALUES (7)")
        make_table(found, "tags")
        yield found


def tables(db: sqlite3.Connection) -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]


def test_a_function_has_tables_of_its_own(db: sqlite3.Connection) -> None:
    rows = Rows(db, "tags")
    rows.execute("CREATE TABLE v_tags_count (tag TEXT PRIMARY KEY, n INTEGER)")
    rows.execute("CREATE INDEX v_tags_by_n ON v_tags_count (n)")
    rows.execute("INSERT INTO v_tags_count VALUES (?, 1) ON CONFLICT (tag) DO UPDATE SET n = n + 1", ["red"])
    rows.execute("INSERT INTO v_tags_count VALUES (?, 1) ON CONFLICT (tag) DO UPDATE SET n = n + 1", ["red"])
    assert rows.execute("SELECT tag, sum(n) FROM v_tags_count GROUP BY tag") == [("red", 2)]
    rows.execute("DELETE FROM v_tags_count WHERE tag = 'red'")
    assert rows.execute("SELECT count(*) FROM v_tags_count") == [(0,)]
    rows.execute("DROP INDEX v_tags_by_n")
    rows.put(["a"], 1)
    make_table(db, "tag")
    drop_tables(db, "tags")
    assert tables(db) == ["record", "v_tag"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM record",
        "DELETE FROM record",
        "DROP TABLE record",
        "CREATE TABLE other (a)",
        "CREATE TABLE v_tag (a)",
        "CREATE TABLE v_tags_copy AS SELECT * FROM record",
        "CREATE INDEX v_tags_i ON record (id)",
        "CREATE TEMP TABLE v_tags_t (a)",
        "CREATE VIEW v_tags_v AS SELECT * FROM record",
        "CREATE TRIGGER v_tags_g AFTER INSERT ON record BEGIN SELECT 1; END",
        "ATTACH ':memory:' AS other",
        "PRAGMA writable_schema = ON",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT change",
        "RELEASE change",
        "VACUUM",
        "SELECT load_extension('x')",
        "nonsense",
        "SELECT ?",
    ],
)
def test_it_touches_nothing_else(db: sqlite3.Connection, sql: str) -> None:
    with pytest.raises(ConfigError, match="cannot run"):
        Rows(db, "tags").execute(sql)
    assert tables(db) == ["record", "v_tags"]
    assert db.execute("SELECT id FROM record").fetchall() == [(7,)]


def test_names_become_parts_of_tables() -> None:
    assert slug_of("tag-counts.of_me") == "tag_counts_of_me"
