"""What peers exchange before they have a channel: names of rooms and peers, offers and answers."""

import hashlib
import random
from dataclasses import dataclass
from typing import Final, NewType

from peerset.errors import ConfigError

PeerId = NewType("PeerId", str)
"""20 characters of `ID_ALPHABET`, new for every process start; proves nothing."""

OfferId = NewType("OfferId", str)
"""20 characters of `ID_ALPHABET`, new for every offer."""

RoomTag = NewType("RoomTag", bytes)
"""16 bytes that name a room inside records, hellos and roots."""

Via = NewType("Via", str)
"""Where a signal came from (a tracker's address); an answer goes back the same way."""

BY_NEIGHBOUR: Final = "neighbour:"
"""What a `Via` begins with that is a neighbour, which introduced us; its id follows."""

ID_ALPHABET: Final = "0123456789AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQqRrSsTtUuVvWwXxYyZz"
ID_LENGTH: Final = 20
PEER_ID_PREFIX: Final = "0000"
"""The smaller id leads, so pages of Trystero answer our offers at once."""

ROOM_NAME_BYTES_MAX: Final = 1_024


@dataclass(frozen=True, slots=True)
class RoomName:
    """The full name of a room: what peers must agree on to meet."""

    app: str
    """Keeps rooms of one name apart between applications; Trystero's ``appId``."""
    room: str
    """The room as its users name it; Trystero's ``roomId``."""

    def __post_init__(self) -> None:
        for part, value in (("app", self.app), ("room", self.room)):
            if not value:
                raise ConfigError(f"the {part} name is empty")
            if len(value.encode("utf-8", "surrogatepass")) > ROOM_NAME_BYTES_MAX:
                raise ConfigError(f"the {part} name is longer than {ROOM_NAME_BYTES_MAX} bytes")
            if any(ord(character) < 0x20 or 0xD800 <= ord(character) < 0xE000 for character in value):
                raise ConfigError(f"the {part} name {value!r} has control characters or lone surrogates")

    @property
    def tag(self) -> RoomTag:
        """The first 16 bytes of SHA-256("peerset/room/1" | 00 | app | 00 | room)."""
        text = b"peerset/room/1\0" + self.app.encode() + b"\0" + self.room.encode()
        return RoomTag(hashlib.sha256(text).digest()[:16])


@dataclass(frozen=True, slots=True)
class Offer:
    """A session description that invites an answer (RFC 8829)."""

    id: OfferId
    sdp: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The session description that completes the offer named by *offer_id*."""

    offer_id: OfferId
    sdp: str


@dataclass(frozen=True, slots=True)
class ChannelBinding:
    """The SHA-256 DTLS fingerprints (32 bytes each) of the two ends of a channel, as each was verified."""

    local: bytes
    remote: bytes


def by_neighbour(peer: PeerId) -> Via:
    """Give the way of what the neighbour *peer* passes on."""
    return Via(BY_NEIGHBOUR + peer)


def introducer_of(via: Via | None) -> PeerId | None:
    """Give the neighbour that *via* is; None when it is a tracker, or unknown."""
    return PeerId(via.removeprefix(BY_NEIGHBOUR)) if via is not None and via.startswith(BY_NEIGHBOUR) else None


def make_peer_id(rng: random.Random) -> PeerId:
    """Draw a peer id that sorts before almost every Trystero page's."""
    return PeerId(PEER_ID_PREFIX + draw_id(rng, ID_LENGTH - len(PEER_ID_PREFIX)))


def make_offer_id(rng: random.Random) -> OfferId:
    """Draw an offer id."""
    return OfferId(draw_id(rng, ID_LENGTH))


def draw_id(rng: random.Random, length: int) -> str:
    """Draw *length* characters of `ID_ALPHABET`."""
    return "".join(rng.choice(ID_ALPHABET) for _ in range(length))
