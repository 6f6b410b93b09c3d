"""Offers that nobody has answered yet, kept for those who come later.

A Trystero page with the smaller id leaves a newcomer's offers unanswered, for its own shall be taken; and those went
out before the newcomer came. The next ones would go out with its next announcement, a minute or two later.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import Monotonic
from peerset.tracker.swarm import Member
from peerset.tracker.wire import ClientOffer

WAITING_BYTES_MAX: Final = 16 * 2**20
"""Of all members together; beyond, those go that have waited longest."""
WAITING_BYTES_PER_NETWORK_MAX: Final = 2**20
"""Of the members of one network, likewise: none pushes out what others wait with."""
WAITING_BYTES_PER_MEMBER_MAX: Final = 32 * 2**10
ANSWER_SECONDS_MAX: Final = 10.0
"""An offer that was given to somebody who has not answered by then may be given to another: silent members, who cost
nothing to invent, would soon have all of them."""


@dataclass(slots=True)
class _Waiting:
    offers: dict[str, ClientOffer]
    since: Monotonic
    size_bytes: int
    given: dict[str, Monotonic]
    """When which of them was given to somebody; those come last, in this order."""


class _Share:
    """Who of one network has offers that wait, longest first, and how much that is."""

    __slots__ = ("members", "size_bytes")

    def __init__(self) -> None:
        self.members: dict[Member, None] = {}
        self.size_bytes = 0


class WaitingOffers:
    """The offers of each member's latest announcement, until they are answered or given to somebody."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._waiting: OrderedDict[Member, _Waiting] = OrderedDict()
        self._shares: dict[str, _Share] = {}

    def keep(self, member: Member, offers: tuple[ClientOffer, ...], now: Monotonic) -> None:
        """Keep *offers*, those to give first in front, in the place of what *member* offered before."""
        kept: dict[str, ClientOffer] = {}
        size_bytes = 0
        for offer in offers:
            offer_id, offer_bytes = offer.id, _size_bytes(offer)
            if size_bytes + offer_bytes > WAITING_BYTES_PER_MEMBER_MAX:
                break
            if offer_id not in kept:
                kept[offer_id] = offer
                size_bytes += offer_bytes
        if not kept:
            self.forget(member)
            return
        before = self._waiting.pop(member, None)
        given = {} if before is None or not before.given else _still_given(kept, before.given, now)
        self._waiting[member] = _Waiting(kept, now, size_bytes, given)
        network = member.source.origin.network
        share = self._shares.get(network)
        if share is None:
            share = self._shares[network] = _Share()
        share.members.pop(member, None)
        share.members[member] = None
        self._resize(share, size_bytes - (0 if before is None else before.size_bytes))
        while share.size_bytes > WAITING_BYTES_PER_NETWORK_MAX:
            self.forget(next(iter(share.members)))
        while self.size_bytes > WAITING_BYTES_MAX:
            self.forget(next(iter(self._waiting)))

    def take(self, member: Member, *, since: Monotonic, now: Monotonic) -> ClientOffer | None:
        """Give an offer that *member* made after *since*, and that nobody may be about to answer; None without one."""
        waiting = self._waiting.get(member)
        if waiting is None or waiting.since < since:
            return None
        offer = next(iter(waiting.offers.values()))
        if now - waiting.given.get(offer.id, -ANSWER_SECONDS_MAX) < ANSWER_SECONDS_MAX:
            return None
        del waiting.offers[offer.id]
        waiting.offers[offer.id] = offer
        waiting.given.pop(offer.id, None)
        waiting.given[offer.id] = now
        return offer

    def remove(self, member: Member, offer_id: str) -> None:
        """Take that an offer of *member* was answered."""
        waiting = self._waiting.get(member)
        offer = None if waiting is None else waiting.offers.pop(offer_id, None)
        if waiting is None or offer is None:
            return
        if not waiting.offers:
            self.forget(member)
            return
        waiting.given.pop(offer_id, None)
        waiting.size_bytes -= _size_bytes(offer)
        self._resize(self._shares[member.source.origin.network], -_size_bytes(offer))

    def forget(self, member: Member) -> None:
        """Keep nothing of *member*."""
        waiting = self._waiting.pop(member, None)
        if waiting is None:
            return
        network = member.source.origin.network
        share = self._shares[network]
        del share.members[member]
        self._resize(share, -waiting.size_bytes)
        if not share.members:
            del self._shares[network]

    def _resize(self, share: _Share, size_bytes: int) -> None:
        share.size_bytes += size_bytes
        self.size_bytes += size_bytes


def _size_bytes(offer: ClientOffer) -> int:
    return len(offer.id) + len(offer.sdp)


def _still_given(offers: dict[str, ClientOffer], given: dict[str, Monotonic], now: Monotonic) -> dict[str, Monotonic]:
    """Put those of *offers* last that were *given* and may be answered, in the order of that; give when they were."""
    again = {
        offer_id: when for offer_id, when in given.items() if now - when < ANSWER_SECONDS_MAX and offer_id in offers
    }
    for offer_id in again:
        offers[offer_id] = offers.pop(offer_id)
    return again
