"""Sample documents are what their names say."""

from peerset.documents.commit import read_commit
from peerset.documents.document import State, row_of
from peerset.testing.sample_documents import ANN, PLACES, commit, deletion, document, sample_places


def test_sample_places_fit_and_some_are_registers() -> None:
    rows = [row_of(PLACES, record) for record in sample_places()]
    assert all(row is not None and not row.state for row in rows)
    assert len({row.key for row in rows if row is not None}) > 5


def test_a_document_says_what_it_was_given() -> None:
    before = document(ANN, 1, {"title": "a"})
    row = row_of(PLACES, document(ANN, 2, None, key="k", follows=[before], batch="0a" * 16, expires_at=5))
    assert row is not None
    assert (row.key, row.state, row.parents, row.batch, row.expires_at) == ("k", State.VOID, (before.id,), "0a" * 16, 5)


def test_commits_and_deletions_name_what_they_were_given() -> None:
    record = document(ANN, 1, {"title": "a"})
    said = read_commit(commit(ANN, "0a" * 16, [record.id]))
    assert said is not None
    assert said.ids == {record.id}
    assert deletion(ANN, record).tag_values("e") == [record.id.hex()]
