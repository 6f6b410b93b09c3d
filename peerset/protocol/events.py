"""What the room's subscribers see, in the past tense."""

from collections.abc import Sequence
from dataclasses import dataclass

from peerset.core.action import Action
from peerset.core.cause import Cause
from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.record import EPHEMERAL_KINDS, Record, RecordId
from peerset.core.signal import PeerId


@dataclass(frozen=True, slots=True)
class PeerJoined:
    """A session with *peer* is established; *key* is proven."""

    peer: PeerId
    key: PublicKey


@dataclass(frozen=True, slots=True)
class PeerLeft:
    """An established session ended."""

    peer: PeerId
    key: PublicKey
    reason: str


@dataclass(frozen=True, slots=True)
class ForeignPeerJoined:
    """*peer* shares the channel but not our protocol: an application such as a plain Trystero page."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class ForeignPeerLeft:
    """A peer without our protocol is gone."""

    peer: PeerId
    reason: str


@dataclass(frozen=True, slots=True)
class PeerSynced:
    """Our set and *peer*'s had equal roots a moment ago.

    *gained* and *given* count the records that crossed since it joined.
    """

    peer: PeerId
    gained: int
    given: int


@dataclass(frozen=True, slots=True)
class RecordAdded:
    """*record* is a new member, on disk, or one whose content was fetched again. An ephemeral one is only passed on."""

    record: Record
    peer: PeerId | None
    """Who sent it; None for our own."""


News = tuple[tuple[Record, PeerId | None], ...]
"""Records that are new here, each with who sent it: None for our own."""


@dataclass(frozen=True, slots=True)
class RecordsAdded:
    """All of *news* became members together: what `RecordAdded` tells of each, for the parts of a room."""

    news: News

    @property
    def members(self) -> list[Record]:
        """The records, but for ephemeral ones, which are members of nothing."""
        return [record for record, _ in self.news if record.kind not in EPHEMERAL_KINDS]


@dataclass(frozen=True, slots=True)
class RecordRejected:
    """A record was refused for *cause*; *source* is what people read for it: a policy's name, or the cause's."""

    id: RecordId
    cause: Cause
    source: str
    reason: str
    peer: PeerId | None


@dataclass(frozen=True, slots=True)
class RecordsRejected:
    """Within a second of one that was told of, *count* more records that *peer* brought were refused for *cause*."""

    count: int
    cause: Cause
    source: str
    reason: str
    """Why the last of them was."""
    peer: PeerId


@dataclass(frozen=True, slots=True)
class RecordKnown:
    """Our user brought a record that is here already."""

    id: RecordId


@dataclass(frozen=True, slots=True)
class RecordPostponed:
    """A record is dated *seconds* too far ahead; it is kept in memory, and added when due."""

    id: RecordId
    seconds: int
    peer: PeerId | None


@dataclass(frozen=True, slots=True)
class RecordDeleted:
    """The author of *id* deleted it, by the deletion record *by*."""

    id: RecordId
    by: RecordId


@dataclass(frozen=True, slots=True)
class RecordHidden:
    """The view *policy* hides a member from readers here; it stays in the set."""

    id: RecordId
    policy: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordsExpired:
    """*count* records older than *before* were collected."""

    before: UnixTime
    count: int
    kept: frozenset[RecordId] = frozenset()
    """What is as old, and which pins show still: it is a member no more."""


@dataclass(frozen=True, slots=True)
class StorageEvicted:
    """The store is over its budget: *count* records of a UTC day lost their content here; their ids stay."""

    day: int
    """Numbered from the Unix epoch."""
    count: int


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """No neighbour gave the content of *ids*, which was asked for again."""

    ids: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class SealUnknown:
    """The room is sealed, and *id* is the first record here that is sealed by a secret which we have not: *seal*."""

    seal: str
    """What tells that secret from others, 16 hexadecimal digits."""
    id: RecordId


@dataclass(frozen=True, slots=True)
class RecordsIndexed:
    """The indexes of collections that were declared have read on: *left* records are to be looked at, 0 at the end."""

    left: int


@dataclass(frozen=True, slots=True)
class ActionReceived:
    """*peer*, which may be a plain Trystero page, sent an application action on the shared channel."""

    peer: PeerId
    action: Action


@dataclass(frozen=True, slots=True)
class StrikeCounted:
    """*peer* did something illegal; *key* is None before its proof."""

    peer: PeerId
    key: PublicKey | None
    reason: str
    state: str
    """"clear", "warned" or "banned" after this strike."""
    address: str = ""
    """Its network address, when that is known and counted too."""


@dataclass(frozen=True, slots=True)
class ClockSkewed:
    """Our clock is *seconds* ahead of (negative: behind) the median of the peers' clocks."""

    seconds: int
    peers: int
    is_ours: bool
    """Most peers agree among themselves, so the wrong clock is ours; otherwise nobody can tell."""


@dataclass(frozen=True, slots=True)
class SaveDelayed:
    """The store refused a batch for *reason*; its records were not added and will be asked for again."""

    reason: str
    ids: tuple[RecordId, ...]


Event = (
    PeerJoined
    | PeerLeft
    | ForeignPeerJoined
    | ForeignPeerLeft
    | PeerSynced
    | RecordAdded
    | RecordRejected
    | RecordsRejected
    | RecordKnown
    | RecordPostponed
    | RecordDeleted
    | RecordHidden
    | RecordsExpired
    | StorageEvicted
    | FetchFailed
    | RecordsIndexed
    | SealUnknown
    | StrikeCounted
    | ActionReceived
    | ClockSkewed
    | SaveDelayed
)
"""What whoever listens to a room is told."""

Happening = Event | RecordsAdded
"""What a node tells its room, in which nobody is told of a batch record by record."""


def apart(event: Happening) -> Sequence[Event]:
    """Give *event* as those hear of it who listen: of a batch, one event a record."""
    return [RecordAdded(record, peer) for record, peer in event.news] if isinstance(event, RecordsAdded) else (event,)
