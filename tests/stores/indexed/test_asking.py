"""SQL of people's own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from peerset.core.limits import SQL_BYTES_MAX, SQL_ROWS_MAX, SQL_SECONDS_MAX
from peerset.errors import QueryError
from peerset.stores.indexed.asking import ask, check_sql, confine
from peerset.stores.indexed.view_rows import make_table
from peerset.testing.sample_documents import ANN, PLACES, document, sample_places
from tests.stores.indexed.filled import Filled

COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"


@pytest.fixture
def asker(db: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    filled = Filled(db, [PLACES])
    filled.add(sample_places())
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)) as asker:
        confine(asker)
        yield asker


@pytest.mark.parametrize(
    ("query", "parameters", "cells"),
    [
        ("SELECT count(*) AS n FROM places WHERE city = ?", ["Berlin"], ((6,),)),
        ("SELECT count(*) AS n FROM places WHERE city = :city", {"city": "Berlin"}, ((6,),)),
        ("SELECT count(*) FROM records", (), ((40,),)),
        ("SELECT count(*) FROM places, records", (), ((1_600,),)),
        ("SELECT count(*) FROM records WHERE kind = 1078", (), ((24,),)),
        ("WITH best AS (SELECT max(stars) AS stars FROM places) SELECT stars FROM best", (), ((2**53 - 1,),)),
        ("SELECT value FROM json_each('[1, \"a\", null]')", (), ((1,), ("a",), (None,))),
        ("SELECT name FROM pragma_table_info('places') LIMIT 2", (), (("id",), ("key",))),
        ("SELECT name FROM sqlite_schema WHERE name = 'places'", (), (("places",),)),
        ("VALUES (1, x'00ff', 9223372036854775807, -1e400, 'é')", (), ((1, b"\0\xff", 2**63 - 1, float("-inf"), "é"),)),
        ("SELECT ?, ?, ?, ?", (True, -(2**63) + 1, b"b", None), ((1, -(2**63) + 1, b"b", None),)),
        ("SELECT * FROM v_cities", (), ()),
        ("SELECT count(*) AS places FROM places AS records WHERE city = 'places AS ('", (), ((0,),)),
        ("WITH place(a) AS (SELECT 1) SELECT a FROM place -- places AS (", (), ((1,),)),
        ("  SELECT 1 -- nothing else\n;", (), ((1,),)),
    ],
)
def test_it_gives_rows(
    db: sqlite3.Connection, asker: sqlite3.Connection, query: str, parameters: Any, cells: tuple[object, ...]
) -> None:
    make_table(db, "cities")
    assert ask(asker, *check_sql(query, parameters)).cells == cells


def test_nothing_passes_itself_off_as_a_view(asker: sqlite3.Connection) -> None:
    quoted = ('"places"', "'places'", "[Places]", "`places`", '"places tags"')
    for name in ("places", "PLACES", "places /* ( */", "places\n(a, b)", *quoted):
        for kept in ("AS", "AS MATERIALIZED", "AS NOT --\n MATERIALIZED", "aS/**/"):
            read = f"SELECT * FROM {name.split(chr(10))[0]}"
            with pytest.raises(QueryError, match="another name"):
                ask(asker, f"WITH {name} {kept} (SELECT number, wire FROM record) {read}", ())


def test_columns_have_their_names(asker: sqlite3.Connection) -> None:
    rows = ask(asker, "SELECT city, city, count(*) AS n FROM places WHERE city = 'Berlin'", ())
    assert rows.columns == ("city", "city:1", "n")
    assert rows[0] == {"city": "Berlin", "city:1": "Berlin", "n": 6}


@pytest.mark.parametrize(
    ("query", "parameters", "reason"),
    [
        ("SELEC 1", (), 'near "SELEC": syntax error'),
        ("", (), "asks for nothing"),
        (" -- nothing", (), "asks for nothing"),
        ("SELECT 1; SELECT 2", (), "one statement at a time"),
        ("SELECT 1; DROP TABLE record", (), "one statement at a time"),
        ("SELECT * FROM nowhere", (), "no such table: nowhere; SQL here reads the views places, places tags"),
        ("SELECT town FROM places", (), "no such column: town"),
        ("SELECT * FROM record", (), "access to record.number is prohibited"),
        ("SELECT key FROM doc_1", (), "access to doc_1.key is prohibited"),
        ("DELETE FROM places", (), "not authorized|cannot modify"),
        ("DELETE FROM record", (), "not authorized"),
        ("INSERT INTO record DEFAULT VALUES", (), "not authorized"),
        ("UPDATE meta SET value = x''", (), "not authorized"),
        ("CREATE TEMP TABLE t (a)", (), "not authorized"),
        ("CREATE VIEW w AS SELECT 1", (), "not authorized"),
        ("DROP VIEW places", (), "not authorized"),
        ("ATTACH 'other.db' AS other", (), "not authorized|too many attached"),
        ("VACUUM INTO 'other.db'", (), "authorization denied|not authorized|too many attached"),
        ("PRAGMA query_only = OFF", (), "not authorized"),
        ("PRAGMA journal_mode = DELETE", (), "not authorized"),
        ("PRAGMA writable_schema = ON", (), "not authorized"),
        ("SELECT load_extension('x')", (), "not authorized"),
        ("BEGIN", (), "not authorized"),
        ("SAVEPOINT s", (), "not authorized"),
        ("REINDEX", (), "not authorized"),
        ("ANALYZE", (), "not authorized"),
        ("EXPLAIN QUERY PLAN DELETE FROM record", (), "not authorized"),
        ("SELECT ?", (), "Incorrect number of bindings"),
        ("SELECT 1", (1,), "Incorrect number of bindings"),
        ("SELECT :a", {"b": 1}, "did not supply a value for binding"),
        ("SELECT 'a\0b'", (), "null character"),
        ("SELECT CAST(x'ff' AS TEXT)", (), "Could not decode to UTF-8"),
        (f"SELECT zeroblob({SQL_BYTES_MAX + 1})", (), "too big"),
        (f"{COUNTING} LIMIT 100) SELECT zeroblob(1000000) FROM n", (), f"more than {SQL_BYTES_MAX} bytes"),
        (f"{COUNTING} LIMIT {SQL_ROWS_MAX + 1}) SELECT i FROM n", (), f"more than {SQL_ROWS_MAX} rows"),
        (f"SELECT 'a' LIKE '{'%a' * 501}'", (), "pattern too complex"),
        (f"SELECT {'(' * 3000}1{')' * 3000}", (), "too large|stack overflow"),
    ],
)
def test_what_is_more_or_less_than_reading_is_refused(
    db: sqlite3.Connection, asker: sqlite3.Connection, query: str, parameters: Any, reason: str
) -> None:
    before = list(db.iterdump())
    with pytest.raises(QueryError, match=reason):
        ask(asker, *check_sql(query, parameters))
    assert list(db.iterdump()) == before
    assert ask(asker, "SELECT 1", ()).cells == ((1,),)


@pytest.mark.parametrize(
    ("query", "parameters", "reason"),
    [
        (None, (), "SQL is a text, not None"),
        (b"SELECT 1", (), "SQL is a text"),
        ("SELECT '\ud800'", (), "no lone surrogates"),
        ("SELECT ?", "a", "the parameters of SQL are a list"),
        ("SELECT ?", 1, "the parameters of SQL are a list"),
        ("SELECT ?", {1}, "the parameters of SQL are a list"),
        ("SELECT ?", ["\ud800"], "no lone surrogates"),
        ("SELECT ?", [2**63], r"up to 2\^63 - 1, not 9223372036854775808"),
        ("SELECT ?", [float("nan")], "NaN"),
        ("SELECT ?", [["a"]], r"a parameter of SQL is a text, a number, bytes or None, not \['a'\]"),
        ("SELECT :a", {"a": object()}, "a parameter of SQL"),
    ],
)
def test_what_sqlite_does_not_know_is_named(query: Any, parameters: Any, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        check_sql(query, parameters)


@pytest.mark.parametrize(
    "query",
    [
        f"{COUNTING}) SELECT count(*) FROM n",
        f"{COUNTING}) SELECT i FROM n WHERE i < 0",
        "SELECT count(*) FROM records a, records b, records c, records d, records e, records f",
    ],
)
def test_what_runs_for_ever_is_ended(asker: sqlite3.Connection, query: str) -> None:
    with pytest.raises(QueryError, match=r"takes longer than 0\.05 s"):
        ask(asker, query, (), seconds=0.05)


def test_as_many_rows_as_there_may_be(asker: sqlite3.Connection) -> None:
    rows = ask(asker, f"{COUNTING} LIMIT {SQL_ROWS_MAX}) SELECT i FROM n", ())
    assert len(rows) == SQL_ROWS_MAX


def test_a_damaged_file_is_no_fault_of_the_query(path: Path, db: sqlite3.Connection) -> None:
    Filled(db, [PLACES]).add([document(ANN, 0, {"title": "t" * 5_000})])
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'doc_1'").fetchone()
    data[(root - 1) * 4096 : root * 4096] = bytes(4096)
    other = path.with_name("other.db")
    other.write_bytes(data)
    with closing(sqlite3.connect(other)) as damaged:
        confine(damaged)
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            ask(damaged, "SELECT * FROM places", ())


def test_the_limits_are_those_of_the_docs() -> None:
    assert (SQL_SECONDS_MAX, SQL_ROWS_MAX, SQL_BYTES_MAX) == (2.0, 10_000, 16 * 1024 * 1024)
