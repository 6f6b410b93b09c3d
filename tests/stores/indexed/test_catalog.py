"""What a connection knows of collections."""

import sqlite3

import pytest

from peerset.documents.definition import define
from peerset.errors import ConfigError
from peerset.stores.indexed.catalog import Catalog
from peerset.testing.sample_documents import PLACES, WIKI
from tests.stores.indexed.filled import Filled


def test_it_knows_what_is_defined_here_and_what_the_file_has(db: sqlite3.Connection) -> None:
    Filled(db, [PLACES, WIKI])
    catalog = Catalog({"places": PLACES})
    catalog.refresh(db)
    assert catalog.find("places")[1].name == "places"
    assert catalog.reader("places") == catalog.find("places")
    assert (catalog.reader("wiki"), catalog.reader(None)) == (None, None)
    assert [table.name for table in catalog.unread(["wiki", "places", "x"])] == ["wiki"]
    with pytest.raises(ConfigError, match="knows no collection 'wiki'"):
        catalog.find("wiki")


def test_a_table_for_another_definition_is_not_read(db: sqlite3.Connection) -> None:
    Filled(db, [PLACES])
    catalog = Catalog({"places": define("places")})
    catalog.refresh(db)
    assert catalog.reader("places") is None
