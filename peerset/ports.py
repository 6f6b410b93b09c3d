"""What peerset plugs into: stores, transports, signaling and policies.

Adapters do not inherit from these; they only have the methods. Each port has an acceptance suite in
`peerset.testing.checks` that a new adapter must pass.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from peerset.core.action import Action
from peerset.core.clock import Monotonic, UnixTime
from peerset.core.deletion import Mark, Name, Outline
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.core.rules import Manifest
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, RoomTag, Via
from peerset.core.verdict import PolicyClass, Seat, Verdict
from peerset.documents.change import Bookmark, Changes
from peerset.documents.definition import Definition
from peerset.documents.document import State, Version
from peerset.documents.plan import Explanation, Figure, Link, Plan, Slot
from peerset.documents.value import Scalar
from peerset.protocol.inputs import Closed, Opened, SignalingInput, TransportInput


class Store(Protocol):
    """Where one room's records rest. Every failure is a `StoreError`."""

    async def bind(self, room_tag: RoomTag, *, is_private: bool = False) -> None:
        """Make this the store of one room, for good; binding it to the same room again does nothing.

        What a private one holds on a disk may be read by its owner alone.

        Raises:
            ConfigError: it already belongs to another room.

        """
        ...

    async def add(self, records: Sequence[Record], *, removed: Sequence[RecordId] = ()) -> None:
        """Add *records* (those already there are left alone), then remove *removed*, in one transaction."""
        ...

    async def get(self, ids: Sequence[RecordId]) -> list[Record]:
        """Give those of *ids* that are here, in the order asked."""
        ...

    async def wires(self, ids: Sequence[RecordId]) -> list[bytes]:
        """Give the wire form of each of *ids*, in order: empty where its content is not here."""
        ...

    async def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record, in that order."""
        ...

    async def query(self, query: Filter) -> list[Record]:
        """Give the records that match, newest first, ties by lowest id first."""
        ...

    async def deleters(self) -> set[PublicKey]:
        """Give the author of every deletion (kind 5, NIP-09) that names something."""
        ...

    async def named(self, names: Sequence[Name]) -> list[Outline]:
        """Give what is here, purged or not, under *names*: ids, and addresses with all their versions."""
        ...

    async def marks(self, questions: Sequence[tuple[Name, PublicKey]]) -> list[Mark]:
        """Give the newest deletion by each author of the name beside it, ties by lowest id; nothing where none is."""
        ...

    async def versions(self) -> list[Outline]:
        """Give every keyed record (`peerset.core.record.KEYED_KINDS`) that is here, purged or not."""
        ...

    async def expire(self, before: UnixTime) -> int:
        """Delete every record with created_at below *before*; give how many."""
        ...

    async def purge(self, ids: Sequence[RecordId]) -> None:
        """Destroy the content, tags and signature of *ids*, for good; deletions are left alone.

        What is purged stays among `entries` until it expires or is removed, so that roots stay equal and nobody is
        asked for it. It is never given again by `get`, `wires` or `query`, and adding it does nothing; all that is left
        is its `Outline`.
        """
        ...

    async def refuse(self, entries: Sequence[tuple[int, bytes]], *, rules: bytes) -> None:
        """Remember that *entries*, each (created_at, id), were refused under *rules*; what others refused is forgotten.

        They are no records: only `refused` gives them, and `expire` forgets them by their age without counting them.
        """
        ...

    async def refused(self, rules: bytes) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of everything refused under *rules*, in that order."""
        ...

    async def notes(self, kind: str) -> dict[bytes, str]:
        """Give every note of *kind*, by key: small facts of this peer alone, which never travel."""
        ...

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        """Keep *text* under *kind* and *key*, in place of what was there; None removes it.

        Raises:
            ConfigError: kind, key or text break the limits of `peerset.core.note`.
            StoreError: there are too many of this kind already.

        """
        ...

    async def aclose(self) -> None:
        """Flush and close; may be called twice."""
        ...


