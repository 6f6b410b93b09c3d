"""What neighbours ask of our blobs, and are given (docs/protocol.md, "Blobs").

Each may have so many questions and pieces open as the limits say; of its pieces some are read at once, in order, and
none while its channel has no room.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Final

from peerset.core.blob import Root
from peerset.core.limits import BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX
from peerset.core.message import BlobAbsent, BlobAsk, BlobHave, BlobPart, BlobWant
from peerset.core.signal import PeerId
from peerset.protocol.effects import FindBlob, ReadPieces, Request, Send, Strike
from peerset.protocol.inputs import BlobFound, PiecesRead
from peerset.protocol.strikes import Fault

PIECES_AT_ONCE: Final = BLOB_PIECES_ASKED_MAX // 2
"""So many pieces are read together for one neighbour: while they are on their way, the next ones are."""


@dataclass(slots=True)
class _Asker:
    """What one neighbour waits for."""

    questions: int = 0
    wanted: deque[tuple[Root, int]] = field(default_factory=deque)
    """The pieces to give it,"""
    reading: int = 0
    """of which so many are being read."""
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

    def read(self, read: PiecesRead) -> list[Request]:
        """Give pieces that were read, or say that they are not here."""
        asker = self._askers.get(read.peer)
        if asker is None or asker.reading != len(read.pieces) or asker.wanted[0] != (read.root, read.first):
            return []
        answers: list[Request] = []
        for piece, found in enumerate(read.pieces, read.first):
            asker.wanted.popleft()
            answer = BlobAbsent(read.root, piece, 1) if found is None else BlobPart(read.root, piece, *found)
            answers.append(Send(read.peer, answer))
        asker.reading = 0
        return answers + self._read_on(read.peer, asker)

    def _read_on(self, peer: PeerId, asker: _Asker) -> list[Request]:
        """Read the next pieces that lie together."""
        if asker.reading or asker.is_clogged or not asker.wanted:
            return []
        root, first = asker.wanted[0]
        wanted = enumerate(islice(asker.wanted, PIECES_AT_ONCE), first)
        asker.reading = sum(1 for _ in takewhile(lambda each: each[1] == (root, each[0]), wanted))
        return [ReadPieces(peer, root, first, asker.reading)]
