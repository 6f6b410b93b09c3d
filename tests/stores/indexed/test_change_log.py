"""The log of changes in a file; more in `check_documents`."""

import sqlite3

from peerset.documents.change import ChangeKind
from peerset.stores.indexed.change_log import changes, end_of_log
from peerset.testing.sample_documents import ANN, PLACES, document
from tests.stores.indexed.filled import Filled, decode


def test_what_is_shown_again_comes_after_what_came_meanwhile(db: sqlite3.Connection) -> None:
    filled = Filled(db, [PLACES])
    old, new, other = (document(ANN, at, {"title": "x"}, key=key) for at, key in ((1, "k"), (2, "k"), (3, "l")))
    filled.add([old, new])
    mark = end_of_log(db)
    filled.add([other])
    filled.add([], [new])
    told = changes(db, mark, decode, limit=9).changes
    assert [(each.kind, each.record.id) for each in told] == [
        (ChangeKind.REMOVED, new.id),
        (ChangeKind.ADDED, other.id),
        (ChangeKind.SHOWN, old.id),
    ]
    assert changes(db, end_of_log(db), decode, limit=9).changes == ()
