"""A file that is read as it comes: at any place, and no more of it than is asked for."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.core.typed import shown
from peerset.drive.entry import Entry
from peerset.drive.library import Library
from peerset.drive.sealing import Opener
from peerset.errors import BlobError, ConfigError

NO_LIBRARY = "files of more than 24 KiB need join(files=peerset.Limits(...)) here"


class FileReader:
    """One version of a file, open for reading. Made by `Files.open`; it needs no closing."""

    def __init__(self, entry: Entry, library: Library | None) -> None:
        self.entry = entry
        self._library = library
        self._at = 0

    @property
    def size(self) -> int:
        """How long the file is, in bytes."""
        return self.entry.size

    def tell(self) -> int:
        """Give where the next `read` begins."""
        return self._at

    def seek(self, offset: int) -> int:
        """Let the next `read` begin there, in bytes from the beginning.

        Raises:
            ConfigError: it is no such number.

        """
        if type(offset) is not int or offset < 0:
            raise ConfigError(f"an offset is a whole number from 0, not {shown(offset)}")
        self._at = offset
        return offset

    async def read(self, size: int = -1) -> bytes:
        """Give the next *size* bytes, or with -1 all that are left; fewer at the end.

        Raises:
            BlobError: nobody here gives them.
            StoreError: they cannot be read or kept.

        """
        end = self.size if size < 0 else min(self._at + size, self.size)
        async with aclosing(self.stream(self._at, end)) as parts:
            data = b"".join([part async for part in parts])
        self._at += len(data)
        return data

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Give what is left, in parts."""
        start, self._at = self._at, self.size
        async with aclosing(self.stream(start, self.size)) as parts:
            async for part in parts:
                yield part

    async def stream(self, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Give the bytes from *start* up to *end*, in parts; of a sealed file read whole, the last when all are right.

        Raises:
            BlobError: nobody here gives them, or they are not what their writer said.
            StoreError: they cannot be read or kept.

        """
        if start >= end:
            return
        if self.entry.data is not None:
            yield self.entry.data[start:end]
            return
        name, library = self.entry.blob, self._library
        if name is None or library is None:
            raise BlobError(f"{self.entry.path!r} cannot be read: {NO_LIBRARY}")
        first, last = start // BLOB_PIECE_BYTES, (end - 1) // BLOB_PIECE_BYTES
        opener = None if self.entry.seal is None else Opener(self.entry.seal, self.size)
        async with aclosing(library.read(name, range(first, last + 1))) as pieces:
            at = first * BLOB_PIECE_BYTES
            async for data in pieces:
                said = data if opener is None else opener.open(at, data)
                if opener is not None and opener.is_amiss:
                    raise BlobError(f"{self.entry.path!r} is not what its writer said: its bytes have another root")
                yield said[max(start - at, 0) : end - at]
                at += len(data)
