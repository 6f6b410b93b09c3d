"""The messages two peers exchange once a channel is open (docs/protocol.md, "Messages").

Each is a frozen value; `peerset.core.wire` turns them into bytes and back. The number after each class is
the message's type on the wire.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.signal import RoomTag

PROTOCOL_VERSION: Final = 1
FEATURE_LACKING: Final = 1
"""The bit of `Hello.features` that stands for `Lacking`,"""
FEATURE_DECLINING: Final = 2
"""the one for `Declining`,"""
FEATURE_INTRODUCING: Final = 4
"""the one for `Seek`, `Neighbours` and `Introduce`,"""
FEATURE_NAMING: Final = 8
"""the one for `Light` and `Named`,"""
FEATURE_BLOBS: Final = 16
"""and the one for `BlobAsk`, `BlobHave`, `BlobWant`, `BlobPart` and `BlobAbsent`."""

Bound = tuple[int, bytes]
"""A place in the order of records: (created_at, leading bytes of the id). ``(t, b"")`` comes before every id."""


class Role(IntEnum):
    """What a peer is in the swarm for."""

    MEMBER = 0
    SEEDER = 1


class GoodbyeReason(IntEnum):
    """Why a session ends; later versions may add more."""

    LEAVING = 0
    FAULT = 1
    BANNED = 2
    FULL = 3
    EXPIRED = 4
    WRONG_ROOM = 5
    WRONG_VERSION = 6
    SELF = 7
    DUPLICATE = 8
    OTHER_RULES = 9


@dataclass(frozen=True, slots=True)
class Hello:
    """0: who speaks, of which room, under which rules; both sides send it first."""

    version: int
    room_tag: RoomTag
    public_key: bytes
    """32 bytes, x-only secp256k1 (BIP-340)."""
    nonce: bytes
    """32 random bytes, fresh for this channel."""
    rules_id: bytes
    """32 bytes; equal ids promise equal member sets."""
    retention_seconds: int
    role: Role
    features: int
    """A bit set of extensions both sides may use; unknown bits are ignored."""
    unix: UnixTime
    """The sender's clock, to measure how far apart clocks are."""


@dataclass(frozen=True, slots=True)
class Proof:
    """1: the sender's BIP-340 signature (64 bytes) over the session's transcript."""

    signature: bytes


@dataclass(frozen=True, slots=True)
class Ping:
    """2: sent after a quiet time; answered by `Pong` with the same token (a whole number below 2^32)."""

    token: int


@dataclass(frozen=True, slots=True)
class Pong:
    """3: the answer to `Ping`."""

    token: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    """4: the sender ends the session; *detail* is for people (at most 256 bytes)."""

    reason: GoodbyeReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Root:
    """5: opens a round of sync, or invites the initiator to open one."""

    round: int
    first_day: int
    """The first UTC day compared, numbered from the Unix epoch, or a step in one (`peerset.core.window`)."""
    upto: UnixTime
    """Records with created_at below this are compared."""
    count: int
    digest: bytes
    """The first 16 bytes of the room root."""


@dataclass(frozen=True, slots=True)
class Days:
    """6: count and keyed fingerprint of each cell of *cell_days* days from *first_day* up to *upto*."""

    round: int
    first_day: int
    upto: UnixTime
    cell_days: int
    cells: tuple[tuple[int, bytes], ...]
    """(count, 8-byte fingerprint) per cell; (0, b"") where the sender has none."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is said of this range; only moves the lower bound of the next."""

    upper: Bound


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The sender's keyed digest (8 bytes) of its records in this range."""

    upper: Bound
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class IdList:
    """Listed ids (5 bytes each), in order, of everything the sender has in this range."""

    upper: Bound
    short_ids: tuple[bytes, ...]


RangeItem = Skip | Fingerprint | IdList


