"""Blobs that somebody here reads: who has which pieces, who is asked, and what comes (docs/protocol.md, "Blobs").

All neighbours are asked at once, each for as many pieces as may be on their way; a piece that one is late with is asked
of one more. What comes is checked here, and counts as on its way until it is kept, so that a slow disk slows us down.
"""

from collections.abc import Iterable
from typing import Final

from peerset.core.blob import BlobName, Root, check_piece, is_of_tree
from peerset.core.blob_bits import bits_of, first_run, read_bits
from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    BLOB_LATE_SECONDS,
    BLOB_PATIENCE_SECONDS,
    BLOB_TIMEOUT_SECONDS,
    BLOBS_WANTED_MAX,
)
from peerset.core.message import BlobAbsent, BlobAsk, BlobHave, BlobPart, BlobWant
from peerset.core.signal import PeerId
from peerset.protocol.blob_givers import Giver
from peerset.protocol.effects import GiveUpBlob, KeepPiece, Request, Send, Strike
from peerset.protocol.inputs import BlobUnwanted, BlobWanted, PiecesKept
from peerset.protocol.strikes import Fault

LOOK_SECONDS: Final = 1.0
"""How often it is looked at who is late."""


class _Fetch:
    """One blob that is fetched."""

    def __init__(self, name: BlobName, now: Moment) -> None:
        self.name = name
        self.wanted = 0
        """The pieces that are to come, as bits,"""
        self.urgent = 0
        """of these what was asked for last,"""
        self.asked = 0
        """what is on its way,"""
        self.keeping = 0
        """and what came and is not kept yet, which whoever reads does not see and so wants again."""
        self.moved = now.monotonic
        """When something last came."""

    def want(self, bits: int) -> None:
        """Let *bits* come, before all others."""
        self.wanted |= bits & ~self.keeping
        self.urgent = bits

    def next_run(self, has: int, most: int) -> range | None:
        """Give what to ask next of somebody who has *has*; None when that is nothing."""
        open_bits = self.wanted & ~self.asked & has
        urgent = open_bits & self.urgent
        return first_run(urgent or open_bits, most) if open_bits else None


