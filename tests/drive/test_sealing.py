"""What is sealed as it comes is opened piece by piece, and is what it was."""

import random
from collections.abc import AsyncIterator

import pytest

from peerset.core.blob import Root
from peerset.core.blob_seal import BlobSeal, padded_size
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.drive.sealing import Opener, Sealer
from tests.drive.rooms import content


async def source(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 7_001):
        yield data[at : at + 7_001]


async def sealed(data: bytes, sealer: Sealer) -> bytes:
    return b"".join([part async for part in sealer.seal(source(data))])


@pytest.mark.parametrize("size", [1, 24_577, BLOB_PIECE_BYTES, 3 * BLOB_PIECE_BYTES, 5_000_001])
async def test_what_is_sealed_is_opened_and_has_one_of_few_sizes(size: int) -> None:
    data, sealer = content(size), Sealer(random.Random(1))
    found = await sealed(data, sealer)
    assert (sealer.size, len(found)) == (size, padded_size(size))
    assert data[:32] not in found
    opener = Opener(sealer.made, size)
    starts = range(0, size, BLOB_PIECE_BYTES)
    assert b"".join([opener.open(at, found[at : at + BLOB_PIECE_BYTES]) for at in starts]) == data
    assert not opener.is_amiss
    last = Opener(sealer.made, size)
    assert last.open(starts[-1], found[starts[-1] :]) == data[starts[-1] :]
    assert not last.is_amiss


async def test_equal_files_are_sealed_by_keys_of_their_own() -> None:
    one, two = Sealer(), Sealer()
    assert await sealed(b"x" * 50_000, one) != await sealed(b"x" * 50_000, two)
    assert one.made.key != two.made.key
    assert one.made.plain == two.made.plain


async def test_what_is_not_what_its_writer_said_is_amiss_when_all_was_opened() -> None:
    sealer = Sealer()
    found = await sealed(content(200_000), sealer)
    opener = Opener(BlobSeal(sealer.made.key, Root(bytes(32))), 200_000)
    opener.open(0, found[:BLOB_PIECE_BYTES])
    assert not opener.is_amiss
    opener.open(BLOB_PIECE_BYTES, found[BLOB_PIECE_BYTES:])
    assert opener.is_amiss