@dataclass(frozen=True, slots=True)
class Ranges:
    """7: the next step of the comparison: ascending, disjoint ranges, each from the previous upper bound.

    The first range's lower bound is `peerset.core.window.first_bound` of the round. With *more*, the answer goes on
    in the next message.
    """

    round: int
    items: tuple[RangeItem, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Want:
    """8: listed ids (5 bytes each), out of the receiver's lists, of records the sender lacks."""

    round: int
    short_ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """9: encoded records; *round* 0 means live, outside any round."""

    round: int
    blobs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """10: how many bytes of `Records` blobs of this round the sender has dealt with in all."""

    round: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Fin:
    """11: the sender has sent all it will in this round; *count* and *digest* are its set now."""

    round: int
    count: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Announce:
    """12: first 8 bytes of the ids of new records the sender can give."""

    prefixes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Pull:
    """13: asks for announced records; answered by live `Records` with those still at hand."""

    prefixes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Sketch:
    """14: the next symbols of a sketch of the *count* records from *first_day* up to *upto*."""

    round: int
    first_day: int
    upto: UnixTime
    count: int
    symbols: bytes
    """13 bytes each (`peerset.core.sketch`); the first ones in the first of a round."""


@dataclass(frozen=True, slots=True)
class More:
    """15: asks for the symbols of a sketch up to so many in all, or with 0 for `Days` in place of it."""

    round: int
    symbols: int


@dataclass(frozen=True, slots=True)
class Lacking:
    """64: keyed 8-byte ids of records whose content the sender has not got: said in place of `Records`."""

    round: int
    short_ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Declining:
    """65: keyed 8-byte ids of records that the sender's rules refuse: it was given them, and takes none of them."""

    short_ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """66: asks for the content of members created at one second, by the first 8 bytes of their ids."""

    created_at: int
    prefixes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Seek:
    """67: asks whom the receiver has as neighbours."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """68: some of whom the sender has as neighbours, for a `Seek`: of each its id (20 bytes) and its key (32)."""

    peers: bytes


@dataclass(frozen=True, slots=True)
class Introduce:
    """69: a sealed offer or answer, on its way to a neighbour of the receiver, or of the receiver's neighbour to it."""

    to: bytes
    """The id of whom it is for (20 bytes),"""
    source: bytes
    """and of whom it is from."""
    sealed: bytes
    """Read by nobody but whom it is for."""


@dataclass(frozen=True, slots=True)
class Light:
    """70: of records dated before *content_from* the sender takes no content, but `Named`."""

    content_from: int


@dataclass(frozen=True, slots=True)
class Named:
    """71: time (4 bytes, big-endian) and id (32) of records that the sender has, to a light member."""

    round: int
    names: bytes


@dataclass(frozen=True, slots=True)
class BlobAsk:
    """80: asks which pieces of a blob the receiver has."""

    root: bytes
    """The root of the blob's tree (32 bytes)."""


@dataclass(frozen=True, slots=True)
class BlobHave:
    """81: which pieces of a blob the sender has and gives, for a `BlobAsk`."""

    root: bytes
    pieces: bytes
    """One bit a piece, the highest bit of each byte first; zeros at the end may be left out."""


@dataclass(frozen=True, slots=True)
class BlobWant:
    """82: asks for *count* pieces of a blob from *first* on; each is answered, in order."""

    root: bytes
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class BlobPart:
    """83: one piece of a blob, for a `BlobWant`."""

    root: bytes
    piece: int
    proof: bytes
    """The hashes beside its way to the root, from the bottom (32 bytes each)."""
    data: bytes


@dataclass(frozen=True, slots=True)
class BlobAbsent:
    """84: said in place of *count* pieces of a blob from *first* on, which the sender does not give."""

    root: bytes
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """72 to 127, but for the above: an extension this version does not know; read, ignored, never sent."""

    type: int


SessionMessage = Hello | Proof | Ping | Pong | Goodbye
"""What the session itself answers."""
SyncMessage = Root | Days | Sketch | More | Ranges | Want | Lacking | Credit | Fin
"""The steps of a round of sync."""
LiveMessage = Announce | Pull | Fetch
"""How new records go round between rounds."""
LightMessage = Light | Named
"""What light members say, and are told in place of records."""
IntroductionMessage = Seek | Neighbours | Introduce
"""How neighbours bring peers together."""
BlobMessage = BlobAsk | BlobHave | BlobWant | BlobPart | BlobAbsent
"""How the pieces of blobs are asked for, and come."""
Message = (
    SessionMessage
    | SyncMessage
    | LiveMessage
    | LightMessage
    | IntroductionMessage
    | BlobMessage
    | Records
    | Declining
    | Unknown
)
"""All there are; `Records` are for a round, or live, and `Declining` answers either."""
