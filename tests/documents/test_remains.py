"""What is left of purged documents."""

from peerset.core.record import shell_of
from peerset.documents.document import State
from peerset.documents.remains import Remains, remains_of
from peerset.testing.sample_documents import ANN, PLACES, WIKI, commit, deletion, document


def test_a_version_leaves_its_register_and_its_links_and_nothing_that_it_says() -> None:
    before = document(ANN, 1, {"title": "a"}, key="k")
    record = document(ANN, 2, {"title": "secret"}, key="k", follows=[before], batch="0c" * 16, expires_at=5)
    remains = remains_of(record)
    assert remains is not None
    assert "secret" not in repr(remains)
    row = remains.row(PLACES, record.author)
    assert (row.collection, row.key, row.parents, row.batch) == ("places", "k", (before.id,), "0c" * 16)
    assert (row.value, row.state, row.expires_at) == (None, State(0), None)
    assert row.author == record.author


def test_what_is_no_version_of_anything_is_a_misfit_still() -> None:
    keyless = remains_of(document(ANN, 1, {"title": "a"}, key=""))
    tombstone = remains_of(document(ANN, 1, None, key="k", collection=WIKI))
    assert keyless is not None
    assert tombstone is not None
    assert (keyless.key, keyless.state) == (None, State.MISFIT)
    assert (tombstone.name, tombstone.state) == ("wiki", State.VOID)


def test_what_is_no_document_leaves_nothing() -> None:
    record = document(ANN, 1, {"title": "a"})
    shell = shell_of(record.id, record.author, record.created_at, record.kind)
    assert [remains_of(each) for each in (shell, commit(ANN, "0c" * 16, []), deletion(ANN, record))] == [None] * 3
    assert isinstance(remains_of(record), Remains)