class BlobFetching:
    """Fetches what is wanted."""

    def __init__(self) -> None:
        self._givers: dict[PeerId, Giver] = {}
        self._fetches: dict[Root, _Fetch] = {}
        self._looked = Monotonic(0.0)

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        return Monotonic(self._looked + LOOK_SECONDS) if self._fetches else None

    def join(self, peer: PeerId, now: Moment) -> list[Request]:
        """Ask *peer*, too, from now on."""
        giver = self._givers[peer] = Giver(peer)
        return [request for root in self._fetches for request in self._ask(giver, root, now)]

    def leave(self, peer: PeerId, now: Moment) -> list[Request]:
        """Ask others for what *peer* was asked."""
        giver = self._givers.pop(peer, None)
        if giver is None:
            return []
        self._let_go(giver, giver.asked)
        return self._fill(now)

    def want(self, wanted: BlobWanted, now: Moment) -> list[Request]:
        """Fetch some pieces of a blob, before what was wanted earlier."""
        root = wanted.name.root
        fetch = self._fetches.get(root)
        if fetch is None and len(self._fetches) >= BLOBS_WANTED_MAX:
            return [GiveUpBlob(root, f"more than {BLOBS_WANTED_MAX} blobs are looked for at once")]
        requests: list[Request] = []
        if fetch is None:
            if not self._fetches:
                self._looked = now.monotonic
            fetch = self._fetches[root] = _Fetch(wanted.name, now)
            # What was wanted before may still be on its way.
            fetch.asked = bits_of(each for giver in self._givers.values() for of, each in giver.asked if of == root)
            requests = [request for giver in self._givers.values() for request in self._ask(giver, root, now)]
        fetch.want(bits_of(wanted.pieces))
        return requests + self._fill(now)

    def unwant(self, unwanted: BlobUnwanted) -> list[Request]:
        """Ask for nothing more of a blob; what is on its way is passed over when it comes."""
        self._end(unwanted.root)
        return []

    def receive(self, peer: PeerId, message: BlobHave | BlobPart | BlobAbsent, now: Moment) -> list[Request]:
        """Take an answer of *peer*."""
        giver, root = self._givers[peer], Root(message.root)
        if isinstance(message, BlobHave):
            return self._heard(giver, root, message.pieces, now)
        pieces = (
            [message.piece] if isinstance(message, BlobPart) else range(message.first, message.first + message.count)
        )
        if not all((root, piece) in giver.asked for piece in pieces):
            return [Strike(peer, Fault.FLOOD, "pieces of a blob that were not asked for")]
        self._let_go(giver, [(root, piece) for piece in pieces])
        if isinstance(message, BlobPart):
            return [*self._take(giver, message, now), *self._fill(now)]
        giver.lacks(root, pieces)
        return self._fill(now)

    def kept(self, kept: PiecesKept, now: Moment) -> list[Request]:
        """Go on when pieces are kept; nothing more is asked for when they cannot be."""
        for peer, _ in kept.pieces:
            giver = self._givers.get(peer)
            if giver is not None:
                giver.keeping -= 1
        fetch = self._fetches.get(kept.root)
        if fetch is not None:
            fetch.keeping &= ~bits_of(piece for _, piece in kept.pieces)
            if not fetch.wanted | fetch.keeping:
                self._end(kept.root)
        return self._fill(now)

    def tick(self, now: Moment) -> list[Request]:
        """Ask others for what is late, ask again who may have more by now, and give up what nobody has."""
        if self.deadline is None or now.monotonic < self.deadline:
            return []
        self._looked = now.monotonic
        requests: list[Request] = []
        for root, fetch in list(self._fetches.items()):
            if now.monotonic >= fetch.moved + BLOB_PATIENCE_SECONDS:
                self._end(root)
                requests.append(GiveUpBlob(root, "nobody here has it, or gives it"))
                continue
            for giver in self._givers.values():
                if fetch.wanted & ~giver.has.get(root, 0) and giver.may_ask(root, now, BLOB_TIMEOUT_SECONDS):
                    requests += self._ask(giver, root, now)
        return [*requests, *self._fill(now), *self._ask_again(now)]

    # Inside.

    def _end(self, root: Root) -> None:
        self._fetches.pop(root, None)
        for giver in self._givers.values():
            giver.forget(root)

    def _ask(self, giver: Giver, root: Root, now: Moment) -> list[Request]:
        return [Send(giver.peer, BlobAsk(root))] if giver.question(root, now) else []

    def _heard(self, giver: Giver, root: Root, pieces: bytes, now: Moment) -> list[Request]:
        if root not in giver.questions:
            return [Strike(giver.peer, Fault.FLOOD, "an answer about a blob to no question")]
        giver.questions.discard(root)
        fetch = self._fetches.get(root)
        if fetch is not None and root not in giver.liar_about:
            giver.has[root] = read_bits(pieces, fetch.name.pieces)
        return self._fill(now)

    def _take(self, giver: Giver, part: BlobPart, now: Moment) -> list[Request]:
        root = Root(part.root)
        fetch = self._fetches.get(root)
        if fetch is None or not fetch.wanted >> part.piece & 1:
            return []
        nodes = check_piece(fetch.name, part.piece, part.data, part.proof)
        if nodes is None and is_of_tree(root, part.piece, part.data, part.proof):
            # Who gives it is right, and the record is wrong whose size we went by.
            self._end(root)
            reason = "the record that names it says another size than it has"
            return [GiveUpBlob(root, reason, refuted=fetch.name.size)]
        if nodes is None:
            giver.lied(root)
            return [Strike(giver.peer, Fault.LYING, f"piece {part.piece} is not of the blob {root.hex()[:8]}")]
        fetch.wanted &= ~(1 << part.piece)
        fetch.keeping |= 1 << part.piece
        fetch.moved = now.monotonic
        giver.keeping += 1
        return [KeepPiece(giver.peer, fetch.name, part.piece, part.data, nodes)]

    def _fill(self, now: Moment) -> list[Request]:
        """Ask each neighbour for what it has and nobody is asked for."""
        requests: list[Request] = []
        for giver in self._givers.values():
            while giver.room >= giver.least:
                found = self._next(giver)
                if found is None:
                    break
                root, run = found
                self._fetches[root].asked |= bits_of(run)
                giver.ask(root, run, now)
                requests.append(Send(giver.peer, BlobWant(root, run.start, len(run))))
        return requests

    def _next(self, giver: Giver) -> tuple[Root, range] | None:
        for root, fetch in self._fetches.items():
            run = fetch.next_run(giver.has.get(root, 0), giver.room)
            if run is not None:
                return root, run
        return None

    def _ask_again(self, now: Moment) -> list[Request]:
        """Ask who has nothing else to bring for what another one is late with."""
        requests: list[Request] = []
        idle = [giver for giver in self._givers.values() if not giver.asked]
        for late in self._givers.values() if idle else ():
            for (root, piece), at in late.asked.items():
                fetch = self._fetches.get(root)
                if fetch is None or not fetch.wanted >> piece & 1 or now.monotonic < at + BLOB_LATE_SECONDS:
                    continue
                other = next((each for each in idle if each.can_bring(root, piece)), None)
                if other is not None:
                    other.ask(root, range(piece, piece + 1), now)
                    requests.append(Send(other.peer, BlobWant(root, piece, 1)))
        return requests

    def _let_go(self, giver: Giver, pieces: Iterable[tuple[Root, int]]) -> None:
        """Note that *giver* is asked for these no more; what nobody else is asked for may be asked for again."""
        for root, piece in list(pieces):
            giver.asked.pop((root, piece), None)
            fetch = self._fetches.get(root)
            if fetch is not None and not any((root, piece) in each.asked for each in self._givers.values()):
                fetch.asked &= ~(1 << piece)
