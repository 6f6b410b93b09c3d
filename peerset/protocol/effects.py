"""What to do: every effect the node asks for, in the imperative. The driver performs them one by one, in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from peerset.core.blob import BlobName, Root
from peerset.core.clock import UnixTime
from peerset.core.deletion import Name
from peerset.core.keys import PublicKey
from peerset.core.message import Message
from peerset.core.record import Record, RecordId
from peerset.core.signal import Answer, Offer, OfferId, PeerId, Via
from peerset.protocol.events import Happening, News
from peerset.protocol.inputs import AnswerReceived, OfferReceived, Purpose
from peerset.protocol.strikes import Fault


@dataclass(frozen=True, slots=True)
class MakeOffers:
    """Prepare *count* offers; answered by `OffersMade` with the same *purpose*."""

    count: int
    purpose: Purpose = Purpose.ANYONE


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the trackers we are here, with *offers*; signaling repeats it at its own pace until the next one."""

    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class DropOffers:
    """Close the connections behind pooled offers that grew old."""

    offer_ids: tuple[OfferId, ...]


@dataclass(frozen=True, slots=True)
class MakeAnswer:
    """Answer *offer*; answered by `AnswerMade` or `DialFailed`, later by `Opened`."""

    peer: PeerId
    offer: Offer


@dataclass(frozen=True, slots=True)
class SendOffer:
    """Send *offer*, which is for *peer* alone, the way its name came."""

    peer: PeerId
    offer: Offer
    via: Via


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """Send *answer* to *peer* the way its offer came."""

    peer: PeerId
    answer: Answer
    via: Via


@dataclass(frozen=True, slots=True)
class AcceptAnswer:
    """Complete our own offer with *answer*; answered by `DialFailed` at most, later by `Opened`."""

    peer: PeerId
    answer: Answer


@dataclass(frozen=True, slots=True)
class AddCandidate:
    """Try to reach *peer* at *candidate* too, in the attempt that began with this offer; nothing answers."""

    peer: PeerId
    offer_id: OfferId
    candidate: str


@dataclass(frozen=True, slots=True)
class Send:
    """Send one message to *peer*, after all sent before."""

    peer: PeerId
    message: Message


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Flush what was sent to *peer* and close the channel, or drop the attempt; `Closed` follows if it was open."""

    peer: PeerId
    reason: str


@dataclass(frozen=True, slots=True)
class Verify:
    """Check the signatures of *records*; answered by `Verified`. Batches may overlap."""

    batch: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Judge:
    """Ask the policies, in order, of each record; answered by `Judged`."""

    batch: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Resolve:
    """Look up what is here of *targets*, and which deletions name what comes; answered by `Resolved`."""

    batch: int
    targets: tuple[Name, ...]
    """What deletions of the batch name."""
    questions: tuple[tuple[Name, PublicKey], ...]
    """What records of the batch are named by, with their authors."""


@dataclass(frozen=True, slots=True)
class Save:
    """Add *records* and remove *removed* in one transaction; answered by `Saved` or `SaveFailed`."""

    batch: int
    records: tuple[Record, ...]
    removed: tuple[RecordId, ...]
    filled: tuple[RecordId, ...] = ()
    """Which of *records* are here as shells, and get their content back."""


@dataclass(frozen=True, slots=True)
class Load:
    """Read the wire forms of *ids* for *peer*, in a round or (0) that it fetches; answered by `Loaded`."""

    peer: PeerId
    round: int
    ids: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class Expire:
    """Delete every record with created_at below *before*, and the content of what expires; answered by `Expired`."""

    before: UnixTime
    seen: UnixTime
    """What our clock says, which is believed: to be kept for the next life."""
    until: UnixTime
    """What expires by then loses its content (docs/protocol.md, "Expiration"): a part of it, if it is much."""


@dataclass(frozen=True, slots=True)
class KeepRefused:
    """Keep on disk that *refused*, each (created_at, id), were refused under *rules*; nothing answers."""

    refused: tuple[tuple[int, bytes], ...]
    rules: bytes


@dataclass(frozen=True, slots=True)
class KeepAcquaintances:
    """Keep on disk whose keys were useful for long, each with when that was last seen; nothing answers."""

    acquaintances: tuple[tuple[PublicKey, UnixTime], ...]


@dataclass(frozen=True, slots=True)
class FindBlob:
    """Look which pieces of a blob may be given to *peer*; answered by `BlobFound`."""

    peer: PeerId
    root: Root


@dataclass(frozen=True, slots=True)
class ReadPieces:
    """Read *count* pieces of a blob, from *first* on, for *peer*; answered by `PiecesRead`."""

    peer: PeerId
    root: Root
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class KeepPiece:
    """Keep a piece, which *peer* brought and which was checked; answered by `PiecesKept`."""

    peer: PeerId
    name: BlobName
    piece: int
    data: bytes
    nodes: Mapping[int, bytes]
    """What is known of the blob's tree by it."""


