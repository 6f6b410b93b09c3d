"""Peers that are let alone for a while after an attempt failed, longer each time (docs/protocol.md, "Dialing")."""

import random
from dataclasses import dataclass

from peerset.core.clock import Monotonic
from peerset.core.limits import REDIAL_BASE_SECONDS, REDIAL_MAX_SECONDS, RESTS_MAX
from peerset.core.signal import PeerId


@dataclass(frozen=True, slots=True)
class _Rest:
    failures: int
    until: Monotonic


class Rests:
    """The rests of `RESTS_MAX` peers at most."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._rests: dict[PeerId, _Rest] = {}

    def has(self, peer: PeerId, now: Monotonic) -> bool:
        """Say whether *peer* rests."""
        rest = self._rests.get(peer)
        return rest is not None and now < rest.until

    def add(self, peer: PeerId, now: Monotonic, *, is_fault: bool) -> None:
        """Let *peer* rest once more; for a fault, as long as any does."""
        before = self._rests.pop(peer, None)
        # A peer that stayed out of trouble for the longest rest begins anew.
        is_recent = before is not None and now < before.until + REDIAL_MAX_SECONDS
        failures = 1 + (before.failures if before is not None and is_recent else 0)
        delay_seconds = min(REDIAL_MAX_SECONDS, REDIAL_BASE_SECONDS * 2 ** min(failures - 1, 16))
        if is_fault:
            delay_seconds = REDIAL_MAX_SECONDS
        until = Monotonic(now + delay_seconds * self._rng.uniform(0.5, 1.0))
        # A channel that closes after a fault shortens no rest.
        self._rests[peer] = _Rest(failures, until if before is None else max(until, before.until))
        if len(self._rests) > RESTS_MAX:
            del self._rests[next(iter(self._rests))]

    def forgive(self, peer: PeerId, now: Monotonic) -> None:
        """Forget the failures of *peer*, unless it rests."""
        if not self.has(peer, now):
            self._rests.pop(peer, None)
