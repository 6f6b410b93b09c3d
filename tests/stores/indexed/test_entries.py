"""What documents are found by beside their columns."""

import sqlite3
from pathlib import Path

import pytest

from peerset.core.action import Json
from peerset.documents.document import State
from peerset.documents.morton import cell_of
from peerset.stores.indexed import building
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.entries import element_of
from peerset.stores.saving import save
from peerset.testing.sample_documents import ANN, PLACES, SPAN_SECONDS, WIKI, document
from tests.stores.files import opened
from tests.stores.indexed.filled import Filled


def test_elements_are_told_apart_by_their_types() -> None:
    assert element_of(1) == 1
    assert element_of("1") == "1"
    assert len({element_of(each) for each in (True, False, None)}) == 3
    assert element_of([1]) == element_of([1.0])


def test_words_elements_and_cells_are_written_and_taken_out(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES, WIKI])
    spot: Json = {"lat": 52.5, "lon": 13.4}
    record = document(ANN, 0, {"title": "Straße 7", "tags": ["süß", "b"], "at": spot})
    other = document(ANN, 1, {"title": "no words?", "at": {"lat": 91, "lon": 0}})
    filled.add([record, other, document(ANN, 2, {"title": 1}), document(ANN, 3, {"title": "…"})])
    one, two = filled.numbers(record, other)
    assert db.execute("SELECT rowid, words FROM text_1 ORDER BY rowid").fetchall() == [
        (one, "strasse 7 süss b"),
        (two, "no words"),
    ]
    found = db.execute("SELECT field, value, number FROM item_1 ORDER BY field, value").fetchall()
    assert found == [(0, "b", one), (0, "süß", one), (1, cell_of(52.5, 13.4), one)]
    filled.add([], removed=[record])
    assert db.execute("SELECT rowid FROM text_1").fetchall() == [(two,)]
    assert db.execute("SELECT count(*) FROM item_1").fetchone() == (0,)
    db.execute("INSERT INTO text_1 (text_1) VALUES ('integrity-check')")


def test_a_process_that_does_not_know_the_collection_takes_words_out_too(db: sqlite3.Connection) -> None:
    record = document(ANN, 0, {"title": "gone", "tags": ["gone"], "at": {"lat": 1, "lon": 1}})
    Filled(db, [PLACES]).add([record])
    save(db, Catalog(), [], [record.id])
    for table in ("text_1", "item_1", "doc_1"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM text_1 WHERE text_1 MATCH 'gone'").fetchone() == (0,)


@pytest.mark.real_time
async def test_no_byte_of_the_words_of_what_was_purged_stays_in_the_file(path: Path) -> None:
    records = [
        document(ANN, stamp, {"title": f"Xylophonist {word} ß", "tags": [word]})
        for stamp, word in enumerate(("quetzalcoatl", "kept"))
    ]
    async with opened(path) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.add(records)
        await store.purge([records[0].id])
        held = b"".join(each.read_bytes() for each in path.parent.iterdir())
        assert b"quetzalcoatl" not in held
        assert b"kept" in held
        rows = await store.sql("SELECT title FROM places")
        assert rows.cells == (("Xylophonist kept ß",),)


def test_words_that_are_cut_by_another_rule_are_cut_anew(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    filled.add([document(ANN, 0, {"title": "word"})])
    db.execute("DELETE FROM text_1")
    db.execute("UPDATE collection SET digest = zeroblob(3)")
    filled.catalog.forget()
    building.define(db, filled.catalog, [PLACES], SPAN_SECONDS)
    while building.build(db, filled.catalog):
        pass
    assert db.execute("SELECT words FROM text_1").fetchall() == [("word",)]


def test_a_state_changes_no_words(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    record = document(ANN, 0, {"title": "word"})
    filled.add([record])
    for is_set in (True, False):
        writer = filled.writer()
        writer.mark(filled.numbers(record), State.HIDDEN, is_set=is_set)
        writer.finish()
    assert db.execute("SELECT count(*) FROM text_1 WHERE text_1 MATCH 'word'").fetchone() == (1,)
