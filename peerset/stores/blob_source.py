"""What is to become a blob, cut into pieces as it comes."""

from collections.abc import AsyncGenerator, AsyncIterable

from peerset.core.limits import BLOB_BYTES_MAX, BLOB_PIECE_BYTES
from peerset.errors import BlobError


async def pieces_from(source: AsyncIterable[bytes], *, size_max: int) -> AsyncGenerator[bytes, None]:
    """Cut what comes, in parts of any length, into pieces; the last may be shorter.

    Raises:
        BlobError: it is longer than *size_max* bytes, or than any blob.

    """
    most, taken = min(size_max, BLOB_BYTES_MAX), 0
    waiting = bytearray()
    async for part in source:
        taken += len(part)
        if taken > most:
            raise BlobError(f"a file of more than {most} bytes; that is the limit")
        waiting += part
        while len(waiting) >= BLOB_PIECE_BYTES:
            yield bytes(waiting[:BLOB_PIECE_BYTES])
            del waiting[:BLOB_PIECE_BYTES]
    if waiting:
        yield bytes(waiting)
