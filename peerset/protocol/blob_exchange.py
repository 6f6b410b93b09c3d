"""How the blobs of a room come and go: what we fetch and what we give, among the neighbours that know of blobs."""

from peerset.core.clock import Moment, Monotonic
from peerset.core.message import FEATURE_BLOBS, BlobAsk, BlobMessage, BlobWant
from peerset.core.signal import PeerId
from peerset.protocol.blob_fetching import BlobFetching
from peerset.protocol.blob_serving import BlobServing
from peerset.protocol.effects import Request
from peerset.protocol.inputs import BlobFound, BlobInput, BlobUnwanted, BlobWanted, PiecesKept, PiecesRead


class BlobExchange:
    """The blobs of one node; with *is_on* false nothing of it happens."""

    def __init__(self, *, is_on: bool) -> None:
        self.features = FEATURE_BLOBS if is_on else 0
        """Its bit in our hello."""
        self._fetching, self._serving = BlobFetching(), BlobServing()
        self._peers: set[PeerId] = set()

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        return self._fetching.deadline

    def join(self, peer: PeerId, features: int, now: Moment) -> list[Request]:
        """Take in *peer*, whose session is established, if it knows of blobs as we do."""
        if not self.features & features:
            return []
        self._peers.add(peer)
        self._serving.join(peer)
        return self._fetching.join(peer, now)

    def leave(self, peer: PeerId, now: Moment) -> list[Request]:
        """Forget *peer*."""
        self._peers.discard(peer)
        self._serving.leave(peer)
        return self._fetching.leave(peer, now)

    def clog(self, peer: PeerId) -> None:
        """Give *peer* nothing until its channel has room."""
        self._serving.clog(peer)

    def drain(self, peer: PeerId) -> list[Request]:
        """Go on giving to *peer*."""
        return self._serving.drain(peer)

    def hear(self, peer: PeerId, message: BlobMessage, now: Moment) -> list[Request]:
        """Take what *peer* asks or answers; of who should not say it nothing is heard."""
        if peer not in self._peers:
            return []
        if isinstance(message, BlobAsk | BlobWant):
            return self._serving.receive(peer, message)
        return self._fetching.receive(peer, message, now)

    def receive(self, event: BlobInput, now: Moment) -> list[Request]:
        """Take what our user wants, or what was found, read or kept."""
        match event:
            case BlobWanted():
                return self._fetching.want(event, now)
            case BlobUnwanted():
                return self._fetching.unwant(event)
            case PiecesKept():
                return self._fetching.kept(event, now)
            case BlobFound():
                return self._serving.found(event)
            case PiecesRead():  # pragma: no branch (mypy: nothing else is left)
                return self._serving.read(event)

    def tick(self, now: Moment) -> list[Request]:
        """Act on what is overdue."""
        return self._fetching.tick(now)
