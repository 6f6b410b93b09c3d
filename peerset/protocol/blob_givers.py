"""One neighbour as a giver of blobs: what it has, what it is asked, and how much of that is still on its way."""

from collections.abc import Iterable

from peerset.core.blob import Root
from peerset.core.blob_bits import bits_of
from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX
from peerset.core.signal import PeerId


class Giver:
    """The neighbour *peer*."""

    def __init__(self, peer: PeerId) -> None:
        self.peer = peer
        self.has: dict[Root, int] = {}
        """Which pieces of each blob it has, as it said."""
        self.questions: set[Root] = set()
        """About which blobs it has not answered yet."""
        self.asked: dict[tuple[Root, int], Monotonic] = {}
        """The pieces that it has not answered for, each with when it was asked."""
        self.liar_about: set[Root] = set()
        """Of which blobs it gave something wrong."""
        self.keeping = 0
        """How many pieces of it came and are not kept yet."""
        self._questioned: dict[Root, Monotonic] = {}

    @property
    def room(self) -> int:
        """How many more pieces it may be asked for."""
        return BLOB_PIECES_ASKED_MAX - len(self.asked) - self.keeping

    @property
    def least(self) -> int:
        """With room for so many it is asked for more: half a window at once, but for the first."""
        return BLOB_PIECES_ASKED_MAX // 2 if self.asked else 1

    def may_ask(self, root: Root, now: Moment, seconds: float) -> bool:
        """Say whether it was asked about *root* so long ago, or never."""
        at = self._questioned.get(root)
        return at is None or now.monotonic >= at + seconds

    def question(self, root: Root, now: Moment) -> bool:
        """Note that it is asked about *root*; False when it cannot be now."""
        if root in self.questions or root in self.liar_about or len(self.questions) >= BLOB_QUESTIONS_MAX:
            return False
        self.questions.add(root)
        self._questioned[root] = now.monotonic
        return True

    def ask(self, root: Root, pieces: Iterable[int], now: Moment) -> None:
        """Note that it is asked for *pieces*."""
        self.asked.update({(root, piece): now.monotonic for piece in pieces})

    def can_bring(self, root: Root, piece: int) -> bool:
        """Say whether it may be asked for one more piece, which it has and is not asked for."""
        return self.room > 0 and (root, piece) not in self.asked and bool(self.has.get(root, 0) >> piece & 1)

    def lacks(self, root: Root, pieces: Iterable[int]) -> None:
        """Note that it does not give *pieces*."""
        self.has[root] = self.has.get(root, 0) & ~bits_of(pieces)

    def lied(self, root: Root) -> None:
        """Believe nothing more of it about *root*."""
        self.liar_about.add(root)
        self.has.pop(root, None)

    def forget(self, root: Root) -> None:
        """Forget what it has of a blob that is not looked for any more."""
        self.has.pop(root, None)
        self._questioned.pop(root, None)
