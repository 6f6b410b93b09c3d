"""Candidates that came before the description to which they belong (RFC 8838, 9)."""

from collections import OrderedDict

from peerset.core.limits import SDP_CANDIDATES_MAX, TRICKLED_OFFERS_MAX
from peerset.core.signal import OfferId, PeerId


class Trickle:
    """What came early: `SDP_CANDIDATES_MAX` for an offer, of `TRICKLED_OFFERS_MAX` offers, the oldest going first."""

    def __init__(self) -> None:
        self._early: OrderedDict[tuple[PeerId, OfferId], list[str]] = OrderedDict()

    def put(self, peer: PeerId, offer_id: OfferId, candidate: str) -> None:
        """Keep *candidate* of *peer*."""
        early = self._early.setdefault((peer, offer_id), [])
        if len(early) < SDP_CANDIDATES_MAX:
            early.append(candidate)
        if len(self._early) > TRICKLED_OFFERS_MAX:
            self._early.popitem(last=False)

    def take(self, peer: PeerId, offer_id: OfferId) -> list[str]:
        """Give what was kept of *peer* for this offer, in order, and keep it no longer."""
        return self._early.pop((peer, offer_id), [])
