"""What SQL sees of collections: views that any program can read."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.action import Json
from peerset.documents.definition import Definition, Older, define
from peerset.documents.document import State
from peerset.stores.indexed import building
from peerset.stores.indexed.sql_views import view_name
from peerset.stores.indexed.tables import built_for, with_links
from peerset.stores.indexed.view_rows import make_table
from peerset.testing.sample_documents import ANN, ANYTHING, BOB, NOON, PLACES, SPAN_SECONDS, WIKI, document
from tests.stores.indexed.filled import Filled


def views(db: sqlite3.Connection) -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")]


def fields(*names: str) -> dict[str, object]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


def test_a_collection_is_a_view_of_its_name(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    value: Json = {
        "title": "t",
        "city": "Berlin",
        "open": True,
        "stars": 4.5,
        "at": {"lat": 52.5, "lon": 13.4},
        "tags": [],
    }
    record = document(ANN, 7, value, key="k")
    filled.add([record])
    cursor = db.execute("SELECT * FROM places")
    row = dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))
    assert row == {
        "id": record.id.hex(),
        "key": "k",
        "author": ANN.public_key.hex(),
        "time": "2024-10-04 12:00:00.000007",
        "stamp": NOON * 1_000_000 + 7,
        "title": "t",
        "city": "Berlin",
        "stars": 4.5,
        "open": 1,
        "at.lat": 52.5,
        "at.lon": 13.4,
        "owner.name": None,
    }


def test_a_view_shows_what_readers_see(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES, WIKI])
    old, new = (
        document(author, stamp, {"text": "t"}, collection=WIKI, key="k") for author, stamp in ((ANN, 0), (BOB, 1))
    )
    misfit, hidden = document(ANN, 2, {"title": 1}), document(ANN, 3, {"title": "t", "tags": ["a"]})
    filled.add([old, new, misfit, hidden])
    assert db.execute("SELECT id, key FROM wiki").fetchall() == [(new.id.hex(), "k")]
    assert db.execute("SELECT id FROM places").fetchall() == [(hidden.id.hex(),)]
    writer = filled.writer()
    writer.mark(filled.numbers(hidden), State.HIDDEN, is_set=True)
    writer.finish()
    assert db.execute("SELECT id FROM places").fetchall() == []
    assert db.execute('SELECT id FROM "places tags"').fetchall() == []


def test_documents_of_any_json_have_it_as_a_column(db: sqlite3.Connection) -> None:
    upgraded = define("new", also=[Older("anything", lambda value: {"was": value})])
    filled = Filled(db, [ANYTHING, WIKI])
    values: list[Json] = [{"city": "Ä", "n": [1, 2.5]}, "text", [None], 7]
    records = [document(ANN, stamp, value, collection=ANYTHING) for stamp, value in enumerate(values)]
    void = document(ANN, 9, None, collection=ANYTHING, key="k")
    filled.add([*records, void])
    asked = "SELECT json_extract(value, '$.city'), json_extract(value, '$.n[1]') FROM anything ORDER BY stamp LIMIT 1"
    assert db.execute(asked).fetchone() == ("Ä", 2.5)
    found = db.execute("SELECT value FROM anything ORDER BY stamp").fetchall()
    assert [json.loads(text) for (text,) in found] == values
    filled.purge(records[0])
    assert db.execute("SELECT count(f0) FROM doc_1").fetchone() == (3,)
    building.define(db, filled.catalog, [upgraded], SPAN_SECONDS)
    while building.build(db, filled.catalog):
        pass
    assert db.execute("SELECT value FROM new ORDER BY stamp LIMIT 1").fetchone() == ('{"was":"text"}',)


def test_the_elements_of_indexed_arrays_are_a_view(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    tags: list[Json] = [["a", "b"], ["b"], []]
    records = [document(ANN, stamp, {"title": "t", "tags": each}) for stamp, each in enumerate(tags)]
    filled.add(records)
    joined = 'SELECT value, count(*) FROM places JOIN "places tags" USING (id) GROUP BY value ORDER BY value'
    assert db.execute(joined).fetchall() == [("a", 1), ("b", 2)]


def test_views_come_and_go_with_their_collection(db: sqlite3.Connection) -> None:
    dotted = define("places.b", {"type": "object", "properties": {"c": {"type": "array"}}}, indexes=["c[]"])
    filled = Filled(db, [PLACES, dotted, ANYTHING])
    assert views(db) == ["anything", "places", "places tags", "places.b", "places.b c", "records"]
    building.drop(db, filled.catalog, ["places"])
    assert views(db) == ["anything", "places.b", "places.b c", "records"]


@pytest.mark.parametrize(
    "name", ["tag", "records", "meta", "doc_1", "text_1_data", "v_cities", "sqlite_x", "record_by_id"]
)
def test_a_name_of_the_files_own_is_told_apart(db: sqlite3.Connection, name: str) -> None:
    filled = Filled(db, [define(name), PLACES])
    filled.add([document(ANN, 0, {}, collection=define(name))])
    assert db.execute(f'SELECT count(*) FROM "_{name}"').fetchone() == (1,)


def test_no_name_of_the_files_own_is_forgotten(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES, WIKI])
    filled.catalog.refresh(db)
    with_links(db, filled.catalog.tables["places"])
    make_table(db, "cities")
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type != 'view'")]
    assert [name for name in names if view_name(name) == name] == []
    assert [view_name(name) for name in ("places", "tags", "docs", "texts")] == ["places", "tags", "docs", "texts"]


@pytest.mark.parametrize(
    ("definition", "names"),
    [
        (define("c", fields("id", "ID", "stamp")), ["id_", "ID__", "stamp_"]),
        (define("c", fields("City", "city", "city_")), ["City", "city_", "city__"]),
        (define("c", fields('a"b', "a b", "a\0b", "'", "select")), ['a"b', "a b", "a\ufffdb", "'", "select"]),
    ],
)
def test_fields_of_any_name_are_columns(db: sqlite3.Connection, definition: Definition, names: list[str]) -> None:
    Filled(db, [definition])
    assert [row[1] for row in db.execute("PRAGMA table_info(c)")][5:] == names


def test_arrays_whose_names_differ_by_case_are_two_views(db: sqlite3.Connection) -> None:
    arrays: Json = {"type": "object", "properties": {"tags": {"type": "array"}, "Tags": {"type": "array"}}}
    Filled(db, [define("c", arrays, indexes=["tags[]", "Tags[]"])])
    assert views(db) == ["c", "c Tags_", "c tags", "records"]


def test_views_need_no_function_of_ours(db: sqlite3.Connection, path: Path) -> None:
    Filled(db, [PLACES, WIKI, ANYTHING]).add([document(ANN, 0, {"title": "t"})])
    with closing(sqlite3.connect(path)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").fetchall():
            other.execute(f'SELECT * FROM "{name}"').fetchall()
        other.execute("PRAGMA integrity_check").fetchall()


def test_tables_of_another_layout_are_rebuilt(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    db.execute("UPDATE collection SET digest = zeroblob(9)")
    filled.catalog.forget()
    building.define(db, filled.catalog, [PLACES], SPAN_SECONDS)
    filled.catalog.refresh(db)
    assert filled.catalog.find("places")[1].digest == built_for(PLACES)
    assert views(db) == ["places", "places tags", "records"]