@runtime_checkable
class DocumentStore(Store, Protocol):
    """A store that also finds records as documents, by fields, keys and links, and remembers what changed.

    What it knows of a record is written in the transaction that saves it. A record is seen when its
    `peerset.documents.document.State` is 0: what the record alone decides is found by
    `peerset.documents.document.row_of`; superseded versions and complete batches (`peerset.documents.commit`) by the
    store, at every change of what is here; the rest is told by `mark`, `sweep` and `purge`. Records that are no
    documents have a state too. `find`, `count` and `aggregate` are about the documents that are seen. A record is a
    document of one collection at most. Questions about a collection that was not defined are a `QueryError`.
    """

    async def define(self, definitions: Sequence[Definition], *, span_seconds: int) -> None:
        """Know these collections, in place of those of the same names; indexes are cut into spans of so many seconds.

        What is added from now on is found; what was here before, once `build` has come to its end. Tables of the same
        `Definition.digest` as before are kept and only caught up; collections that are not named keep theirs, unless
        one of *definitions* reads their documents as older ones of its own: it takes them over.

        Raises:
            ConfigError: two of *definitions* read documents of one name, or there are more than `COLLECTIONS_MAX`.

        """
        ...

    async def build(self) -> int:
        """Index the next of what was here before; give how many records are left, 0 at the end."""
        ...

    async def drop(self, collections: Sequence[str]) -> None:
        """Forget collections, with their indexes; their records stay."""
        ...

    async def find(self, plan: Plan) -> list[Record]:
        """Give the documents that match, in the order of *plan*, after its seat, at most its limit."""
        ...

    async def count(self, plan: Plan) -> int:
        """Give how many match, whatever the seat and the limit."""
        ...

    async def aggregate(self, plan: Plan, figures: Sequence[Figure], *, by: str | None) -> list[dict[str, Scalar]]:
        """Compute *figures* over all that match, or one row for each value of the field *by*, in the order of those.

        A row has each figure by its name, and the value of *by* under that name. What is null or missing is in no
        figure but ``count``; ``sum`` and ``mean`` take booleans as 0 and 1 and leave out texts; a figure of nothing is
        null. Nothing that matches gives one row without *by*, and none with it.
        """
        ...

    async def explain(self, plan: Plan) -> Explanation:
        """Say how *plan* would be found."""
        ...

    async def misfits(self, collection: str) -> list[Record]:
        """Give what does not fit the model of the collection, newest first, at most 1,000."""
        ...

    async def register_versions(self, collection: str, slots: Sequence[Slot]) -> list[list[Version]]:
        """Give every version of each register that is here, newest first, whatever its state; a purged one as well.

        A slot without an author means the versions of all authors.
        """
        ...

    async def heads(self, collection: str, *, limit: int) -> list[Record]:
        """Give what counts and nothing that counts follows, newest first, tombstones included.

        What counts has no bit of `peerset.documents.document.ABSENT`. A link counts when what it names counts, is dated
        before, and is a version of the same register, or when a document of its own follows any of the collection.
        """
        ...

    async def links(self, ids: Sequence[RecordId], *, of_parents: bool) -> list[Link]:
        """Give the links of *ids* to what they follow, here or not, or (*of_parents*) those of what follows *ids*.

        Only documents follow something. By parent, then child.
        """
        ...

    async def mark(self, ids: Sequence[RecordId], state: State, *, is_set: bool) -> None:
        """Set or clear bits of what is here, documents or not, in one transaction; what thereby changes is logged."""
        ...

    async def marked(self, state: State) -> list[RecordId]:
        """Give what has any of these bits, by id."""
        ...

    async def sweep(self, now: UnixTime) -> list[RecordId]:
        """Let nobody see documents that expire by *now* (NIP-40); give those that newly do, by id.

        What is added later and has expired by then is not seen from the beginning.
        """
        ...

    async def changes(self, since: Bookmark | None, *, limit: int) -> Changes:
        """Give what changed since a bookmark, or from the beginning, at most *limit* changes.

        The changes since a bookmark, applied to what their reader was told before, give what is seen now. The log of
        what went keeps the newest `CHANGES_KEPT_MAX`, and of these what went in the `CHANGES_KEPT_SECONDS` before the
        last `sweep`; what came is always told. Records that are purged, before they are seen no more or after, are
        shells.

        Raises:
            CursorError: the log no longer reaches back so far, or the bookmark is one of another log.

        """
        ...

    async def last_change(self) -> Bookmark:
        """Give the bookmark of who knows everything up to now."""
        ...


class Transport(Protocol):
    """What carries messages to peers of one room. Failures are `TransportError`.

    One whose channels come about by offers and answers is a `Dialer` too.
    """

    def inputs(self) -> AsyncIterator[TransportInput]:
        """Iterate what happens; ends after `aclose`. Called once."""
        ...

    def heed(self, event: Opened | Closed) -> None:
        """Learn that the room takes *event* now: from here on `send` and `disconnect` mean the channel it tells of.

        What is said to a channel that is gone must not reach the peer by the next one, which begins with a greeting.
        """
        ...

    def send(self, peer: PeerId, data: bytes) -> None:
        """Queue one message for *peer*; `Clogged` tells when too much waits. Unknown peers are ignored."""
        ...

    def send_action(self, peer: PeerId, action: Action) -> bool:
        """Queue an application action (a plain Trystero message) for *peer*; False while its channel is clogged.

        It may be tried again after `Drained`. Unknown peers are ignored: True.
        """
        ...

    def disconnect(self, peer: PeerId, reason: str) -> None:
        """Flush what is queued for at most a second, then close the channel or the attempt."""
        ...

    async def aclose(self) -> None:
        """Close every channel of the room within 2 seconds; may be called twice."""
        ...


