"""What a simulated process is: the shipped node, or a villain that may do a little more."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from peerset.core.clock import Moment, Monotonic
from peerset.core.signal import Offer, PeerId, RoomName
from peerset.protocol.effects import Effect
from peerset.protocol.inputs import Input
from peerset.protocol.node import Node

SIMULATED_ROOM: Final = RoomName("peerset", "simulation")
"""The room of every simulated swarm."""

SPAM: Final = "spam"
"""What content begins with that members with a policy refuse."""


@dataclass(frozen=True, slots=True)
class SendBytes:
    """Send *data* to *peer* as it is; no node asks for this."""

    peer: PeerId
    data: bytes


@dataclass(frozen=True, slots=True)
class OfferAs:
    """Bring *offer* to someone under the invented id *peer*; no node asks for this."""

    peer: PeerId
    offer: Offer


Deed = Effect | SendBytes | OfferAs
"""What a simulated process may ask for."""


class Machine(Protocol):
    """What a driver drives."""

    def start(self, now: Moment) -> Sequence[Deed]:
        """Begin."""
        ...

    def receive(self, event: Input, now: Moment) -> Sequence[Deed]:
        """Take what happened."""
        ...

    def tick(self, now: Moment) -> Sequence[Deed]:
        """Act on what is overdue."""
        ...

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        ...


Disguise = Callable[[Node, random.Random], Machine]
"""Makes a villain out of a node."""
