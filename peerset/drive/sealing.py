"""Files of a sealed room: what is sealed as it comes, and opened piece by piece."""

import random
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Final

from peerset.core.blob import BlobDigest
from peerset.core.blob_seal import KEY_BYTES, BlobSeal, cipher_from, padded_size
from peerset.core.limits import BLOB_BYTES_MAX, BLOB_PIECE_BYTES
from peerset.stores.blob_source import pieces_from

_SYSTEM: Final = random.SystemRandom()


class Sealer:
    """Seals one file, under a key that *rng* draws for it."""

    def __init__(self, rng: random.Random = _SYSTEM) -> None:
        self.size = 0
        """How much came so far, in bytes."""
        self._key = rng.randbytes(KEY_BYTES)
        self._digest = BlobDigest()

    async def seal(self, source: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
        """Give what *source* gives, sealed, and behind it what hides how long it was.

        Raises:
            BlobError: it is longer than any blob.

        """
        cipher = cipher_from(self._key, 0)
        async with aclosing(pieces_from(source, size_max=BLOB_BYTES_MAX)) as pieces:
            async for piece in pieces:
                self._digest.add(piece)
                self.size += len(piece)
                yield cipher.update(piece)
        left = padded_size(self.size) - self.size
        for start in range(0, left, BLOB_PIECE_BYTES):
            yield cipher.update(bytes(min(BLOB_PIECE_BYTES, left - start)))

    @property
    def made(self) -> BlobSeal:
        """How it is sealed, once all of it came."""
        return BlobSeal(self._key, self._digest.root)


class Opener:
    """Opens the pieces of a sealed file of *size* bytes, in order, and looks whether they are what its writer said."""

    def __init__(self, seal: BlobSeal, size: int) -> None:
        self._seal = seal
        self._size = size
        self._digest = BlobDigest()
        self._digested = 0

    def open(self, start: int, sealed: bytes) -> bytes:
        """Give what the piece that begins at byte *start* says, without what is behind the end."""
        plain = cipher_from(self._seal.key, start).update(sealed)[: self._size - start]
        if start == self._digested:
            self._digest.add(plain)
            self._digested += len(plain)
        return plain

    @property
    def is_amiss(self) -> bool:
        """All of it was opened, and its writer said that it is something else."""
        return self._digested == self._size and self._digest.root != self._seal.plain