@runtime_checkable
class Dialer(Protocol):
    """What makes channels of offers and answers, for a `Transport` that has them. Failures are `TransportError`."""

    async def make_offers(self, count: int) -> list[Offer]:
        """Prepare up to *count* offers, each ready to be answered."""
        ...

    async def make_answer(self, peer: PeerId, offer: Offer) -> Answer | None:
        """Answer *offer*; None when a channel to *peer* exists and serves this room too.

        Raises:
            RemoteProtocolError: the offer is not an acceptable session description.
            TransportError: it could not be answered.

        """
        ...

    async def accept_answer(self, peer: PeerId, answer: Answer) -> None:
        """Complete the offer that *answer* names.

        Raises:
            RemoteProtocolError: the answer is not an acceptable session description.
            TransportError: the offer is gone.

        """
        ...

    def drop_offers(self, offer_ids: Sequence[OfferId]) -> None:
        """Close the connections behind these pooled offers."""
        ...


class DialingTransport(Transport, Dialer, Protocol):
    """A transport that makes its channels itself, as WebRTC does."""


class SocketState(Enum):
    """How a tracker's socket stands."""

    CONNECTING = "connecting"
    OPEN = "open"
    RESTING = "resting"
    """It failed; the next try is at most 60 seconds away."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TrackerStatus:
    """How a room stands with one tracker."""

    url: str
    state: SocketState
    error: str | None
    """What went wrong last, in words; None when the tracker last answered well."""
    since: Monotonic
    """When *state* began, on the event loop's clock."""
    announces: int
    """How often the room was announced there."""
    replies: int
    """How often it took an announce, whatever it said of the swarm."""
    swarm_size: int | None
    """Members of the swarm including us, as the tracker last said."""
    peers: int
    """How many peers' signals it passed on."""


class Signaling(Protocol):
    """How peers of one room find each other. Failures to reach trackers are retried inside, and logged."""

    async def announce(self, offers: Sequence[Offer]) -> None:
        """Announce the room now, with *offers*, and again at the tracker's pace until the next call."""
        ...

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        """Send *answer* to *peer* through *via*."""
        ...

    def inputs(self) -> AsyncIterator[SignalingInput]:
        """Iterate offers and answers of others; ends after `aclose`. Called once."""
        ...

    def status(self) -> list[TrackerStatus]:
        """Tell how the room stands with each tracker; nothing where there are none."""
        ...

    async def aclose(self) -> None:
        """Stop announcing within 2 seconds; may be called twice."""
        ...


class TransportHub(Protocol):
    """What all rooms of one application in a process share: their channels, by remote peer."""

    def join(self, room: RoomName, *, password: str = "") -> Transport:
        """Give *room* its transport. A room can be joined once at a time."""
        ...

    async def aclose(self) -> None:
        """Close what is left; may be called twice."""
        ...


class SignalingHub(Protocol):
    """What all rooms of a process share towards trackers."""

    def check(self, *, trackers: Sequence[str] | None = None) -> None:
        """Make sure that a room can be joined on *trackers*, without doing it.

        Raises:
            ConfigError: they are no trackers.

        """
        ...

    def join(
        self, room: RoomName, peer_id: PeerId, *, trackers: Sequence[str] | None = None, password: str = ""
    ) -> Signaling:
        """Give *room* its signaling, on *trackers* or the default ones."""
        ...


class Policy(Protocol):
    """A moderation rule that judges records one by one: admission, or view."""

    @property
    def name(self) -> str:
        """What a refusal is reported under; lower-case ASCII, like ``words``."""
        ...

    @property
    def policy_class(self) -> PolicyClass:
        """What its verdicts depend on: `PolicyClass.ADMISSION` or `PolicyClass.VIEW`."""
        ...

    @property
    def manifest(self) -> Manifest:
        """What it is, exactly; it goes into the room's rules id when it decides admission."""
        ...

    def judge(self, records: Sequence[Record]) -> Sequence[Verdict]:
        """Accept or refuse each of *records*, in order. Called in a thread of its own, within a time limit."""
        ...


class SenderPolicy(Policy, Protocol):
    """A view policy that also wants to know who brought each record."""

    def judge_from(self, records: Sequence[Record], senders: Sequence[PublicKey | None]) -> Sequence[Verdict]:
        """Do as `judge`; *senders* are the proven keys of the peers that brought *records*, one for each.

        None stands for our own user, and for what was here before the policy was.
        """
        ...


class SetRule(Protocol):
    """A moderation rule over the member set: of records that compete, it says which stay visible."""

    @property
    def name(self) -> str:
        """What a shadowed record is reported under."""
        ...

    @property
    def policy_class(self) -> PolicyClass:
        """Give `PolicyClass.SET_RULE`."""
        ...

    @property
    def manifest(self) -> Manifest:
        """What it is, exactly; it goes into the room's rules id."""
        ...

    @property
    def reason(self) -> str:
        """Why what it does not keep is shadowed, for people."""
        ...

    def group(self, record: Record) -> tuple[str, ...] | None:
        """Name the group in which *record* competes; None when it does not concern this rule."""
        ...

    def keep(self, group: Sequence[Seat]) -> frozenset[RecordId]:
        """Say which of a whole group stay visible: a function of the set, whatever its order."""
        ...
