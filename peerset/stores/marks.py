"""Which deletions name what, for stores that keep their records in memory.

Whoever deletes what nobody has leaves sixty marks a record. So each is twenty bytes here, and no object of its own.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from typing import Final

from peerset.core.deletion import Name, names_deleted
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_DELETION, Record, RecordId

KEY_BYTES: Final = 16
NUMBER_BYTES: Final = 4
MARK_BYTES: Final = KEY_BYTES + NUMBER_BYTES
SHARDS: Final = 1_024
"""Each is searched from its beginning to its end."""


class Marks:
    """The ids of deletions by what they name, and their author."""

    def __init__(self) -> None:
        self._shards: dict[int, bytearray] = {}
        """Marks one behind the other: the key of a name and an author, and the number of a deletion."""
        self._deletions: dict[int, RecordId] = {}
        self._numbers: dict[RecordId, int] = {}
        self._last_number = 0
        self._authors: Counter[PublicKey] = Counter()
        self._secret = random.SystemRandom().randbytes(KEY_BYTES)
        """So that nobody else can say in which shard a mark comes to be."""

    def __len__(self) -> int:
        return sum(map(len, self._shards.values())) // MARK_BYTES

    def add(self, record: Record) -> None:
        """Take in *record*, if it is a deletion that is not here."""
        names = () if record.id in self._numbers else names_deleted(record)
        if not names:
            return
        self._last_number += 1
        self._deletions[self._last_number], self._numbers[record.id] = record.id, self._last_number
        self._authors[record.author] += 1
        number = self._last_number.to_bytes(NUMBER_BYTES, "big")
        for name in names:
            key = self._key(name, record.author)
            self._shards.setdefault(_place(key), bytearray()).extend(key + number)

    def remove(self, record: Record) -> None:
        """Let go of *record*."""
        number = self._numbers.pop(record.id, None) if record.kind == KIND_DELETION else None
        if number is None:
            return
        del self._deletions[number]
        self._authors -= Counter((record.author,))
        for name in names_deleted(record):
            key = self._key(name, record.author)
            shard = self._shards[_place(key)]
            at = next(at for at in _found(shard, key) if _number(shard, at) == number)
            shard[at : at + MARK_BYTES] = shard[-MARK_BYTES:]
            del shard[-MARK_BYTES:]
            if not shard:
                del self._shards[_place(key)]

    def of(self, name: Name, author: PublicKey) -> list[RecordId]:
        """Give the deletions of *author* that name *name*."""
        if author not in self._authors:
            return []
        key = self._key(name, author)
        shard = self._shards.get(_place(key), bytearray())
        return [self._deletions[_number(shard, at)] for at in _found(shard, key)]

    def authors(self) -> set[PublicKey]:
        """Give the authors of all."""
        return set(self._authors)

    def _key(self, name: Name, author: PublicKey) -> bytes:
        return hashlib.blake2b(name + author, digest_size=KEY_BYTES, key=self._secret).digest()


def _place(key: bytes) -> int:
    return int.from_bytes(key[:NUMBER_BYTES], "big") % SHARDS


def _found(shard: bytearray, key: bytes) -> Iterator[int]:
    """Give where the marks of *key* begin."""
    at = shard.find(key)
    while at >= 0:
        if at % MARK_BYTES == 0:
            yield at
        at = shard.find(key, at + 1)


def _number(shard: bytearray, at: int) -> int:
    return int.from_bytes(shard[at + KEY_BYTES : at + MARK_BYTES], "big")
