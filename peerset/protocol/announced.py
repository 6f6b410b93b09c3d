"""Peers that said they are there: who waits until there is a place for it, and whom we call.

Nobody proves who announces what, and one line of text is an announcement. So those that wait are few, we call only so
many in a time, and who is next is drawn by chance: first the way, then the peer, so that whoever invents any number of
them at one place hides nobody who is heard at another (docs/protocol.md, "Dialing").
"""

import random
from collections.abc import Callable
from typing import Final

from peerset.core.allowance import Allowance
from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ANNOUNCED_OFFERS_MAX,
    ANNOUNCED_PER_MINUTE,
    ANNOUNCED_SECONDS,
    ANNOUNCED_WAITING_MAX,
    FULL_MESH_MAX,
)
from peerset.core.signal import PeerId, Via
from peerset.protocol.effects import Errand
from peerset.protocol.inputs import Purpose
from peerset.protocol.lending import Lending

MINUTE: Final = 60.0


class Announced:
    """Who waits, by the way it was heard, and in `lending` whom we call."""

    def __init__(self, rng: random.Random) -> None:
        self.lending = Lending(Purpose.ANNOUNCED, ANNOUNCED_OFFERS_MAX)
        self._rng = rng
        self._heard: dict[Via, dict[PeerId, Monotonic]] = {}
        """When each was heard, in the order of that."""
        self._calls = Allowance(ANNOUNCED_PER_MINUTE / MINUTE, FULL_MESH_MAX)

    def __len__(self) -> int:
        return sum(map(len, self._heard.values()))

    def note(self, peer: PeerId, via: Via, now: Moment) -> None:
        """Let *peer* wait; for it goes who waits longest, of the way by which most do."""
        heard = self._heard.setdefault(via, {})
        heard.pop(peer, None)
        heard[peer] = now.monotonic
        if len(self) > ANNOUNCED_WAITING_MAX:
            fullest = max(self._heard.values(), key=len)
            del fullest[next(iter(fullest))]

    def may_call(self, now: Moment) -> bool:
        """Say whether anybody waits, and not too many are called."""
        # Where nobody announces itself, which is at every tracker, that is all there is to look at.
        is_waiting = len(self) > 0 and len(self.lending) < ANNOUNCED_OFFERS_MAX
        return is_waiting and self._calls.left(now.monotonic) >= 1

    def call(self, is_wanted: Callable[[PeerId], bool], now: Moment) -> list[Errand]:
        """Make an offer for one of those that wait and are wanted, if any are."""
        self._forget(now.monotonic)
        wanted = {via: [peer for peer in heard if is_wanted(peer)] for via, heard in self._heard.items()}
        ways = [via for via, peers in wanted.items() if peers]
        if not ways:
            return []
        via = self._rng.choice(ways)
        peer = self._rng.choice(wanted[via])
        for heard in self._heard.values():
            heard.pop(peer, None)
        self._calls.take(1)
        return self.lending.call([(peer, via)])

    def stop(self) -> list[Errand]:
        """Let nobody wait, and let go of all offers."""
        self._heard.clear()
        return self.lending.stop()

    def _forget(self, now: Monotonic) -> None:
        self._heard = {
            via: kept
            for via, heard in self._heard.items()
            if (kept := {peer: at for peer, at in heard.items() if now < at + ANNOUNCED_SECONDS})
        }
