"""What peers publish to each other's topics on relays and brokers, as texts and values.

The contents are those of Trystero's topic strategies (Nostr, MQTT, its websocket relay), whatever carries them; see
docs/protocol.md, "Signaling". Versions 0.21 and 0.22, the older dialect, write offers and answers as objects and leave
out the offer's id.
"""

import re
from dataclasses import dataclass
from typing import Final

from peerset.core.limits import CANDIDATE_BYTES_MAX, TOPIC_CONTENT_BYTES_MAX
from peerset.core.signal import OfferId, PeerId
from peerset.errors import SignalingError
from peerset.signaling.json_text import decode_object, encode_object, quote

_PEER_ID: Final = re.compile(r"[0-9A-Za-z]{20}")
_OFFER_ID: Final = re.compile(r"[0-9A-Za-z]{1,32}")


@dataclass(frozen=True, slots=True)
class Announcing:
    """*peer* is there, and wants an offer."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class Offering:
    """*peer* offers a channel; the older dialect gives no id."""

    peer: PeerId
    offer_id: OfferId | None
    sealed: str
    is_older: bool


@dataclass(frozen=True, slots=True)
class Answering:
    """*peer* answers our offer, the last one that it got from us if it names none."""

    peer: PeerId
    offer_id: OfferId | None
    sealed: str


@dataclass(frozen=True, slots=True)
class Trickling:
    """*peer* may be reached somewhere else too, which belongs to an offer of either side."""

    peer: PeerId
    offer_id: OfferId | None
    sealed: str


Content = Announcing | Offering | Answering | Trickling


def encode_announcement(peer_id: PeerId) -> str:
    """Say that we are here, to all or to one."""
    return encode_object({"peerId": peer_id})


def encode_offer(peer_id: PeerId, offer_id: OfferId, sealed: str) -> str:
    """Offer a channel to the one whose topic it is."""
    return encode_object({"peerId": peer_id, "offerId": offer_id, "offer": sealed})


def encode_answer(peer_id: PeerId, offer_id: OfferId, sealed: str) -> str:
    """Answer the offer of the one whose topic it is."""
    return encode_object({"peerId": peer_id, "answer": sealed, "offerId": offer_id})


def encode_older_answer(peer_id: PeerId, sealed: str) -> str:
    """Answer in the older dialect."""
    return encode_object({"peerId": peer_id, "answer": {"type": "answer", "sdp": sealed}})


def decode(text: str) -> Content:
    """Decode what somebody published.

    Raises:
        SignalingError: it is nothing that Trystero publishes.

    """
    if len(text) > TOPIC_CONTENT_BYTES_MAX:
        raise SignalingError(f"a content of {len(text)} characters, at most {TOPIC_CONTENT_BYTES_MAX} are read")
    fields = decode_object(text)
    peer_id, offer_id = fields.get("peerId"), fields.get("offerId")
    if not isinstance(peer_id, str) or not _PEER_ID.fullmatch(peer_id):
        raise SignalingError(f"peerId is {quote(peer_id)}, expected 20 letters and digits")
    if offer_id is not None and not (isinstance(offer_id, str) and _OFFER_ID.fullmatch(offer_id)):
        raise SignalingError(f"offerId is {quote(offer_id)}, expected up to 32 letters and digits")
    peer, named = PeerId(peer_id), None if offer_id is None else OfferId(offer_id)
    if "offer" in fields:
        offer = fields["offer"]
        if isinstance(offer, dict):
            return Offering(peer, None, _text("offer", offer.get("sdp")), is_older=True)
        return Offering(peer, named, _text("offer", offer), is_older=False)
    if "candidate" in fields:
        return Trickling(peer, named, _text("candidate", fields["candidate"]))
    if "answer" in fields:
        return Answering(peer, named, _text("answer", fields["answer"]))
    return Announcing(peer)


def decode_candidate(text: str) -> str | None:
    """Give the value of the ``a=candidate`` line in an opened candidate; None for the end of them, which is empty.

    Raises:
        SignalingError: it is no candidate as browsers write them (``RTCIceCandidateInit``).

    """
    value = decode_object(text).get("candidate")
    if not isinstance(value, str) or len(value) > CANDIDATE_BYTES_MAX:
        raise SignalingError(f"candidate is {quote(value)}, expected a text of at most {CANDIDATE_BYTES_MAX} bytes")
    return value.removeprefix("candidate:") or None


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise SignalingError(f"{name} is {quote(value)}, expected a text")
    return value
