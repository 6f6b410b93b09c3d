"""The tables of collections."""

import sqlite3
from unicodedata import unidata_version

from peerset.documents.definition import Older, define
from peerset.stores.indexed import building
from peerset.stores.indexed.tables import (
    BY_HEAD,
    built_for,
    column_of,
    create_table,
    drop_table,
    has_words,
    load_tables,
    with_links,
)
from peerset.testing.sample_documents import ANN, NOON, PLACES, document
from tests.stores.indexed.filled import Filled


def indexes(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'doc%'")}


def test_a_table_is_what_was_made(db: sqlite3.Connection) -> None:
    made = create_table(db, PLACES, span_seconds=60, target=7)
    other = create_table(db, define("others", shared=True, also=[Older("olds")]), span_seconds=60, target=7)
    assert load_tables(db) == {"places": made, "others": other}
    assert (made.number, other.number, other.names, other.is_shared) == (1, 2, ("others", "olds"), True)
    assert (made.span_of(119), made.span_of(120)) == (1, 2)
    drop_table(db, made)
    assert load_tables(db) == {"others": other}
    assert {name.split("_")[1] for name in indexes(db)} == {"2"}


def test_only_who_follows_something_pays_for_heads(db: sqlite3.Connection) -> None:
    table = create_table(db, PLACES, span_seconds=60, target=0)
    assert table.index(BY_HEAD) not in indexes(db)
    linked = with_links(db, table)
    assert table.index(BY_HEAD) in indexes(db)
    assert load_tables(db)["places"] == linked == with_links(db, linked)


def test_columns_are_the_scalar_fields_and_a_documents_own() -> None:
    fields = ("title", "key", "author", "time", "tags", "nothing")
    assert [column_of(PLACES, field) for field in fields] == ["f0", "key", "author", "stamp", None, None]


def test_tables_are_rebuilt_when_other_characters_are_letters() -> None:
    assert built_for(PLACES).startswith(PLACES.digest)
    assert built_for(PLACES).endswith(unidata_version.encode())
    assert not built_for(define("others")).endswith(unidata_version.encode())


def test_this_sqlite_keeps_words(db: sqlite3.Connection) -> None:
    assert has_words(db)
    assert create_table(db, PLACES, span_seconds=60, target=0).has_text
    assert not create_table(db, define("others"), span_seconds=60, target=0).has_text


def test_sql_that_names_no_index_finds_the_spans_of_one(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add(document(ANN, at * 10**9, {"title": "x", "city": f"c{at}", "stars": at}) for at in range(50))
    city, stars = (f"f{PLACES.column(name)}" for name in ("city", "stars"))
    for where in (f"{city} = 'c7'", f"{stars} > 48", f"{city} = 'c7' AND {stars} > 3", f"stamp > {NOON + 1}000000"):
        sql = f"SELECT number FROM doc_1 WHERE state = 0 AND {where}"
        (step,) = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert step.startswith("SEARCH doc_1 USING INDEX doc_1_"), (where, step)
        assert "ANY(span)" in step
    assert db.execute(f"SELECT count(*) FROM doc_1 WHERE state = 0 AND {city} = 'c7'").fetchone() == (1,)
    building.drop(db, filled.catalog, ["places"])
    assert db.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'doc_1'").fetchone() == (0,)
