"""What peers of one local network say to each other: what they announce by multicast, and the lines of an exchange.

Everything is sealed under a key of the room, so who is not of it learns neither its name nor who is in it; see
docs/protocol.md, "Local networks".
"""

import hashlib
import random
import re
from collections.abc import Mapping
from typing import Final

from peerset.core.limits import LAN_LINE_BYTES_MAX, SDP_BYTES_MAX
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.errors import SignalingError
from peerset.protocol.inputs import AnswerReceived, OfferReceived
from peerset.signaling.json_text import decode_object, encode_object, quote
from peerset.signaling.sealing import Seal, sealing_key

SERVICE_TYPE: Final = "_peerset._tcp.local."
INSTANCE_BYTES: Final = 16
VERSION: Final = b"1"

_VERSION_KEY: Final = b"v"
_PEER_KEY: Final = b"p"
_DOMAIN: Final = b"peerset/lan/1\0"
_FIELDS: Final = ("type", "from", "to", "offer_id", "sdp")
_ID: Final = re.compile(r"[0-9A-Za-z]{20}")


def lan_seal(room: RoomName, password: str) -> Seal:
    """Give the seal of *room* in local networks; its key is another than that of the room's session descriptions.

    Raises:
        ConfigError: the password is not Unicode text.

    """
    return Seal(hashlib.sha256(_DOMAIN + sealing_key(room, password)).digest())


def draw_instance(rng: random.Random) -> str:
    """Draw the name of one announcement: it says nothing, and is new for each joining of a room."""
    return rng.randbytes(INSTANCE_BYTES).hex()


def encode_presence(seal: Seal, instance: str, peer_id: PeerId, rng: random.Random) -> dict[bytes, bytes]:
    """Give what is announced as *instance*: who is there, for those who can read it."""
    return {_VERSION_KEY: VERSION, _PEER_KEY: seal.seal(f"{instance} {peer_id}", rng).encode()}


def decode_presence(seal: Seal, instance: str, properties: Mapping[bytes, bytes | None]) -> PeerId | None:
    """Give who is announced as *instance*; None when that is nobody of the room of *seal*.

    Raises:
        SignalingError: what is announced makes no sense.

    """
    sealed = properties.get(_PEER_KEY)
    if properties.get(_VERSION_KEY) != VERSION or sealed is None:
        raise SignalingError(f"the announcement {quote(instance)} is of another version")
    said = seal.open(_ascii(sealed))
    if said is None:
        return None
    named, _, peer = said.partition(" ")
    if named != instance or not _ID.fullmatch(peer):
        raise SignalingError(f"the announcement {quote(instance)} says {quote(said)}")
    return PeerId(peer)


def encode_offer(seal: Seal, peer_id: PeerId, to: PeerId, offer: Offer, rng: random.Random) -> bytes:
    """Give the line by which *peer_id* offers *to* a peer."""
    return _encode(seal, ("offer", peer_id, to, offer.id, offer.sdp), rng)


def encode_answer(seal: Seal, peer_id: PeerId, to: PeerId, answer: Answer, rng: random.Random) -> bytes:
    """Give the line by which *peer_id* answers an offer, in the same exchange."""
    return _encode(seal, ("answer", peer_id, to, answer.offer_id, answer.sdp), rng)


def decode(seal: Seal, line: bytes, peer_id: PeerId, via: Via) -> OfferReceived | AnswerReceived | None:
    """Decode a *line* that came by *via*; None when it is of another room, or not for *peer_id*.

    Raises:
        SignalingError: it makes no sense.

    """
    text = seal.open(_ascii(line.removesuffix(b"\n")))
    if text is None:
        return None
    fields = decode_object(text)
    kind, sender, receiver, offer_id, sdp = map(fields.get, _FIELDS)
    if receiver != peer_id:
        return None
    if not isinstance(sender, str) or not _ID.fullmatch(sender):
        raise SignalingError(f"from is {quote(sender)}, expected 20 letters and digits")
    if not isinstance(offer_id, str) or not _ID.fullmatch(offer_id):
        raise SignalingError(f"offer_id is {quote(offer_id)}, expected 20 letters and digits")
    if not isinstance(sdp, str) or len(sdp.encode("utf-8", "surrogatepass")) > SDP_BYTES_MAX:
        raise SignalingError(f"sdp is {quote(sdp, 32)}, expected a text of at most {SDP_BYTES_MAX} bytes")
    match kind:
        case "offer":
            return OfferReceived(PeerId(sender), Offer(OfferId(offer_id), sdp), via)
        case "answer":
            return AnswerReceived(PeerId(sender), Answer(OfferId(offer_id), sdp), via)
        case _:
            raise SignalingError(f"type is {quote(kind)}, expected 'offer' or 'answer'")


def _encode(seal: Seal, values: tuple[str, ...], rng: random.Random) -> bytes:
    line = seal.seal(encode_object(dict(zip(_FIELDS, values, strict=True))), rng).encode() + b"\n"
    if len(line) > LAN_LINE_BYTES_MAX:
        raise SignalingError(f"a line of {len(line)} bytes, expected at most {LAN_LINE_BYTES_MAX}")
    return line


def _ascii(sealed: bytes) -> str:
    try:
        return sealed.decode("ascii")
    except UnicodeDecodeError as error:
        raise SignalingError("a sealed text is not ASCII") from error
