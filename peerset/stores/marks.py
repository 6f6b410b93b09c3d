"""Which deletions name what, for stores that keep their records in memory.

Whoever deletes what nobody has leaves sixty marks a record. So each is twenty bytes here, and no object of its own.
"""

from collections import Counter

from peerset.core.deletion import Name, names_deleted
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.stores.shards import Shards


class Marks:
    """The ids of deletions by what they name, and their author."""

    def __init__(self) -> None:
        self._marks = Shards()
        """The numbers of deletions, by name and author."""
        self._deletions: dict[int, RecordId] = {}
        self._numbers: dict[RecordId, int] = {}
        self._last_number = 0
        self._authors: Counter[PublicKey] = Counter()

    def __len__(self) -> int:
        return len(self._marks)

    def add(self, record: Record) -> None:
        """Take in *record*, if it is a deletion that is not here."""
        names = () if record.id in self._numbers else names_deleted(record)
        if not names:
            return
        self._last_number += 1
        self._deletions[self._last_number], self._numbers[record.id] = record.id, self._last_number
        self._authors[record.author] += 1
        for name in names:
            self._marks.add(name + record.author, self._last_number)

    def remove(self, record: Record) -> None:
        """Let go of *record*."""
        number = self._numbers.pop(record.id, None)
        if number is None:
            return
        del self._deletions[number]
        self._authors -= Counter((record.author,))
        for name in names_deleted(record):
            self._marks.remove(name + record.author, number)

    def of(self, name: Name, author: PublicKey) -> list[RecordId]:
        """Give the deletions of *author* that name *name*."""
        numbers = self._marks.of(name + author) if author in self._authors else ()
        return [self._deletions[number] for number in numbers]

    def authors(self) -> set[PublicKey]:
        """Give the authors of all."""
        return set(self._authors)
