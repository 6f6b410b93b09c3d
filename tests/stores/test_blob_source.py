"""Streams are cut into pieces, whatever parts they come in."""

from collections.abc import AsyncIterator

import pytest

from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.errors import BlobError
from peerset.stores.blob_source import pieces_from
from tests.stores.blobs import content, stream


@pytest.mark.parametrize("part", [1_000, BLOB_PIECE_BYTES, 3 * BLOB_PIECE_BYTES])
async def test_all_but_the_last_piece_are_whole(part: int) -> None:
    data = content(2 * BLOB_PIECE_BYTES + 7)
    pieces = [piece async for piece in pieces_from(stream(data, part), size_max=len(data))]
    assert [len(piece) for piece in pieces] == [BLOB_PIECE_BYTES, BLOB_PIECE_BYTES, 7]
    assert b"".join(pieces) == data


async def test_what_is_too_long_is_not_read_to_its_end() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1_000)

    with pytest.raises(BlobError, match="5000 bytes"):
        _ = [piece async for piece in pieces_from(endless(), size_max=5_000)]
