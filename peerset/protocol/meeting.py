"""How peers are met: by signaling and by neighbours. What dialing and introductions ask of each other stays here."""

import random
from collections import deque
from collections.abc import Sequence

from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.message import IntroductionMessage
from peerset.core.signal import PeerId, RoomTag, introducer_of
from peerset.protocol.deadlines import earliest
from peerset.protocol.dialing import Dialing
from peerset.protocol.dials import DialInput
from peerset.protocol.effects import Dial, Effect, Errand, SendAnswer, SendOffer, Signalled
from peerset.protocol.introductions import Introductions
from peerset.protocol.mesh import Mesh
from peerset.protocol.passing import Hearing


class Meeting:
    """The meetings of one room, as *own*, who proves *key*."""

    def __init__(self, own: PeerId, key: SecretKey, tag: RoomTag, *, rng: random.Random, mesh: Mesh) -> None:
        self.mesh = mesh
        self.dialing = Dialing(own, rng=rng, mesh=mesh)
        self._introductions = Introductions(own, key, tag, dialer=self, rng=rng)
        self._due: Monotonic | None = None
        self._is_due_known = False

    def start(self, now: Moment) -> list[Effect]:
        """Begin to look for peers."""
        return self._perform(self.dialing.start(now), now)

    def stop(self, now: Moment) -> list[Effect]:
        """Look for nobody any more."""
        return self._perform(self.dialing.stop(), now)

    def receive(self, event: DialInput, now: Moment) -> list[Effect]:
        """Take what signaling or the transport tells."""
        return self._perform(self.dialing.receive(event, now), now)

    def hear(self, peer: PeerId, message: IntroductionMessage, now: Moment) -> list[Effect]:
        """Take what the neighbour *peer* says of others."""
        return self._perform(self._introductions.receive(peer, message, now), now)

    def join(self, peer: PeerId, key: PublicKey, now: Moment, hearing: Hearing | None = None) -> list[Effect]:
        """Count *peer*, which understands introductions, among the neighbours."""
        return self._perform(self._introductions.join(peer, key, now, hearing), now)

    def leave(self, peer: PeerId, now: Moment) -> None:
        """Forget the neighbour *peer*."""
        self._is_due_known = False
        self._introductions.leave(peer, now)

    def shun(self, peer: PeerId, now: Moment) -> None:
        """Let *peer* rest: it broke the rules before it proved who it is."""
        self._is_due_known = False
        self.dialing.shun(peer, now)

    def tick(self, now: Moment) -> list[Effect]:
        """Act on every deadline that has passed."""
        return self._perform([*self.dialing.tick(now), *self._introductions.tick(now)], now)

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        # Asked after everything that happens, most of which is not about meeting.
        if not self._is_due_known:
            self._due, self._is_due_known = earliest(self.dialing.deadline, self._introductions.deadline), True
        return self._due

    # What introductions ask of whoever dials.

    @property
    def is_calling(self) -> bool:
        """Say whether any channels are made."""
        return self.dialing.is_calling

    def missing(self, now: Moment) -> int:
        """Say how many neighbours we lack, beside those that are on their way."""
        return self.dialing.missing(now)

    def may_call(self, peer: PeerId, now: Moment) -> bool:
        """Say whether an offer for *peer* makes sense."""
        return self.dialing.may_call(peer, now)

    def is_useful(self, peer: PeerId, now: Moment) -> bool:
        """Say whether the neighbour *peer* was good for something lately."""
        return self.dialing.is_useful(peer, now)

    def _perform(self, errands: Sequence[Errand], now: Moment) -> list[Effect]:
        """Carry out what concerns the two alone, in order."""
        self._is_due_known = False
        if not errands:
            return []
        todo = deque(errands)
        effects: list[Effect] = []
        while todo:
            errand = todo.popleft()
            match errand:
                case Dial(callees):
                    todo.extendleft(reversed(self.dialing.call(callees)))
                case Signalled(signal):
                    todo.extendleft(reversed(self.dialing.receive(signal, now)))
                case SendOffer(via=via) | SendAnswer(via=via) if introducer_of(via) is not None:
                    todo.extendleft(reversed(self._introductions.carry(errand, now)))
                case _:
                    effects.append(errand)
        return effects
