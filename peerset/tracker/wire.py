"""What clients say to our tracker and what it says to them: the websocket BitTorrent tracker protocol.

Clients are Trystero pages, WebTorrent and ourselves. Ids are 20 characters of one byte each (U+0000 to U+00FF).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quoted
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from peerset.errors import SignalingError
from peerset.signaling.json_text import encode_object, quote

ID_LENGTH: Final = 20
OFFER_ID_LENGTH_MAX: Final = 64
OFFERS_TAKEN_MAX: Final = 32
"""Offers beyond these in one announce are ignored."""
SCRAPED_SWARMS_MAX: Final = 64
SUBJECT_LENGTH_MAX: Final = 256
"""Longer texts are not named back to whoever sent them."""
HEAD_LENGTH: Final = 1_024
"""So far a message that is refused unread is searched for what it is about; clients say that before their offers."""

_SUBJECTS: Final = ("action", "info_hash", "topic")
_SUBJECT: Final = re.compile(
    rf'"({"|".join(_SUBJECTS)})"\s*:\s*'
    rf'("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{{4}})){{0,{SUBJECT_LENGTH_MAX}}}")'
)
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_NUMBERS: Final = (int, float)
_EVENTS: Final = frozenset({"", "empty", "update", "started", "completed", "paused", "stopped"})


class ClientOffer(NamedTuple):
    """An offer for whomever the tracker chooses; *sdp* may be sealed, and is passed on unread."""

    id: str
    sdp: str
    is_plain: bool = False
    """JSON needs to escape nothing of it."""
    is_bare: bool = False
    """The offer is the text itself, as Trystero 0.23.0 has it, and no object with a type."""


class Announced(NamedTuple):
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
    sdp: str
    is_bare: bool = False
    """The answer is the text itself, and no object with a type."""


@dataclass(frozen=True, slots=True)
class Scraped:
    """A client asks how large swarms are."""

    info_hashes: tuple[str, ...]


ClientMessage = Announced | Answered | Scraped


def decode(fields: dict[str, object], text: str) -> ClientMessage:
    """Decode what a client says, whose *text* holds *fields*.

    Raises:
        SignalingError: it is no message; the reason may be told to the client.

    """
    match fields.get("action"):
        case "announce":
            # Without a backslash, no string in it has anything that JSON escapes.
            is_plain = text.isascii() and "\\" not in text
            return _decode_answer(fields) if fields.get("answer") else _decode_announce(fields, is_plain=is_plain)
        case "scrape":
            return decode_scrape(fields.get("info_hash"))
        case action:
            raise SignalingError(f"action is {quote(action)}, expected 'announce' or 'scrape'")


def decode_scrape(asked: object) -> Scraped:
    """Decode which swarms are *asked* for: an info hash, or a list of them.

    Raises:
        SignalingError: it is none; the reason may be told to the client.

    """
    hashes = asked if isinstance(asked, list) else [asked]
    if not 0 < len(hashes) <= SCRAPED_SWARMS_MAX:
        raise SignalingError(f"a scrape of {len(hashes)} swarms, expected 1 to {SCRAPED_SWARMS_MAX}")
    return Scraped(tuple(_id({"info_hash": info_hash}, "info_hash") for info_hash in hashes))


def encode_reply(info_hash: str, *, interval_seconds: int, seeders: int, leechers: int) -> str:
    """Confirm an announce."""
    return (
        f'{{"action":"announce","info_hash":{quoted(info_hash)},"interval":{interval_seconds},'
        f'"complete":{seeders},"incomplete":{leechers}}}'
    )


class OfferWriter:
    """Writes what passes on the offers of one member; what they have in common is written once."""

    def __init__(self, info_hash: str, peer_id: str) -> None:
        self._head = f'{{"action":"announce","info_hash":{quoted(info_hash)},"peer_id":{quoted(peer_id)},"offer_id":'

    def __call__(self, offer: ClientOffer) -> str:
        """Write *offer*."""
        offer_id, sdp, is_plain, is_bare = offer
        if is_bare:
            return f'{self._head}{quoted(offer_id)},"offer":{quoted(sdp)}}}'
        if is_plain:
            return f'{self._head}"{offer_id}","offer":{{"type":"offer","sdp":"{sdp}"}}}}'
        return f'{self._head}{quoted(offer_id)},"offer":{{"type":"offer","sdp":{quoted(sdp)}}}}}'


def encode_answer(answered: Answered) -> str:
    """Pass on an answer to whom it is for."""
    return encode_object(
        {
            "action": "announce",
            "info_hash": answered.info_hash,
            "peer_id": answered.peer_id,
            "offer_id": answered.offer_id,
            "answer": answered.sdp if answered.is_bare else {"type": "answer", "sdp": answered.sdp},
        }
    )


def encode_scrape(sizes: Mapping[str, tuple[int, int]], *, interval_seconds: int) -> str:
    """Tell the numbers of seeders and leechers by info hash."""
    files = {
        info_hash: {"complete": seeders, "incomplete": leechers, "downloaded": seeders}
        for info_hash, (seeders, leechers) in sizes.items()
    }
    return encode_object({"action": "scrape", "files": files, "flags": {"min_request_interval": interval_seconds}})


def encode_warning(reason: str, info_hash: str) -> str:
    """Say what was not done of a message that was heard."""
    return encode_object({"action": "announce", "info_hash": info_hash, "warning message": reason})


def encode_failure(reason: str, about: Mapping[str, object] = _NOTHING) -> str:
    """Say why a message was refused; what its fields said of what it is *about* is named, so that clients place it."""
    subject = {name: about[name] for name in _SUBJECTS if _may_be_named(about.get(name))}
    return encode_object({**subject, "failure reason": reason})


def subject_of(text: str) -> dict[str, object]:
    """Give what *text* is about, as far as its first characters tell, for those who have no time to read it."""
    return {name: json.loads(value) for name, value in _SUBJECT.findall(text[:HEAD_LENGTH])}


def _may_be_named(value: object) -> bool:
    return isinstance(value, str) and len(value) <= SUBJECT_LENGTH_MAX


def _decode_announce(fields: dict[str, object], *, is_plain: bool) -> Announced:
    event = fields.get("event")
    if event is not None and not (isinstance(event, str) and event in _EVENTS):
        raise SignalingError(f"event is {quote(event)}, which is none")
    offers = fields.get("offers")
    return Announced(
        _id(fields, "info_hash"),
        _id(fields, "peer_id"),
        _decode_offers(offers[:OFFERS_TAKEN_MAX], is_plain) if isinstance(offers, list) else (),
        is_seeder=_is_zero(fields.get("left")) or event == "completed",
        has_left=event == "stopped",
    )


def _decode_answer(fields: dict[str, object]) -> Answered:
    sdp, is_bare = _decode_description("answer", fields["answer"])
    return Answered(
        info_hash=_id(fields, "info_hash"),
        peer_id=_id(fields, "peer_id"),
        to_peer_id=_id(fields, "to_peer_id"),
        offer_id=_offer_id(fields.get("offer_id")),
        sdp=sdp,
        is_bare=is_bare,
    )


def _decode_offers(items: list[Any], is_plain: bool) -> tuple[ClientOffer, ...]:
    offers: list[ClientOffer] = []
    for item in items:
        try:
            offer_id, sdp = item["offer_id"], item["offer"]["sdp"]
        except (TypeError, LookupError):
            offer_id = sdp = None
        # Half of the time of a message is its offers': no call of a function is made for a good one but to keep it.
        if type(offer_id) is str and type(sdp) is str and 0 < len(offer_id) <= OFFER_ID_LENGTH_MAX:
            offers.append(ClientOffer(offer_id, sdp, is_plain))
        elif not _is_empty(item):
            offers.append(_decode_offer(item, is_plain))
    return tuple(offers)


def _is_empty(item: object) -> bool:
    """Say whether *item* offers nothing: the reference tracker passes it on all the same, and nobody reads it."""
    return isinstance(item, dict) and item.get("offer") is None


def _decode_offer(item: object, is_plain: bool) -> ClientOffer:
    """Decode an offer, or say what is wrong with it."""
    if not isinstance(item, dict):
        raise SignalingError(f"an offer is a {type(item).__name__}, expected an object")
    sdp, is_bare = _decode_description("offer", item.get("offer"))
    return ClientOffer(_offer_id(item.get("offer_id")), sdp, is_plain, is_bare)


def _decode_description(kind: str, value: object) -> tuple[str, bool]:
    """Give a session description, and whether it came without an object around it."""
    if isinstance(value, str):
        return value, True
    # The key decides what it is; a type that says otherwise would only mislead the receiver.
    sdp = value.get("sdp") if isinstance(value, dict) else None
    if not isinstance(sdp, str):
        raise SignalingError(f"an {kind} without the text sdp")
    return sdp, False


def _offer_id(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= OFFER_ID_LENGTH_MAX:
        raise SignalingError(f"offer_id is {quote(value)}, expected 1 to {OFFER_ID_LENGTH_MAX} characters")
    return value


def _id(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or len(value) != ID_LENGTH or not (value.isascii() or max(value) <= "\xff"):
        raise SignalingError(f"{name} is {quote(value)}, expected {ID_LENGTH} characters of one byte")
    return value


def _is_zero(left: object) -> bool:
    return type(left) in _NUMBERS and left == 0
