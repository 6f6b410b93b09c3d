"""Offers that nobody has answered yet, kept for those who come later.

A Trystero page with the smaller id leaves a newcomer's offers unanswered, for its own shall be taken; and those went
out before the newcomer came. The next ones would go out with its next announcement, a minute or two later.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import Monotonic
from peerset.tracker.wire import ClientOffer

WAITING_BYTES_MAX: Final = 16 * 2**20
"""Of all members together; beyond, those go that have waited longest."""
WAITING_BYTES_PER_MEMBER_MAX: Final = 32 * 2**10

MemberKey = tuple[str, str]
"""An info hash, and a peer id in that swarm."""


@dataclass(slots=True)
class _Waiting:
    offers: dict[str, ClientOffer]
    since: Monotonic

    @property
    def size_bytes(self) -> int:
        return sum(map(_size_bytes, self.offers.values()))


class WaitingOffers:
    """The offers of each member's latest announcement, until they are answered or given to somebody."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._waiting: OrderedDict[MemberKey, _Waiting] = OrderedDict()

    def keep(self, member: MemberKey, offers: tuple[ClientOffer, ...], now: Monotonic) -> None:
        """Keep *offers*, those to give first in front, in the place of what *member* offered before."""
        self.forget(member)
        kept: dict[str, ClientOffer] = {}
        left_bytes = WAITING_BYTES_PER_MEMBER_MAX
        for offer in offers:
            left_bytes -= _size_bytes(offer)
            if left_bytes < 0:
                break
            kept[offer.id] = offer
        if not kept:
            return
        waiting = self._waiting[member] = _Waiting(kept, now)
        self.size_bytes += waiting.size_bytes
        while self.size_bytes > WAITING_BYTES_MAX:
            self.forget(next(iter(self._waiting)))

    def take(self, member: MemberKey, *, since: Monotonic) -> ClientOffer | None:
        """Give an offer that *member* made after *since*, and to nobody else any more; None when there is none."""
        waiting = self._waiting.get(member)
        if waiting is None or waiting.since < since:
            return None
        offer = next(iter(waiting.offers.values()))
        self.remove(member, offer.id)
        return offer

    def remove(self, member: MemberKey, offer_id: str) -> None:
        """Take that an offer of *member* was answered."""
        waiting = self._waiting.get(member)
        offer = None if waiting is None else waiting.offers.pop(offer_id, None)
        if waiting is None or offer is None:
            return
        self.size_bytes -= _size_bytes(offer)
        if not waiting.offers:
            del self._waiting[member]

    def forget(self, member: MemberKey) -> None:
        """Keep nothing of *member*."""
        waiting = self._waiting.pop(member, None)
        if waiting is not None:
            self.size_bytes -= waiting.size_bytes


def _size_bytes(offer: ClientOffer) -> int:
    return len(offer.id) + len(offer.description.type) + len(offer.description.sdp)
