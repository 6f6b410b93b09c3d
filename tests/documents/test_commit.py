"""Commits of atomic batches."""

import json
from typing import Final

import pytest

from peerset.core.limits import BATCH_DOCUMENTS_MAX
from peerset.core.record import KIND_COMMIT, Record, RecordId, sign_record
from peerset.documents.commit import Commit, commit_content, read_commit
from peerset.testing.sample_documents import ANN, NOON, commit

NONCE: Final = "0a" * 16
IDS: Final = [RecordId(bytes([number]) * 32) for number in range(3)]


def record(content: str, *, nonce: str = NONCE, kind: int = KIND_COMMIT) -> Record:
    return sign_record(ANN, created_at=NOON, kind=kind, tags=[("batch", nonce)], content=content)


def test_a_commit_is_read_as_it_was_written() -> None:
    assert read_commit(commit(ANN, NONCE, IDS)) == Commit(NONCE, frozenset(IDS))
    assert json.loads(commit_content(IDS)) == [each.hex() for each in IDS]


def test_a_batch_has_a_limit() -> None:
    ids = [RecordId(number.to_bytes(32, "big")) for number in range(BATCH_DOCUMENTS_MAX + 1)]
    assert read_commit(commit(ANN, NONCE, ids[1:])) is not None
    assert read_commit(commit(ANN, NONCE, ids)) is None


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "[1]", "null", '["ab"]', f'["{"AB" * 32}"]', f'["{"ab" * 32}", 1]']
)
def test_content_that_is_no_list_of_ids_commits_nothing(content: str) -> None:
    assert read_commit(record(content)) is None


@pytest.mark.parametrize("nonce", ["", "0a", "0A" * 16, "0a" * 17])
def test_a_nonce_is_16_bytes_in_hex(nonce: str) -> None:
    assert read_commit(record(commit_content(IDS), nonce=nonce)) is None


def test_other_kinds_and_records_without_a_nonce_commit_nothing() -> None:
    assert read_commit(record(commit_content(IDS), kind=1)) is None
    bare = sign_record(ANN, created_at=NOON, kind=KIND_COMMIT, tags=[], content=commit_content(IDS))
    assert read_commit(bare) is None
