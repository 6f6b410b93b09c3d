"""Which parts of batches are complete; more in `check_documents`."""

import sqlite3

from peerset.stores.indexed.batches import complete_ids, is_empty, parts_of
from peerset.testing.sample_documents import ANN, PLACES, commit, deletion, document
from tests.stores.indexed.filled import Filled

NONCE = "0f" * 16
BATCH = (ANN.public_key, NONCE)


def test_a_batch_is_complete_once_everything_that_it_lists_is_here_or_deleted(db: sqlite3.Connection) -> None:
    one, two, three = (document(ANN, number, {"title": "x"}, batch=NONCE) for number in range(3))
    listed = commit(ANN, NONCE, [one.id, two.id, three.id])
    filled = Filled(db, [PLACES])
    assert is_empty(db)
    filled.add([one, listed])
    assert (is_empty(db), complete_ids(db, BATCH)) == (False, set())
    filled.add([two])
    filled.add([deletion(ANN, three)])
    assert complete_ids(db, BATCH) == {one.id, two.id, three.id}
    assert [record_id for _, record_id in parts_of(db, BATCH)] == [one.id, two.id]
    filled.add([], [one])
    assert complete_ids(db, BATCH) == set()
    filled.add([], [listed, two])
    assert is_empty(db)
    assert parts_of(db, BATCH) == []
