"""What clients say to our tracker and what it says to them: the websocket BitTorrent tracker protocol.

Clients are Trystero pages, WebTorrent and ourselves. Ids are 20 characters of one byte each (U+0000 to U+00FF).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from peerset.errors import SignalingError
from peerset.signaling.json_text import decode_object, encode_object, quote

ID_LENGTH: Final = 20
OFFER_ID_LENGTH_MAX: Final = 64
OFFERS_TAKEN_MAX: Final = 32
"""Offers beyond these in one announce are ignored."""
SCRAPED_SWARMS_MAX: Final = 64

_EVENTS: Final = frozenset({"", "empty", "update", "started", "completed", "paused", "stopped"})


@dataclass(frozen=True, slots=True)
class Description:
    """A session description as a client gave it; *sdp* may be sealed, and is passed on unread."""

    type: str
    sdp: str


@dataclass(frozen=True, slots=True)
class ClientOffer:
    """An offer for whomever the tracker chooses."""

    id: str
    description: Description


@dataclass(frozen=True, slots=True)
class Announced:
    """A client is in the swarm, or with *has_left* no longer."""

    info_hash: str
    peer_id: str
    offers: tuple[ClientOffer, ...]
    is_seeder: bool
    has_left: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """A client answers an offer of *to_peer_id*."""

    info_hash: str
    peer_id: str
    to_peer_id: str
    offer_id: str
    description: Description


@dataclass(frozen=True, slots=True)
class Scraped:
    """A client asks how large swarms are."""

    info_hashes: tuple[str, ...]


ClientMessage = Announced | Answered | Scraped


def decode(text: str) -> ClientMessage:
    """Decode what a client says.

    Raises:
        SignalingError: it is no message; the reason may be told to the client.

    """
    fields = decode_object(text)
    match fields.get("action"):
        case "announce":
            return _decode_answer(fields) if fields.get("answer") else _decode_announce(fields)
        case "scrape":
            return _decode_scrape(fields)
        case action:
            raise SignalingError(f"action is {quote(action)}, expected 'announce' or 'scrape'")


def encode_reply(info_hash: str, *, interval_seconds: int, seeders: int, leechers: int) -> str:
    """Confirm an announce."""
    return encode_object(
        {
            "action": "announce",
            "info_hash": info_hash,
            "interval": interval_seconds,
            "complete": seeders,
            "incomplete": leechers,
        }
    )


def encode_offer(info_hash: str, peer_id: str, offer: ClientOffer) -> str:
    """Pass on *offer* of *peer_id*."""
    return encode_object(
        {
            "action": "announce",
            "info_hash": info_hash,
            "peer_id": peer_id,
            "offer_id": offer.id,
            "offer": _as_object(offer.description),
        }
    )


def encode_answer(answered: Answered) -> str:
    """Pass on an answer to whom it is for."""
    return encode_object(
        {
            "action": "announce",
            "info_hash": answered.info_hash,
            "peer_id": answered.peer_id,
            "offer_id": answered.offer_id,
            "answer": _as_object(answered.description),
        }
    )


def encode_scrape(sizes: Mapping[str, tuple[int, int]], *, interval_seconds: int) -> str:
    """Tell the numbers of seeders and leechers by info hash."""
    files = {
        info_hash: {"complete": seeders, "incomplete": leechers, "downloaded": seeders}
        for info_hash, (seeders, leechers) in sizes.items()
    }
    return encode_object({"action": "scrape", "files": files, "flags": {"min_request_interval": interval_seconds}})


def encode_failure(reason: str, info_hash: str | None = None) -> str:
    """Say why a message was refused."""
    about = {} if info_hash is None else {"action": "announce", "info_hash": info_hash}
    return encode_object({**about, "failure reason": reason})


def _decode_announce(fields: dict[str, object]) -> Announced:
    event = fields.get("event")
    if event is not None and not (isinstance(event, str) and event in _EVENTS):
        raise SignalingError(f"event is {quote(event)}, which is none")
    offers = fields.get("offers")
    return Announced(
        info_hash=_id(fields, "info_hash"),
        peer_id=_id(fields, "peer_id"),
        offers=tuple(map(_decode_offer, offers[:OFFERS_TAKEN_MAX])) if isinstance(offers, list) else (),
        is_seeder=_is_zero(fields.get("left")) or event == "completed",
        has_left=event == "stopped",
    )


def _decode_answer(fields: dict[str, object]) -> Answered:
    return Answered(
        info_hash=_id(fields, "info_hash"),
        peer_id=_id(fields, "peer_id"),
        to_peer_id=_id(fields, "to_peer_id"),
        offer_id=_offer_id(fields.get("offer_id")),
        description=_decode_description("answer", fields["answer"]),
    )


def _decode_scrape(fields: dict[str, object]) -> Scraped:
    asked = fields.get("info_hash")
    hashes = asked if isinstance(asked, list) else [asked]
    if not 0 < len(hashes) <= SCRAPED_SWARMS_MAX:
        raise SignalingError(f"a scrape of {len(hashes)} swarms, expected 1 to {SCRAPED_SWARMS_MAX}")
    return Scraped(tuple(_id({"info_hash": info_hash}, "info_hash") for info_hash in hashes))


def _decode_offer(item: object) -> ClientOffer:
    if not isinstance(item, dict):
        raise SignalingError(f"an offer is a {type(item).__name__}, expected an object")
    return ClientOffer(_offer_id(item.get("offer_id")), _decode_description("offer", item.get("offer")))


def _decode_description(kind: str, value: object) -> Description:
    if not isinstance(value, dict) or not isinstance(value.get("sdp"), str):
        raise SignalingError(f"an {kind} without the text sdp")
    # The key decides what it is; a type that says otherwise would only mislead the receiver.
    return Description(kind, value["sdp"])


def _offer_id(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= OFFER_ID_LENGTH_MAX:
        raise SignalingError(f"offer_id is {quote(value)}, expected 1 to {OFFER_ID_LENGTH_MAX} characters")
    return value


def _id(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or len(value) != ID_LENGTH or max(value) > "\xff":
        raise SignalingError(f"{name} is {quote(value)}, expected {ID_LENGTH} characters of one byte")
    return value


def _is_zero(left: object) -> bool:
    return isinstance(left, int | float) and not isinstance(left, bool) and left == 0


def _as_object(description: Description) -> dict[str, str]:
    return {"type": description.type, "sdp": description.sdp}
