"""Which deletions name what, for stores that keep their records in memory.

Whoever deletes what nobody has leaves sixty marks a record: each is here a key and no more, unless several deletions of
one author name the same.
"""

from collections.abc import Iterable

from peerset.core.deletion import Name, names_deleted
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId

NAME_BYTES = 32


class Marks:
    """The ids of deletions by what they name, and their author."""

    def __init__(self) -> None:
        self._deletions: dict[bytes, RecordId | set[RecordId]] = {}
        """By name and author, one behind the other."""

    def __len__(self) -> int:
        return len(self._deletions)

    def add(self, record: Record) -> None:
        """Take in *record*, if it is a deletion."""
        for name in names_deleted(record):
            key = name + record.author
            held = self._deletions.get(key)
            if held is None:
                self._deletions[key] = record.id
            elif isinstance(held, set):
                held.add(record.id)
            elif held != record.id:
                self._deletions[key] = {held, record.id}

    def remove(self, record: Record) -> None:
        """Let go of *record*."""
        for name in names_deleted(record):
            key = name + record.author
            held = self._deletions.get(key)
            if isinstance(held, set):
                held.discard(record.id)
                if len(held) == 1:
                    self._deletions[key] = held.pop()
            elif held == record.id:
                del self._deletions[key]

    def of(self, name: Name, author: PublicKey) -> Iterable[RecordId]:
        """Give the deletions of *author* that name *name*."""
        held = self._deletions.get(name + author, ())
        return (held,) if isinstance(held, bytes) else held

    def authors(self) -> set[PublicKey]:
        """Give the authors of all."""
        return {PublicKey(key[NAME_BYTES:]) for key in self._deletions}
