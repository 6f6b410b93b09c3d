"""What peers and BitTorrent websocket trackers say to each other, as texts and values.

The messages are those of Trystero's torrent strategy (0.23 to 0.25), which are those of WebTorrent with the session
descriptions sealed; see docs/protocol.md, "Trackers".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.limits import OFFERS_PER_ANNOUNCE_MAX, TRACKER_MESSAGE_BYTES_MAX
from peerset.core.signal import OfferId, PeerId
from peerset.errors import SignalingError
from peerset.signaling.json_text import decode_object, encode_object, quote
from peerset.signaling.sealing import INFO_HASH_LENGTH, InfoHash

_ID: Final = re.compile(r"[0-9A-Za-z]{20}")
_OFFER_OVERHEAD_BYTES: Final = 128
_ANNOUNCE_OVERHEAD_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class SealedOffer:
    """An offer whose text only the room's peers can read."""

    id: OfferId
    sealed: str


@dataclass(frozen=True, slots=True)
class Replied:
    """The tracker took our announce; what it did not say is None."""

    info_hash: InfoHash
    interval_seconds: float | None
    seeders: int | None
    leechers: int | None


@dataclass(frozen=True, slots=True)
class OfferForwarded:
    """The tracker passes on *peer*'s offer."""

    info_hash: InfoHash
    peer: PeerId
    offer_id: OfferId
    sealed: str
    is_bare: bool = False
    """It came as the text itself, without an object around it; so has to come the answer (Trystero 0.23.0)."""


@dataclass(frozen=True, slots=True)
class AnswerForwarded:
    """The tracker passes on *peer*'s answer to our offer."""

    info_hash: InfoHash
    peer: PeerId
    offer_id: OfferId
    sealed: str


@dataclass(frozen=True, slots=True)
class Complained:
    """The tracker refuses (a failure) or warns; *reason* is quoted and short."""

    is_failure: bool
    reason: str


TrackerMessage = Replied | OfferForwarded | AnswerForwarded | Complained


def encode_announce(info_hash: InfoHash, peer_id: PeerId, offers: Sequence[SealedOffer]) -> str:
    """Say that we are here, with *offers* (see `announceable`) for others of the swarm."""
    return encode_object(
        {
            **_head(info_hash, peer_id),
            "numwant": len(offers),
            "offers": [{"offer_id": offer.id, "offer": {"type": "offer", "sdp": offer.sealed}} for offer in offers],
        }
    )


def encode_answer(info_hash: InfoHash, peer_id: PeerId, *, to_peer_id: PeerId, offer_id: OfferId, sealed: str) -> str:
    """Answer the offer *offer_id* of *to_peer_id*; some trackers refuse answers with further keys."""
    return _answer(info_hash, peer_id, to_peer_id, offer_id, {"type": "answer", "sdp": sealed})


def encode_bare_answer(
    info_hash: InfoHash, peer_id: PeerId, *, to_peer_id: PeerId, offer_id: OfferId, sealed: str
) -> str:
    """Answer an offer that came without an object around it."""
    return _answer(info_hash, peer_id, to_peer_id, offer_id, sealed)


def _answer(info_hash: InfoHash, peer_id: PeerId, to_peer_id: PeerId, offer_id: OfferId, answer: object) -> str:
    return encode_object(
        {
            **_head(info_hash, peer_id),
            "answer": answer,
            "offer_id": offer_id,
            "to_peer_id": to_peer_id,
        }
    )


def encode_farewell(info_hash: InfoHash, peer_id: PeerId) -> str:
    """Leave the swarm at once; Trystero leaves it to the closing of the socket, which others may still use."""
    return encode_object({**_head(info_hash, peer_id), "event": "stopped", "numwant": 0, "offers": []})


def announceable(offers: Sequence[SealedOffer]) -> list[SealedOffer]:
    """Give those of *offers*, from the front, that one message may carry."""
    room_bytes = TRACKER_MESSAGE_BYTES_MAX - _ANNOUNCE_OVERHEAD_BYTES
    fitting: list[SealedOffer] = []
    for offer in offers[:OFFERS_PER_ANNOUNCE_MAX]:
        room_bytes -= len(offer.sealed) + _OFFER_OVERHEAD_BYTES
        if room_bytes < 0:
            break
        fitting.append(offer)
    return fitting


def decode(text: str) -> list[TrackerMessage]:
    """Decode what a tracker says; one text may hold a warning and something else besides.

    Raises:
        SignalingError: the text is no message of a tracker.

    """
    fields = decode_object(text)
    if (failure := fields.get("failure reason")) is not None:
        return [Complained(is_failure=True, reason=quote(failure))]
    found: list[TrackerMessage] = []
    if (warning := fields.get("warning message")) is not None:
        found.append(Complained(is_failure=False, reason=quote(warning)))
    if fields.get("action") == "announce":
        found.append(_decode_announce(fields))
    if not found:
        raise SignalingError(f"a message with action {quote(fields.get('action'))}, expected 'announce'")
    return found


def _decode_announce(fields: dict[str, object]) -> TrackerMessage:
    info_hash = fields.get("info_hash")
    if not isinstance(info_hash, str) or len(info_hash) != INFO_HASH_LENGTH:
        raise SignalingError(f"info_hash is {quote(info_hash)}, expected {INFO_HASH_LENGTH} characters")
    name = InfoHash(info_hash)
    if (offer := fields.get("offer")) is not None:
        return OfferForwarded(name, *_ids(fields), _sealed("offer", offer), is_bare=isinstance(offer, str))
    if (answer := fields.get("answer")) is not None:
        return AnswerForwarded(name, *_ids(fields), _sealed("answer", answer))
    seeders, leechers = _number(fields, "complete"), _number(fields, "incomplete")
    return Replied(
        name,
        interval_seconds=_number(fields, "interval"),
        seeders=None if seeders is None else int(min(seeders, 2**31)),
        leechers=None if leechers is None else int(min(leechers, 2**31)),
    )


def _ids(fields: dict[str, object]) -> tuple[PeerId, OfferId]:
    peer_id, offer_id = fields.get("peer_id"), fields.get("offer_id")
    if not isinstance(peer_id, str) or not _ID.fullmatch(peer_id):
        raise SignalingError(f"peer_id is {quote(peer_id)}, expected 20 letters and digits")
    if not isinstance(offer_id, str) or not _ID.fullmatch(offer_id):
        raise SignalingError(f"offer_id is {quote(offer_id)}, expected 20 letters and digits")
    return PeerId(peer_id), OfferId(offer_id)


def _sealed(kind: str, description: object) -> str:
    if isinstance(description, str):
        return description
    sealed = description.get("sdp") if isinstance(description, dict) else None
    if not isinstance(sealed, str):
        raise SignalingError(f"an {kind} without the text sdp")
    return sealed


def _number(fields: dict[str, object], name: str) -> float | None:
    """Give a number of at least 0; None for anything else, which some trackers do say, and is then as if not said."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return None
    return value


def _head(info_hash: InfoHash, peer_id: PeerId) -> dict[str, object]:
    return {"action": "announce", "info_hash": info_hash, "peer_id": peer_id}
