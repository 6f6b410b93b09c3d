"""What neighbours ask of our blobs, and are given (docs/protocol.md, "Blobs").

Each may have so many questions and pieces open as the limits say; pieces are read one at a time for each, in order, and
not while its channel has no room.
"""

from collections import deque
from dataclasses import dataclass, field

from peerset.core.blob import Root
from peerset.core.limits import BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX
from peerset.core.message import BlobAbsent, BlobAsk, BlobHave, BlobPart, BlobWant
from peerset.core.signal import PeerId
from peerset.protocol.effects import FindBlob, ReadPiece, Request, Send, Strike
from peerset.protocol.inputs import BlobFound, PieceRead
from peerset.protocol.strikes import Fault


@dataclass(slots=True)
class _Asker:
    """What one neighbour waits for."""

    questions: int = 0
    wanted: deque[tuple[Root, int]] = field(default_factory=deque)
    """The pieces to give it, the first of which is being read if it *is_reading*."""
    is_reading: bool = False
    is_clogged: bool = False


class BlobServing:
    """Gives blobs to those who ask."""

    def __init__(self) -> None:
        self._askers: dict[PeerId, _Asker] = {}

    def join(self, peer: PeerId) -> None:
        """Serve *peer* from now on."""
        self._askers[peer] = _Asker()

    def leave(self, peer: PeerId) -> None:
        """Forget what *peer* asked."""
        self._askers.pop(peer, None)

    def clog(self, peer: PeerId) -> None:
        """Give *peer* nothing until its channel has room."""
        if (asker := self._askers.get(peer)) is not None:
            asker.is_clogged = True

    def drain(self, peer: PeerId) -> list[Request]:
        """Go on giving to *peer*."""
        asker = self._askers.get(peer)
        if asker is None:
            return []
        asker.is_clogged = False
        return self._read_on(peer, asker)

    def receive(self, peer: PeerId, message: BlobAsk | BlobWant) -> list[Request]:
        """Take a question of *peer*."""
        asker = self._askers[peer]
        if isinstance(message, BlobAsk):
            if asker.questions >= BLOB_QUESTIONS_MAX:
                return [Strike(peer, Fault.FLOOD, f"more than {BLOB_QUESTIONS_MAX} questions for blobs at once")]
            asker.questions += 1
            return [FindBlob(peer, Root(message.root))]
        if len(asker.wanted) + message.count > BLOB_PIECES_ASKED_MAX:
            return [Strike(peer, Fault.FLOOD, f"more than {BLOB_PIECES_ASKED_MAX} pieces of blobs wanted at once")]
        pieces = range(message.first, message.first + message.count)
        asker.wanted.extend((Root(message.root), piece) for piece in pieces)
        return self._read_on(peer, asker)

    def found(self, found: BlobFound) -> list[Request]:
        """Answer a question, now that it is known what is here."""
        asker = self._askers.get(found.peer)
        if asker is None or not asker.questions:
            return []
        asker.questions -= 1
        return [Send(found.peer, BlobHave(found.root, found.pieces))]

    def read(self, read: PieceRead) -> list[Request]:
        """Give a piece that was read, or say that it is not here."""
        asker = self._askers.get(read.peer)
        if asker is None or not asker.is_reading or asker.wanted[0] != (read.root, read.piece):
            return []
        asker.wanted.popleft()
        asker.is_reading = False
        answer = (
            BlobPart(read.root, read.piece, read.proof, read.data)
            if read.data
            else BlobAbsent(read.root, read.piece, 1)
        )
        return [Send(read.peer, answer), *self._read_on(read.peer, asker)]

    def _read_on(self, peer: PeerId, asker: _Asker) -> list[Request]:
        if asker.is_reading or asker.is_clogged or not asker.wanted:
            return []
        asker.is_reading = True
        return [ReadPiece(peer, *asker.wanted[0])]
