"""Which documents of atomic batches are complete, for stores that keep their documents in memory.

A commit may list 500 ids that nobody has. So each is kept as its bytes, and by which commits it is listed in twenty
more, and no object of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from peerset.core.deletion import names_deleted
from peerset.core.keys import PublicKey
from peerset.core.record import ID_BYTES, Record, RecordId
from peerset.documents.commit import Commit, read_commit
from peerset.stores.marks import Marks
from peerset.stores.shards import Shards

Batch = tuple[PublicKey, str]
"""An author and a nonce."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """What one commit lists."""

    number: int
    joined: bytes
    """Its ids, one behind the other."""

    def __contains__(self, record_id: RecordId) -> bool:
        at = self.joined.find(record_id)
        while at >= 0 and at % ID_BYTES:
            at = self.joined.find(record_id, at + 1)
        return at >= 0

    def __iter__(self) -> Iterator[RecordId]:
        for at in range(0, len(self.joined), ID_BYTES):
            yield RecordId(self.joined[at : at + ID_BYTES])


class Completeness:
    """Batches, their commits, and what deletions say of their parts."""

    def __init__(self, marks: Marks) -> None:
        self._listings: dict[Batch, dict[RecordId, _Listing]] = {}
        """By the ids of their commits."""
        self._parts: dict[Batch, set[RecordId]] = {}
        self._batches: dict[int, Batch] = {}
        """By the numbers of their commits."""
        self._awaiting = Shards()
        """The numbers of the commits that list a record."""
        self._last_number = 0
        self._marks = marks

    def add_part(self, record: Record, nonce: str) -> None:
        """Take in that *record* is part of a batch."""
        self._parts.setdefault((record.author, nonce), set()).add(record.id)

    def remove_part(self, record: Record, nonce: str) -> None:
        """Let go of a part."""
        parts = self._parts.get((record.author, nonce), set())
        parts.discard(record.id)
        if not parts:
            self._parts.pop((record.author, nonce), None)

    def add(self, record: Record) -> set[RecordId]:
        """Take in what *record* says as a commit or a deletion; give the documents that it may concern."""
        commit = read_commit(record)
        if commit is not None:
            self._list(record, commit)
        self._marks.add(record)
        return self._concerned(record, commit)

    def remove(self, record: Record) -> set[RecordId]:
        """Let go of *record*; give the documents that it may concern."""
        commit = read_commit(record)
        concerned = self._concerned(record, commit)
        if commit is not None:
            self._unlist(record, (record.author, commit.nonce))
        self._marks.remove(record)
        return concerned

    def is_complete(self, record: Record, nonce: str, is_here: Callable[[RecordId], bool]) -> bool:
        """Say whether the batch of *record* is complete, and *record* one of it."""

        def is_there(record_id: RecordId) -> bool:
            return is_here(record_id) or any(self._marks.of(record_id, record.author))

        listings = self._listings.get((record.author, nonce), {}).values()
        return any(record.id in listing and all(map(is_there, listing)) for listing in listings)

    def _list(self, record: Record, commit: Commit) -> None:
        batch = (record.author, commit.nonce)
        listings = self._listings.setdefault(batch, {})
        if record.id in listings:
            return
        self._last_number += 1
        self._batches[self._last_number] = batch
        listings[record.id] = _Listing(self._last_number, b"".join(sorted(commit.ids)))
        for each in commit.ids:
            self._awaiting.add(each, self._last_number)

    def _unlist(self, record: Record, batch: Batch) -> None:
        listings = self._listings.get(batch, {})
        listing = listings.pop(record.id, None)
        if listing is None:
            return
        if not listings:
            del self._listings[batch]
        del self._batches[listing.number]
        for each in listing:
            self._awaiting.remove(each, listing.number)

    def _concerned(self, record: Record, commit: Commit | None) -> set[RecordId]:
        names = [record.id, *names_deleted(record)] if self._batches else []
        batches = {self._batches[number] for name in names for number in self._awaiting.of(name)}
        if commit is not None:
            batches.add((record.author, commit.nonce))
        return {part for batch in batches for part in self._parts.get(batch, ())}
