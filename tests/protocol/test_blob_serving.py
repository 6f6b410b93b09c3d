"""Who asks for blobs is answered, in order, as far as may be asked."""

from peerset.core.limits import BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX
from peerset.core.message import BlobAbsent, BlobAsk, BlobHave, BlobWant
from peerset.protocol.blob_serving import BlobServing
from peerset.protocol.effects import FindBlob, ReadPiece, Send, Strike
from peerset.protocol.inputs import BlobFound, PieceRead
from peerset.protocol.strikes import Fault
from tests.protocol.blobs import ONE, Blob

BLOB = Blob(3)


def serving() -> BlobServing:
    machine = BlobServing()
    machine.join(ONE)
    return machine


def read(piece: int, *, is_here: bool = True) -> PieceRead:
    part = BLOB.part(piece)
    return PieceRead(ONE, BLOB.root, piece, part.proof, part.data) if is_here else PieceRead(ONE, BLOB.root, piece)


def test_a_question_is_answered_by_what_is_found() -> None:
    machine = serving()
    assert machine.receive(ONE, BlobAsk(BLOB.root)) == [FindBlob(ONE, BLOB.root)]
    assert machine.found(BlobFound(ONE, BLOB.root, b"\xe0")) == [Send(ONE, BlobHave(BLOB.root, b"\xe0"))]
    assert machine.found(BlobFound(ONE, BLOB.root, b"\xe0")) == []


def test_pieces_are_read_one_after_the_other_and_what_is_not_here_is_said() -> None:
    machine = serving()
    assert machine.receive(ONE, BlobWant(BLOB.root, 0, 2)) == [ReadPiece(ONE, BLOB.root, 0)]
    assert machine.receive(ONE, BlobWant(BLOB.root, 2, 1)) == []
    assert machine.read(read(0)) == [Send(ONE, BLOB.part(0)), ReadPiece(ONE, BLOB.root, 1)]
    assert machine.read(read(1, is_here=False)) == [
        Send(ONE, BlobAbsent(BLOB.root, 1, 1)),
        ReadPiece(ONE, BLOB.root, 2),
    ]
    assert machine.read(read(2)) == [Send(ONE, BLOB.part(2))]


def test_nothing_is_read_for_a_channel_without_room() -> None:
    machine = serving()
    machine.clog(ONE)
    assert machine.receive(ONE, BlobWant(BLOB.root, 0, 1)) == []
    assert machine.drain(ONE) == [ReadPiece(ONE, BLOB.root, 0)]
    assert machine.drain(ONE) == []


def test_more_than_may_be_asked_is_a_fault() -> None:
    machine = serving()
    machine.receive(ONE, BlobWant(BLOB.root, 0, BLOB_PIECES_ASKED_MAX))
    [strike] = machine.receive(ONE, BlobWant(BLOB.root, 0, 1))
    assert isinstance(strike, Strike)
    assert strike.fault is Fault.FLOOD
    for _ in range(BLOB_QUESTIONS_MAX):
        assert machine.receive(ONE, BlobAsk(BLOB.root)) == [FindBlob(ONE, BLOB.root)]
    [strike] = machine.receive(ONE, BlobAsk(BLOB.root))
    assert isinstance(strike, Strike)


def test_who_left_is_given_nothing() -> None:
    machine = serving()
    machine.receive(ONE, BlobWant(BLOB.root, 0, 2))
    machine.leave(ONE)
    assert machine.read(read(0)) == []
    assert machine.drain(ONE) == []
    machine.clog(ONE)
    assert machine.found(BlobFound(ONE, BLOB.root, b"")) == []
