"""What is here of a blob."""

from peerset.core.blob import BlobName, Root
from peerset.ports.blobs import BlobKeeper, HeldBlob
from peerset.stores.memory import MemoryStore


def test_a_blob_is_whole_when_all_its_pieces_are_here() -> None:
    name = BlobName(Root(bytes(32)), 300_000)
    part = HeldBlob(name, 0b101, 1)
    assert [part.has(piece) for piece in range(3)] == [True, False, True]
    assert not part.is_whole
    assert HeldBlob(name, 0b111, 300_000).is_whole


def test_stores_of_ours_have_a_place_for_blobs() -> None:
    assert isinstance(MemoryStore(), BlobKeeper)
