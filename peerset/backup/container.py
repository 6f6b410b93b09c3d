"""The container of a backup: a tar archive (POSIX.1-1988 ustar) that can be written in one way only.

Any tar reads it. We read what we would have written and nothing else: plain files, each with a header that its name and
size alone define, and zeros where zeros belong. So no bit of it changes unseen, and no link, device or path out of the
folder has a form here. Larger files than ustar's digits can say are written as GNU tar writes their size, base 256.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from peerset.errors import ArchiveError, ConfigError

BLOCK_BYTES: Final = 512
CHUNK_BYTES: Final = 1 << 18
"""So much of a file is in memory at a time."""
NAME_BYTES_MAX: Final = 100
PREFIX_BYTES_MAX: Final = 155
END: Final = bytes(2 * BLOCK_BYTES)

_HEADER: Final = struct.Struct("100s8s8s8s12s12s8s1s100s6s2s32s32s8s8s155s12x")
_ZERO: Final = b"0000000\0"
_OCTAL_MAX: Final = 8**11 - 1
_DRIVE_AND_BACK: Final = frozenset('\\:*?"<>|')
"""What means something else in a path of Windows."""


class Sink(Protocol):
    """Takes the bytes of a container."""

    def write(self, data: bytes, /) -> object:
        """Take the next ones."""


class Source(Protocol):
    """Gives the bytes of a container."""

    def read(self, size: int, /) -> bytes:
        """Give the next ones: so many, or fewer where it ends."""


def check_name(name: str) -> None:
    """Check that *name* is a path within a folder, on any system.

    Raises:
        ConfigError: it is none, or longer than a container can say.

    """
    parts = name.split("/")
    if not name.isprintable() or _DRIVE_AND_BACK & set(name):
        raise ConfigError(f"{name!r} is no name that every system has for a file")
    if any(part in ("", ".", "..") or part != part.rstrip(" .") for part in parts):
        raise ConfigError(f"{name!r} is no path within a folder")
    _split(name)


def pack_header(name: str, size: int) -> bytes:
    """Write the header of the file *name* of so many bytes.

    Raises:
        ConfigError: the name is none, or too long.

    """
    check_name(name)
    prefix, last = _split(name)
    digits = b"%011o\0" % size if size <= _OCTAL_MAX else b"\x80" + size.to_bytes(11, "big")
    fields = [last, b"0000600\0", _ZERO, _ZERO, digits, b"%011o\0" % 0, b" " * 8, b"0", b"", b"ustar\0", b"00"]
    block = _HEADER.pack(*fields, b"", b"", _ZERO, _ZERO, prefix)
    fields[6] = b"%06o\0 " % sum(block)
    return _HEADER.pack(*fields, b"", b"", _ZERO, _ZERO, prefix)


def read_header(block: bytes) -> tuple[str, int]:
    """Give the name and the size that a header says.

    Raises:
        ArchiveError: it is none that `pack_header` writes.

    """
    try:
        fields = _HEADER.unpack(block)
        name = b"/".join(part.rstrip(b"\0") for part in (fields[15], fields[0]) if part.rstrip(b"\0")).decode()
        digits = fields[4]
        size = int.from_bytes(digits[1:], "big") if digits[0] & 0x80 else int(digits.rstrip(b"\0"), 8)
        is_ours = pack_header(name, size) == block
    except (struct.error, ValueError, ConfigError):
        is_ours = False
    if not is_ours:
        raise ArchiveError("what should be the head of its next file is none")
    return name, size


class Packer:
    """Writes files into *sink*, one after the other."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def add(self, name: str, size: int, chunks: Iterable[bytes]) -> bytes:
        """Add the file *name* of so many bytes, which *chunks* are; give its SHA-256.

        A file that became shorter meanwhile is filled up with zeros, and what is more is left out.

        Raises:
            ConfigError: the name is none, or too long.

        """
        self._sink.write(pack_header(name, size))
        seen, left = hashlib.sha256(), size
        for chunk in chunks:
            part = chunk[:left]
            self._put(part, seen)
            left -= len(part)
            if not left:
                break
        while left:
            part = bytes(min(left, CHUNK_BYTES))
            self._put(part, seen)
            left -= len(part)
        self._sink.write(bytes(-size % BLOCK_BYTES))
        return seen.digest()

    def end(self) -> None:
        """Write the end."""
        self._sink.write(END)

    def _put(self, part: bytes, seen: "hashlib._Hash") -> None:
        self._sink.write(part)
        seen.update(part)


class Unpacker:
    """Reads the files of *source*, one after the other."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = self._padding = 0

    def files(self) -> Iterator[tuple[str, int]]:
        """Give the name and the size of each file; its bytes, by `chunks`, are to be read before the next is asked for.

        Raises:
            ArchiveError: what comes is no container as we write it, or ends early, or goes on.

        """
        while (block := self._exactly(BLOCK_BYTES)) != bytes(BLOCK_BYTES):
            name, self._left = read_header(block)
            self._padding = -self._left % BLOCK_BYTES
            yield name, self._left
            for _ in self.chunks():
                pass
        if self._exactly(BLOCK_BYTES) != bytes(BLOCK_BYTES) or self._source.read(1):
            raise ArchiveError("something follows after its end")

    def chunks(self) -> Iterator[bytes]:
        """Give what is left of the file that was given last.

        Raises:
            ArchiveError: it ends early, or its padding was changed.

        """
        while self._left:
            chunk = self._exactly(min(self._left, CHUNK_BYTES))
            self._left -= len(chunk)
            yield chunk
        if self._padding and any(self._exactly(self._padding)):
            raise ArchiveError("something stands between two of its files")
        self._padding = 0

    def _exactly(self, size: int) -> bytes:
        data = self._source.read(size)
        if len(data) != size:
            raise ArchiveError("it ends before its end: it was cut off, or its writing was")
        return data


def _split(name: str) -> tuple[bytes, bytes]:
    """Take *name* apart as a header has it, at the last slash at which the end fits."""
    data = name.encode()
    if len(data) <= NAME_BYTES_MAX:
        return b"", data
    cut = data.find(b"/", len(data) - NAME_BYTES_MAX - 1)
    if not 0 < cut <= PREFIX_BYTES_MAX:
        raise ConfigError(f"{name!r} is too long a path for a backup")
    return data[:cut], data[cut + 1 :]
