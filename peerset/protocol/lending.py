"""Offers of ours for one peer each, which go the way its name came (docs/protocol.md, "Dialing")."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import ATTEMPT_TIMEOUT_SECONDS
from peerset.core.signal import Offer, OfferId, PeerId, Via
from peerset.protocol.effects import DropOffers, Errand, MakeOffers, SendOffer
from peerset.protocol.inputs import Purpose


@dataclass(frozen=True, slots=True)
class _Lent:
    peer: PeerId
    until: Monotonic


class Lending:
    """Whom we call for *purpose*, *most* at once: who waits for an offer to be made, and who has one."""

    def __init__(self, purpose: Purpose, most: int) -> None:
        self._purpose = purpose
        self._most = most
        self._callees: deque[tuple[PeerId, Via]] = deque()
        self._asked: deque[int] = deque()
        """For how many of them offers are being made, those asked for first coming first."""
        self._lent: dict[OfferId, _Lent] = {}

    def __len__(self) -> int:
        return len(self._callees) + len(self._lent)

    def has(self, peer: PeerId) -> bool:
        """Say whether *peer* is called."""
        return any(peer == callee for callee, _ in self._callees) or any(
            lent.peer == peer for lent in self._lent.values()
        )

    def call(self, callees: Iterable[tuple[PeerId, Via]]) -> list[Errand]:
        """Make an offer for each of *callees*, of which there may be only so many."""
        before = len(self._callees)
        for peer, via in callees:
            if len(self) < self._most and not self.has(peer):
                self._callees.append((peer, via))
        count = len(self._callees) - before
        if not count:
            return []
        self._asked.append(count)
        return [MakeOffers(count, self._purpose)]

    def add(self, offers: Sequence[Offer], now: Moment) -> list[Errand]:
        """Send the offers that were made for it; who gets none is called another time."""
        until = Monotonic(now.monotonic + ATTEMPT_TIMEOUT_SECONDS)
        callees = [self._callees.popleft() for _ in range(self._asked.popleft() if self._asked else 0)]
        calls = [SendOffer(peer, offer, via) for (peer, via), offer in zip(callees, offers, strict=False)]
        self._lent.update({call.offer.id: _Lent(call.peer, until) for call in calls})
        surplus = tuple(offer.id for offer in offers[len(calls) :])
        return [*calls, DropOffers(surplus)] if surplus else [*calls]

    def fits(self, offer_id: OfferId, peer: PeerId) -> bool:
        """Say whether the offer is one for *peer*."""
        return offer_id in self._lent and self._lent[offer_id].peer == peer

    def take(self, offer_id: OfferId) -> None:
        """Take out an offer that was answered, or lost, if it is here."""
        self._lent.pop(offer_id, None)

    def release(self, peer: PeerId) -> list[Errand]:
        """Let go of what waits for *peer*, to which there is a channel."""
        return self._drop(offer_id for offer_id, lent in self._lent.items() if lent.peer == peer)

    def expire(self, now: Moment) -> list[Errand]:
        """Let go of what nobody answered in time."""
        return self._drop(offer_id for offer_id, lent in self._lent.items() if lent.until <= now.monotonic)

    def stop(self) -> list[Errand]:
        """Let go of all."""
        self._callees.clear()
        self._asked.clear()
        return self._drop(self._lent)

    @property
    def deadline(self) -> Monotonic | None:
        """When `expire` has something to do."""
        # All are lent for the same time, so the first one comes first.
        return next(iter(self._lent.values())).until if self._lent else None

    def _drop(self, offer_ids: Iterable[OfferId]) -> list[Errand]:
        dropped = tuple(offer_ids)
        for offer_id in dropped:
            del self._lent[offer_id]
        return [DropOffers(dropped)] if dropped else []
