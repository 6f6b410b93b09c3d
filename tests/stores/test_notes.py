"""Notes in a store's file."""

import sqlite3
from contextlib import closing

from peerset.stores.notes import notes_of, write_note


def test_a_note_is_written_in_place_of_the_last_one_and_removed() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("CREATE TABLE note (kind TEXT, key BLOB, text TEXT)")
        assert [write_note(db, "mute", b"a", text) for text in ("one", "two")] == [True, True]
        write_note(db, "other", b"a", "three")
        assert notes_of(db, "mute") == {b"a": "two"}
        write_note(db, "mute", b"a", None)
        assert (notes_of(db, "mute"), notes_of(db, "other")) == ({}, {b"a": "three"})
