"""Chance for tests, drawn alike in every language: the twin of web/test/seeded.ts."""

import hashlib
import random
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


class SeededRandom(random.Random):
    """Chance out of a seed: block i of its bytes is SHA-256(seed as UTF-8 | i as 4 bytes, big-endian).

    Machines may only use what is drawn here from those bytes; anything else would differ between languages, and
    raises.
    """

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self._seed = seed.encode()
        self._left = b""
        self._blocks = 0

    def randbytes(self, n: int) -> bytes:
        """Take the next *n* bytes."""
        while len(self._left) < n:
            self._left += hashlib.sha256(self._seed + self._blocks.to_bytes(4, "big")).digest()
            self._blocks += 1
        taken, self._left = self._left[:n], self._left[n:]
        return taken

    def getrandbits(self, k: int) -> int:
        """Take 4 bytes as a big-endian number; *k* must be 32."""
        if k != 32:
            raise ValueError(f"whole numbers have 32 bits here, not {k}")
        return int.from_bytes(self.randbytes(4), "big")

    def uniform(self, a: float, b: float) -> float:
        """Draw a number from *a* up to *b*, in steps of 2^-32 of the distance."""
        return a + (b - a) * (self.getrandbits(32) / 2**32)

    def sample(self, population: Sequence[T], k: int, *, counts: Iterable[int] | None = None) -> list[T]:
        """Draw *k* different elements: the first of a shuffle (Fisher and Yates) that stops after them."""
        if counts is not None:
            raise ValueError("counts mean nothing here")
        pool = list(population)
        for at in range(k):
            drawn = at + self.getrandbits(32) % (len(pool) - at)
            pool[at], pool[drawn] = pool[drawn], pool[at]
        return pool[:k]

    def choice(self, seq: Sequence[T]) -> T:  # type: ignore[override]  # sequences are all that machines draw from
        """Draw one element."""
        return seq[self.getrandbits(32) % len(seq)]

    def random(self) -> float:
        """Raise: no machine draws so.

        Raises:
            NotImplementedError: always.

        """
        raise NotImplementedError("machines draw by uniform")
