"""Makes, answers, completes and sends offers for the node, and says as an input how that went."""

import logging
from collections.abc import Sequence

from peerset.core.signal import Answer, Offer, OfferId, PeerId
from peerset.errors import RemoteProtocolError, SignalingError, TransportError
from peerset.ports import Dialer, Signaling
from peerset.protocol.effects import AddCandidate, Announce, MakeOffers, SendAnswer, SendOffer
from peerset.protocol.inputs import AnswerMade, DialFailed, OffersMade

logger = logging.getLogger(__name__)


class Caller:
    """Works with *dialer* and *signaling*; with no dialer, the transport's channels come about without offers."""

    def __init__(self, dialer: Dialer | None, signaling: Signaling) -> None:
        self._dialer = dialer
        self._signaling = signaling

    async def make_offers(self, wanted: MakeOffers) -> OffersMade:
        """Make as many offers as are *wanted*, or fewer."""
        try:
            made = [] if self._dialer is None else await self._dialer.make_offers(wanted.count)
        except TransportError as error:
            logger.warning("no offers could be made: %s", error)
            made = []
        return OffersMade(tuple(made), wanted.purpose)

    async def signal(self, effect: Announce | SendOffer | SendAnswer) -> None:
        """Tell others what *effect* says."""
        try:
            match effect:
                case Announce(offers):
                    await self._signaling.announce(offers)
                case SendOffer(peer, offer, via):
                    await self._signaling.offer(peer, offer, via)
                case SendAnswer(peer, answer, via):
                    await self._signaling.answer(peer, answer, via)
        except SignalingError as error:
            logger.warning("signaling: %s", error)

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

    def add_candidate(self, effect: AddCandidate) -> None:
        """Try to reach a peer where it says it may be reached too."""
        if self._dialer is not None:
            self._dialer.add_candidate(effect.peer, effect.offer_id, effect.candidate)

    def drop_offers(self, offer_ids: Sequence[OfferId]) -> None:
        """Let go of offers that nobody answered."""
        if self._dialer is not None:
            self._dialer.drop_offers(offer_ids)


def _undialed(peer: PeerId) -> DialFailed:
    return DialFailed(peer, "this transport knows no offers", is_fault=False)


def _failed(peer: PeerId, error: TransportError | RemoteProtocolError) -> DialFailed:
    return DialFailed(peer, str(error), is_fault=isinstance(error, RemoteProtocolError))
