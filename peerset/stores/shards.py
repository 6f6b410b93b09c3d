"""Numbers by keys that others choose, twenty bytes each: what a flood of them leaves shall be no object of its own."""

import hashlib
import random
from collections.abc import Iterator
from typing import Final

KEY_BYTES: Final = 16
NUMBER_BYTES: Final = 4
ENTRY_BYTES: Final = KEY_BYTES + NUMBER_BYTES
SHARDS: Final = 1_024
"""Each is searched from its beginning to its end."""


class Shards:
    """Any number of numbers for each key; whoever adds one twice has it twice."""

    def __init__(self) -> None:
        self._shards: dict[int, bytearray] = {}
        """Entries one behind the other: the digest of a key, and a number."""
        self._secret = random.SystemRandom().randbytes(KEY_BYTES)
        """So that nobody else can say in which shard an entry comes to be."""

    def __len__(self) -> int:
        return sum(map(len, self._shards.values())) // ENTRY_BYTES

    def add(self, key: bytes, number: int) -> None:
        """Add *number* to those of *key*."""
        digest = self._digest(key)
        place = _place(digest)
        shard = self._shards.get(place)
        if shard is None:
            shard = self._shards[place] = bytearray()
        shard += digest + number.to_bytes(NUMBER_BYTES, "big")

    def remove(self, key: bytes, number: int) -> None:
        """Take *number*, which is there, from those of *key*."""
        digest = self._digest(key)
        shard = self._shards[_place(digest)]
        at = next(at for at in _found(shard, digest) if _number(shard, at) == number)
        shard[at : at + ENTRY_BYTES] = shard[-ENTRY_BYTES:]
        del shard[-ENTRY_BYTES:]
        if not shard:
            del self._shards[_place(digest)]

    def of(self, key: bytes) -> list[int]:
        """Give the numbers of *key*."""
        digest = self._digest(key)
        shard = self._shards.get(_place(digest), bytearray())
        return [_number(shard, at) for at in _found(shard, digest)]

    def _digest(self, key: bytes) -> bytes:
        return hashlib.blake2b(self._secret + key, digest_size=KEY_BYTES).digest()


def _place(digest: bytes) -> int:
    return (digest[0] << 8 | digest[1]) % SHARDS


def _found(shard: bytearray, digest: bytes) -> Iterator[int]:
    """Give where the entries of *digest* begin."""
    at = shard.find(digest)
    while at >= 0:
        if at % ENTRY_BYTES == 0:
            yield at
        at = shard.find(digest, at + 1)


def _number(shard: bytearray, at: int) -> int:
    return int.from_bytes(shard[at + KEY_BYTES : at + ENTRY_BYTES], "big")
