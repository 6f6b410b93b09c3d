"""Makes, answers and completes offers for the node, and says as an input how that went."""

import logging
from collections.abc import Sequence

from peerset.core.signal import Answer, Offer, OfferId, PeerId
from peerset.errors import RemoteProtocolError, TransportError
from peerset.ports import Dialer
from peerset.protocol.inputs import AnswerMade, DialFailed, OffersMade

logger = logging.getLogger(__name__)


class Caller:
    """Works with *dialer*; with None, the transport's channels come about without offers."""

    def __init__(self, dialer: Dialer | None) -> None:
        self._dialer = dialer

    async def make_offers(self, count: int) -> OffersMade:
        """Make up to *count* offers."""
        try:
            return OffersMade(() if self._dialer is None else tuple(await self._dialer.make_offers(count)))
        except TransportError as error:
            logger.warning("no offers could be made: %s", error)
            return OffersMade(())

    async def make_answer(self, peer: PeerId, offer: Offer) -> AnswerMade | DialFailed:
        """Answer the offer of *peer*."""
        if self._dialer is None:
            return _undialed(peer)
        try:
            return AnswerMade(peer, await self._dialer.make_answer(peer, offer))
        except (TransportError, RemoteProtocolError) as error:
            return _failed(peer, error)

    async def accept_answer(self, peer: PeerId, answer: Answer) -> DialFailed | None:
        """Complete an offer of ours; None when that is under way."""
        if self._dialer is None:
            return _undialed(peer)
        try:
            await self._dialer.accept_answer(peer, answer)
        except (TransportError, RemoteProtocolError) as error:
            return _failed(peer, error)
        return None

    def drop_offers(self, offer_ids: Sequence[OfferId]) -> None:
        """Let go of offers that nobody answered."""
        if self._dialer is not None:
            self._dialer.drop_offers(offer_ids)


def _undialed(peer: PeerId) -> DialFailed:
    return DialFailed(peer, "this transport knows no offers", is_fault=False)


def _failed(peer: PeerId, error: TransportError | RemoteProtocolError) -> DialFailed:
    return DialFailed(peer, str(error), is_fault=isinstance(error, RemoteProtocolError))