@dataclass(frozen=True, slots=True)
class GiveUpBlob:
    """Tell whoever waits for a blob that it does not come; nothing answers."""

    root: Root
    reason: str
    refuted: int = 0
    """The size by which it was looked for, when a piece has shown that it has another one."""


StoreEffect = Save | Load | Resolve | Expire | KeepRefused | KeepAcquaintances
"""What is done by the store, in order."""
BlobEffect = FindBlob | ReadPieces | KeepPiece | GiveUpBlob
"""What blobs need of the outside."""


@dataclass(frozen=True, slots=True)
class Emit:
    """Tell the room's subscribers."""

    event: Happening


SeldomEffect = (
    MakeOffers
    | Announce
    | DropOffers
    | MakeAnswer
    | SendOffer
    | SendAnswer
    | AcceptAnswer
    | AddCandidate
    | Disconnect
    | Verify
    | Judge
    | Resolve
    | Save
    | Load
    | Expire
    | KeepRefused
    | KeepAcquaintances
)
Effect = Send | Emit | BlobEffect | SeldomEffect


@dataclass(frozen=True, slots=True)
class Strike:
    """Count *fault* against *peer*, so many *times*; machines ask it of the node, which keeps it from the driver."""

    peer: PeerId
    fault: Fault
    reason: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Dealt:
    """Intake is done with *size* bytes of blobs that *peer* sent in *round*; *added* records of them are new."""

    peer: PeerId
    round: int
    size: int
    added: int
    refused: int = 0
    """How many of the bytes were refused."""
    toll: int = 0
    """What they count beyond *size* in how much comes in a second: some take more work than others."""


@dataclass(frozen=True, slots=True)
class Decline:
    """Our rules refuse for good what *peer* brought under *ids*: tell it that we take none of these."""

    peer: PeerId
    ids: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class LeaveToSync:
    """What *peer* lacks, or we of its records, cannot be told or asked for one by one: compare with it soon."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class Relay:
    """Records that are new here, each with who sent it: pass them on to whoever may lack them."""

    news: News


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Compare with all soon: the store works again, and did not take what came meanwhile."""


@dataclass(frozen=True, slots=True)
class Dial:
    """A neighbour named them to us: make an offer for each of *callees*, by the way beside it."""

    callees: tuple[tuple[PeerId, Via], ...]


@dataclass(frozen=True, slots=True)
class Signalled:
    """A neighbour passed on an offer or answer for us: take it as one of a tracker."""

    signal: OfferReceived | AnswerReceived


Errand = Effect | Dial | Signalled
"""What dialing and introductions may ask for; the last two they ask of each other."""
Request = Effect | Strike | Dealt | Decline | LeaveToSync | Relay | CatchUp
"""What a machine below the node may ask for; the last six stay inside the node."""

CARRIED_OUT_INSIDE: Final = frozenset({Strike, Dealt, Decline, LeaveToSync, Relay, CatchUp, Expire, Send})
"""With these the node itself has something to do, beside or before the driver; all others it passes on."""
