"""Which documents of atomic batches are complete, for stores that keep their documents in memory."""

from collections.abc import Callable

from peerset.core.deletion import names_deleted
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.documents.commit import Commit, read_commit
from peerset.stores.marks import Marks

Batch = tuple[PublicKey, str]
"""An author and a nonce."""


class Completeness:
    """Batches, their commits, and what deletions say of their parts."""

    def __init__(self, marks: Marks) -> None:
        self._commits: dict[Batch, dict[RecordId, Commit]] = {}
        self._parts: dict[Batch, set[RecordId]] = {}
        self._awaiting: dict[RecordId, set[Batch]] = {}
        """Which batches list a record."""
        self._marks = marks

    def add_part(self, record: Record, nonce: str) -> None:
        """Take in that *record* is part of a batch."""
        self._parts.setdefault((record.author, nonce), set()).add(record.id)

    def remove_part(self, record: Record, nonce: str) -> None:
        """Let go of a part."""
        self._parts.get((record.author, nonce), set()).discard(record.id)

    def add(self, record: Record) -> set[RecordId]:
        """Take in what *record* says as a commit or a deletion; give the documents that it may concern."""
        commit = read_commit(record)
        if commit is not None:
            batch = (record.author, commit.nonce)
            self._commits.setdefault(batch, {})[record.id] = commit
            for each in commit.ids:
                self._awaiting.setdefault(each, set()).add(batch)
        self._marks.add(record)
        return self._concerned(record, commit)

    def remove(self, record: Record) -> set[RecordId]:
        """Let go of *record*; give the documents that it may concern."""
        commit = read_commit(record)
        concerned = self._concerned(record, commit)
        if commit is not None:
            self._commits.get((record.author, commit.nonce), {}).pop(record.id, None)
        self._marks.remove(record)
        return concerned

    def is_complete(self, record: Record, nonce: str, is_here: Callable[[RecordId], bool]) -> bool:
        """Say whether the batch of *record* is complete, and *record* one of it."""

        def is_there(record_id: RecordId) -> bool:
            return is_here(record_id) or any(self._marks.of(record_id, record.author))

        commits = self._commits.get((record.author, nonce), {}).values()
        return any(record.id in commit.ids and all(map(is_there, commit.ids)) for commit in commits)

    def _concerned(self, record: Record, commit: Commit | None) -> set[RecordId]:
        batches = set(self._awaiting.get(record.id, ()))
        for name in names_deleted(record) if self._awaiting else ():
            batches |= self._awaiting.get(RecordId(name), set())
        if commit is not None:
            batches.add((record.author, commit.nonce))
        return {part for batch in batches for part in self._parts.get(batch, ())}
