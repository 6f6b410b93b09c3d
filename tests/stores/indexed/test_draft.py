"""The registers of documents on their way into the file."""

import sqlite3

from peerset.stores.indexed.draft import slot_of
from peerset.stores.indexed.tables import create_table
from peerset.testing.sample_documents import ANN, PLACES, WIKI


def test_a_shared_register_is_of_no_author(db: sqlite3.Connection) -> None:
    own, shared = (create_table(db, each, span_seconds=60, target=0) for each in (PLACES, WIKI))
    assert slot_of(own, "k", ANN.public_key).author == ANN.public_key
    assert slot_of(shared, "k", ANN.public_key).author == b""
