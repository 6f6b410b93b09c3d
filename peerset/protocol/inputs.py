"""What happened: every input of the node, in the past tense."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from peerset.core.blob import BlobName, Root
from peerset.core.deletion import Mark, Outline
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.core.signal import Answer, ChannelBinding, Offer, OfferId, PeerId, Via
from peerset.core.verdict import Verdict
from peerset.protocol.events import ActionReceived, RecordsExpired


class Purpose(Enum):
    """Whom offers of ours are for."""

    ANYONE = "anyone"
    """Trackers pass them on to whom they choose."""
    INTRODUCED = "introduced"
    """One peer each, whom a neighbour named to us."""
    ANNOUNCED = "announced"
    """One peer each, who said that it is there."""


@dataclass(frozen=True, slots=True)
class OffersMade:
    """`MakeOffers` is done; *offers* may be fewer than asked for, even none."""

    offers: tuple[Offer, ...]
    purpose: Purpose = Purpose.ANYONE


@dataclass(frozen=True, slots=True)
class PeerAnnounced:
    """A peer says that it is there, and hears an offer that is for itself alone by *via*."""

    peer: PeerId
    via: Via


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """A peer offers a channel, through the tracker *via*."""

    peer: PeerId
    offer: Offer
    via: Via


@dataclass(frozen=True, slots=True)
class AnswerReceived:
    """A peer answers one of our offers."""

    peer: PeerId
    answer: Answer
    via: Via


@dataclass(frozen=True, slots=True)
class CandidateReceived:
    """A peer may also be reached at *candidate*; it belongs to the offer or answer with this id."""

    peer: PeerId
    offer_id: OfferId
    candidate: str
    """The value of an ``a=candidate`` line (RFC 8839, 5.1), unchecked."""
    via: Via


@dataclass(frozen=True, slots=True)
class AnswerMade:
    """`MakeAnswer` is done: *answer* is ready, or None when a channel to *peer* exists already."""

    peer: PeerId
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class DialFailed:
    """`MakeAnswer` or `AcceptAnswer` could not be done."""

    peer: PeerId
    reason: str
    is_fault: bool = False
    """The peer sent something illegal, rather than being out of reach."""


@dataclass(frozen=True, slots=True)
class OfferLost:
    """A pooled offer's connection is gone; the offer can no longer be answered."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class Opened:
    """A channel to *peer* is open and both ends are ready for messages of this room."""

    peer: PeerId
    binding: ChannelBinding
    route: str
    """How bytes travel: "direct", "relayed" or "unknown"."""
    address: str = ""
    """The remote network address, for limits by network; empty when unknown."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The channel to *peer* is gone."""

    peer: PeerId
    reason: str


@dataclass(frozen=True, slots=True)
class Received:
    """One whole message arrived from *peer*; not yet decoded."""

    peer: PeerId
    data: bytes


@dataclass(frozen=True, slots=True)
class Faulted:
    """The transport saw *peer* break its rules (framing, sizes)."""

    peer: PeerId
    reason: str


@dataclass(frozen=True, slots=True)
class Clogged:
    """So much waits to be sent to *peer* that nothing should be added which can wait."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class Drained:
    """Most of what waited to be sent to *peer* has left."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class Published:
    """The room's user made *records*, signed by its own key."""

    records: tuple[Record, ...]
    group: int = 0
    """All of one are saved at once or none: when one is refused, all are. Each has another number; 0 is none."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The room's user brought *records* signed by anyone; their signatures are not checked yet."""

    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """Others changed what is in the store that we share with them; what *came* they verified and judged."""

    came: tuple[Record, ...] = ()
    gone: tuple[tuple[int, RecordId, RecordId], ...] = ()
    """What was deleted: (created_at, id), and by which deletion."""
    purged: tuple[RecordId, ...] = ()
    """What lost its content, and is here still."""
    hollow: tuple[tuple[int, RecordId], ...] = ()
    """(created_at, id) of what came, and had no content any more when it was read."""
    expired: RecordsExpired | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """`Verify` is done; one flag a record, in order."""

    batch: int
    are_valid: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """`Judge` is done; one verdict a record, in order."""

    batch: int
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """`Resolve` is done."""

    batch: int
    outlines: tuple[Outline, ...]
    """What the store has of the targets, purged records included."""
    marks: tuple[Mark, ...]
    """The newest deletion for each question that any answers."""


