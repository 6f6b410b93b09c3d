r"""Sealed backups: the container, a piece at a time, under a key that Argon2id makes of a passphrase.

``peerset sealed backup 1\n`` | salt (16 bytes) | header (24) | pieces of 65,536 bytes, the last one shorter, each 17
bytes longer than what is in it. The pieces are libsodium's secretstream (XChaCha20-Poly1305): none can be changed, left
out, moved or added, and the last one says that it is the last.
"""

import random
from collections.abc import Callable
from typing import BinaryIO, Final

import nacl.bindings as sodium
import nacl.exceptions

from peerset.backup.container import Sink
from peerset.core.seal import stretch
from peerset.errors import ArchiveError, ConfigError

MAGIC: Final = b"peerset sealed backup 1\n"
FAMILY: Final = b"peerset sealed backup "
"""How sealed backups of any version begin."""
PIECE_BYTES: Final = 65_536
SALT_BYTES: Final = 16

_HEADER_BYTES: Final = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_MORE_BYTES: Final = sodium.crypto_secretstream_xchacha20poly1305_ABYTES
_MESSAGE: Final = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST: Final = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL

Ask = Callable[[], str]
"""Asked for the passphrase, only when one is needed."""


class Sealer:
    """Writes into *sink* what was sealed; at the end `end` is to be called."""

    def __init__(self, sink: Sink, passphrase: str, *, rng: random.Random) -> None:
        salt = rng.randbytes(SALT_BYTES)
        self._sink = sink
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        header = sodium.crypto_secretstream_xchacha20poly1305_init_push(self._state, _key(passphrase, salt))
        self._sink.write(MAGIC + salt + header)
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._waiting += data
        # A piece is written once it is known not to be the last.
        while len(self._waiting) > PIECE_BYTES:
            self._push(PIECE_BYTES, _MESSAGE)

    def end(self) -> None:
        """Write the last piece."""
        self._push(PIECE_BYTES, _LAST)

    def _push(self, size: int, tag: int) -> None:
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._sink.write(sodium.crypto_secretstream_xchacha20poly1305_push(self._state, piece, tag=tag))


class Opener:
    """Reads what is sealed in *file*, from its beginning.

    Raises:
        ConfigError: the passphrase is empty or too long.
        ArchiveError: the file is too short.

    """

    def __init__(self, file: BinaryIO, ask: Ask) -> None:
        head = file.read(len(MAGIC) + SALT_BYTES + _HEADER_BYTES)
        salt, header = head[len(MAGIC) : -_HEADER_BYTES], head[-_HEADER_BYTES:]
        if len(salt) != SALT_BYTES:
            raise ArchiveError("it ends before its end: it was cut off, or its writing was")
        self._file = file
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        sodium.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, _key(ask(), salt))
        self._open = bytearray()
        self._is_first = True
        self._is_over = False

    def read(self, size: int) -> bytes:
        """Give the next bytes: so many, or fewer where it ends.

        Raises:
            ConfigError: nothing can be opened by this passphrase.
            ArchiveError: a piece was changed, or the last one is missing.

        """
        while len(self._open) < size and not self._is_over:
            self._pull()
        data = bytes(self._open[:size])
        del self._open[:size]
        return data

    def _pull(self) -> None:
        at = self._file.tell()
        piece = self._file.read(PIECE_BYTES + _MORE_BYTES)
        if len(piece) < _MORE_BYTES:
            raise ArchiveError("it ends before its end: it was cut off, or its writing was")
        try:
            data, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(self._state, piece)
        except nacl.exceptions.RuntimeError:
            if self._is_first:
                raise ConfigError(
                    "the passphrase is another one, or the backup was changed or cut off near its beginning"
                ) from None
            raise ArchiveError(f"it was changed or cut off between its bytes {at:,} and {at + len(piece):,}") from None
        self._is_first = False
        self._open += data
        if tag == _LAST:
            self._is_over = True
            if self._file.read(1):
                raise ArchiveError("something follows after its end")


def _key(passphrase: str, salt: bytes) -> bytes:
    return stretch(passphrase, salt, what="the passphrase of the backup")
