"""Blobs go to and fro between those that both know of them."""

from peerset.core.message import FEATURE_BLOBS, BlobAsk, BlobHave, BlobWant
from peerset.protocol.blob_exchange import BlobExchange
from peerset.protocol.effects import FindBlob, KeepPiece, ReadPieces, Send
from peerset.protocol.inputs import BlobFound, BlobUnwanted, BlobWanted, PiecesKept, PiecesRead
from tests.protocol.blobs import ONE, Blob, at

BLOB = Blob(1)


def exchange() -> BlobExchange:
    found = BlobExchange(is_on=True)
    found.join(ONE, FEATURE_BLOBS, at(0))
    return found


def test_a_blob_is_fetched() -> None:
    machine = exchange()
    assert machine.receive(BlobWanted(BLOB.name, [0]), at(0)) == [Send(ONE, BlobAsk(BLOB.root))]
    assert machine.deadline == 1.0
    assert machine.hear(ONE, BlobHave(BLOB.root, b"\x80"), at(0)) == [Send(ONE, BlobWant(BLOB.root, 0, 1))]
    assert [type(each) for each in machine.hear(ONE, BLOB.part(0), at(0))] == [KeepPiece]
    assert machine.receive(PiecesKept(BLOB.root, ((ONE, 0),)), at(0)) == []
    assert machine.tick(at(5)) == []
    assert machine.receive(BlobUnwanted(BLOB.root), at(0)) == []


def test_a_blob_is_given() -> None:
    machine = exchange()
    assert machine.hear(ONE, BlobAsk(BLOB.root), at(0)) == [FindBlob(ONE, BLOB.root)]
    assert machine.receive(BlobFound(ONE, BLOB.root, b"\x80"), at(0)) == [Send(ONE, BlobHave(BLOB.root, b"\x80"))]
    machine.clog(ONE)
    assert machine.hear(ONE, BlobWant(BLOB.root, 0, 1), at(0)) == []
    assert machine.drain(ONE) == [ReadPieces(ONE, BLOB.root, 0, 1)]
    part = BLOB.part(0)
    assert machine.receive(PiecesRead(ONE, BLOB.root, 0, [(part.proof, part.data)]), at(0)) == [Send(ONE, part)]
    assert machine.leave(ONE, at(0)) == []


def test_nothing_is_said_to_who_does_not_know_of_blobs_nor_heard_of_it() -> None:
    machine = BlobExchange(is_on=True)
    machine.join(ONE, 0, at(0))
    assert machine.receive(BlobWanted(BLOB.name, [0]), at(0)) == []
    assert machine.hear(ONE, BlobAsk(BLOB.root), at(0)) == []


def test_without_files_nothing_happens() -> None:
    machine = BlobExchange(is_on=False)
    assert machine.features == 0
    assert machine.join(ONE, FEATURE_BLOBS, at(0)) == []
    assert machine.hear(ONE, BLOB.part(0), at(0)) == []
