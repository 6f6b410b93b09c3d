"""Collections that are defined when records are here already; more in `check_documents`."""

import sqlite3
from pathlib import Path

import pytest

from peerset.documents.definition import Older, define
from peerset.documents.plan import plan
from peerset.errors import StoreError
from peerset.stores.indexed import building
from peerset.stores.indexed.building import BUILT_AT_ONCE
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_documents import build
from peerset.testing.sample_documents import ANN, NOON, PLACES, SPAN_SECONDS, WIKI, document
from tests.stores.indexed.filled import Filled


def test_it_builds_by_steps_and_goes_on_after_a_restart(db: sqlite3.Connection) -> None:
    filled = Filled(db, [])
    filled.add(document(ANN, number, {"title": "x"}) for number in range(BUILT_AT_ONCE + 5))
    building.define(db, filled.catalog, [PLACES, WIKI], SPAN_SECONDS)
    assert filled.find(plan(PLACES, now=NOON)) == []
    assert building.build(db, filled.catalog) == 5
    again = Filled(db, [PLACES, WIKI])
    assert building.build(db, again.catalog) == 0
    assert db.execute("SELECT count(*) FROM doc_1").fetchone() == (BUILT_AT_ONCE + 5,)


def test_only_what_is_defined_otherwise_is_built_anew(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES, WIKI])
    building.define(db, filled.catalog, [PLACES], SPAN_SECONDS)
    assert [table.number for table in filled.catalog.tables.values()] == [1, 2]
    building.define(db, filled.catalog, [PLACES], SPAN_SECONDS * 2)
    building.define(db, filled.catalog, [define("wiki")], SPAN_SECONDS)
    filled.catalog.refresh(db)
    assert [table.number for table in filled.catalog.tables.values()] == [3, 4]
    building.drop(db, filled.catalog, ["wiki"])
    filled.catalog.refresh(db)
    assert [*filled.catalog.tables] == ["places"]


def test_defining_again_what_is_there_writes_nothing(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    before = db.total_changes
    building.define(db, filled.catalog, [PLACES], SPAN_SECONDS)
    assert db.total_changes == before


def test_of_a_file_that_may_only_be_read_what_it_has_is_known(db: sqlite3.Connection) -> None:
    Filled(db, [PLACES]).add([document(ANN, 1, {"title": "x"})])
    catalog = Catalog()
    for lacking in (WIKI, define("places"), define("other", None, also=[Older("places")])):
        with pytest.raises(StoreError, match=f"'{lacking.name}' is not indexed as it is declared here"):
            building.recognise(db, catalog, [lacking])
    building.recognise(db, catalog, [PLACES])
    catalog.refresh(db)
    assert catalog.find("places")[0] == PLACES
    db.execute("UPDATE collection SET target = built + 1")
    with pytest.raises(StoreError, match="open it once where it may be written"):
        building.recognise(db, Catalog(), [PLACES])


@pytest.mark.real_time
async def test_what_is_purged_before_it_was_read_is_counted_neither_then_nor_later(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "room.db"))
    try:
        records = [document(ANN, number, {"title": "x"}) for number in range(3)]
        await store.add(records)
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.purge([records[0].id])
        assert await store.count(plan(PLACES, now=NOON)) == 0
        await build(store)
        assert await store.count(plan(PLACES, now=NOON)) == 2 == len(await store.find(plan(PLACES, now=NOON)))
    finally:
        await store.aclose()
