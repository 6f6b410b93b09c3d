"""Blobs in memory keep the port's promises."""

from peerset.stores.blob_memory import MemoryBlobs
from tests.stores.blobs import check_blobs


async def test_it_does_what_every_place_of_blobs_does() -> None:
    await check_blobs(MemoryBlobs())