@dataclass(frozen=True, slots=True)
class Saved:
    """`Save` is on disk."""

    batch: int


@dataclass(frozen=True, slots=True)
class SaveFailed:
    """`Save` did not happen; nothing of the batch is on disk."""

    batch: int
    reason: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """`Load` is done: the wire form of each record, empty where its content is gone; none at all when it failed."""

    peer: PeerId
    round: int
    blobs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Expired:
    """`Expire` is done; *count* records are gone from disk, and *kept* are there still, since pins show them.

    None are those of the last time.
    """

    count: int
    kept: frozenset[RecordId] | None = frozenset()
    is_partial: bool = False
    """More may have expired than has lost its content."""


@dataclass(frozen=True, slots=True)
class Compare:
    """Somebody waits until peers have what was written: compare with those who may not."""


@dataclass(frozen=True, slots=True)
class KeyBanned:
    """The user bans *key*, or a network address, for *seconds*, or lifts its ban with 0."""

    key: PublicKey | str
    seconds: float


@dataclass(frozen=True, slots=True)
class PlacesAllowed:
    """There may be so many neighbours from now on: what others take of what they share leaves that."""

    places: int


@dataclass(frozen=True, slots=True)
class Purged:
    """The content of *ids* is gone from disk, for good; nobody is given it any more."""

    ids: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The user wants the content of shells, each (created_at, id), again."""

    entries: tuple[tuple[int, RecordId], ...]


@dataclass(frozen=True, slots=True)
class BlobWanted:
    """Somebody here reads these *pieces* of a blob."""

    name: BlobName
    pieces: Sequence[int]


@dataclass(frozen=True, slots=True)
class BlobUnwanted:
    """Nobody here reads a blob any more, or may."""

    root: Root


@dataclass(frozen=True, slots=True)
class BlobFound:
    """`FindBlob` is done: *pieces* are here and may be given, as `BlobHave` says them."""

    peer: PeerId
    root: Root
    pieces: bytes


@dataclass(frozen=True, slots=True)
class PiecesRead:
    """`ReadPieces` is done: of each piece its proof and its data; None where it is not here, or is not given."""

    peer: PeerId
    root: Root
    first: int
    pieces: Sequence[tuple[bytes, bytes] | None]


@dataclass(frozen=True, slots=True)
class PiecesKept:
    """What `KeepPiece` asked for is done with some pieces of a blob, whether they could be kept or not."""

    root: Root
    pieces: tuple[tuple[PeerId, int], ...]
    """Each with who brought it."""


BlobInput = BlobWanted | BlobUnwanted | BlobFound | PiecesRead | PiecesKept
"""What happens to blobs here."""


@dataclass(frozen=True, slots=True)
class Left:
    """The room's user leaves; say goodbye to everyone."""


Input = (
    OffersMade
    | PeerAnnounced
    | OfferReceived
    | AnswerReceived
    | CandidateReceived
    | AnswerMade
    | DialFailed
    | OfferLost
    | Opened
    | Closed
    | Received
    | Faulted
    | Clogged
    | Drained
    | ActionReceived
    | Published
    | Imported
    | Changed
    | Verified
    | Judged
    | Resolved
    | Saved
    | SaveFailed
    | Loaded
    | Expired
    | Compare
    | KeyBanned
    | PlacesAllowed
    | Purged
    | Wanted
    | BlobInput
    | Left
)

SignalingInput = PeerAnnounced | OfferReceived | AnswerReceived | CandidateReceived
DialingInput = SignalingInput | OffersMade | AnswerMade | DialFailed | OfferLost
TransportInput = Opened | Closed | Received | Faulted | Clogged | Drained | OfferLost | ActionReceived
