"""Who asks for blobs is answered, in order, as far as may be asked."""

from peerset.core.limits import BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX
from peerset.core.message import BlobAbsent, BlobAsk, BlobHave, BlobWant
from peerset.protocol.blob_serving import BlobServing
from peerset.protocol.effects import FindBlob, ReadPieces, Send, Strike
from peerset.protocol.inputs import BlobFound, PiecesRead
from peerset.protocol.strikes import Fault
from tests.protocol.blobs import ONE, Blob

BLOB = Blob(3)


def serving() -> BlobServing:
    machine = BlobServing()
    machine.join(ONE)
    return machine


def read(*pieces: int, blob: Blob = BLOB) -> PiecesRead:
    parts = [blob.part(piece) for piece in pieces]
    return PiecesRead(ONE, blob.root, pieces[0], [(part.proof, part.data) for part in parts])


def test_a_question_is_answered_by_what_is_found() -> None:
    machine = serving()
    assert machine.receive(ONE, BlobAsk(BLOB.root)) == [FindBlob(ONE, BLOB.root)]
    assert machine.found(BlobFound(ONE, BLOB.root, b"\xe0")) == [Send(ONE, BlobHave(BLOB.root, b"\xe0"))]
    assert machine.found(BlobFound(ONE, BLOB.root, b"\xe0")) == []


def test_pieces_that_lie_together_are_read_at_once_and_what_is_not_here_is_said() -> None:
    machine = serving()
    assert machine.receive(ONE, BlobWant(BLOB.root, 0, 2)) == [ReadPieces(ONE, BLOB.root, 0, 2)]
    assert machine.receive(ONE, BlobWant(BLOB.root, 2, 1)) == []
    assert machine.receive(ONE, BlobWant(BLOB.root, 0, 1)) == []
    there = read(0).pieces[0]
    assert machine.read(PiecesRead(ONE, BLOB.root, 0, [there, None])) == [
        Send(ONE, BLOB.part(0)),
        Send(ONE, BlobAbsent(BLOB.root, 1, 1)),
        ReadPieces(ONE, BLOB.root, 2, 1),
    ]
    assert machine.read(read(1)) == []
    assert machine.read(read(2)) == [Send(ONE, BLOB.part(2)), ReadPieces(ONE, BLOB.root, 0, 1)]


def test_of_what_is_wanted_half_is_read_at_a_time_so_that_the_next_are_read_while_the_first_are_on_their_way() -> None:
    machine, blob, half = serving(), Blob(BLOB_PIECES_ASKED_MAX), BLOB_PIECES_ASKED_MAX // 2
    asked = machine.receive(ONE, BlobWant(blob.root, 0, BLOB_PIECES_ASKED_MAX))
    assert asked == [ReadPieces(ONE, blob.root, 0, half)]
    *given, more = machine.read(read(*range(half), blob=blob))
    assert given == [Send(ONE, blob.part(piece)) for piece in range(half)]
    assert more == ReadPieces(ONE, blob.root, half, half)


def test_nothing_is_read_for_a_channel_without_room() -> None:
    machine = serving()
    machine.clog(ONE)
    assert machine.receive(ONE, BlobWant(BLOB.root, 0, 1)) == []
    assert machine.drain(ONE) == [ReadPieces(ONE, BLOB.root, 0, 1)]
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
    assert machine.read(read(0, 1)) == []
    assert machine.drain(ONE) == []
    machine.clog(ONE)
    assert machine.found(BlobFound(ONE, BLOB.root, b"")) == []
