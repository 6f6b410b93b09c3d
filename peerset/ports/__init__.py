"""What peerset plugs into: stores, transports, signaling and policies.

Adapters do not inherit from these; they only have the methods. Each port has an acceptance suite in
`peerset.testing.checks` that a new adapter must pass.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from peerset.core.action import Action
from peerset.core.clock import Monotonic, UnixTime
from peerset.core.day_sum import DaySum
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.core.rules import Manifest
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.core.verdict import PolicyClass, Seat, Verdict
from peerset.ports.store import (
    ColumnStore,
    DocumentStore,
    PromptStore,
    SealedStore,
    SharedStore,
    ShellStore,
    SQLStore,
    Store,
    ViewStore,
)
from peerset.protocol.inputs import Closed, Opened, SignalingInput, TransportInput

__all__ = [
    "ColumnStore",
    "Dialer",
    "DialingTransport",
    "DocumentStore",
    "GrantPolicy",
    "PlacedHub",
    "Policy",
    "PromptStore",
    "RecordSigner",
    "SQLStore",
    "SealedStore",
    "SenderPolicy",
    "SetRule",
    "SharedStore",
    "ShellStore",
    "Signaling",
    "SignalingHub",
    "SignalingStatus",
    "SocketState",
    "Store",
    "Transport",
    "TransportHub",
    "ViewStore",
]


class RecordSigner(Protocol):
    """Whoever signs what a room's user writes: a key here, or a signer elsewhere."""

    @property
    def public_key(self) -> PublicKey:
        """The author of what it signs."""
        ...

    async def sign(self, *, created_at: UnixTime, kind: int, tags: Iterable[Iterable[str]], content: str) -> Record:
        """Sign the event that this becomes (NIP-01).

        Raises:
            MalformedError: it breaks the limits or text rules of records.
            SignatureError: the signer refuses.
            SignalingError: it cannot be reached, or does not answer.

        """
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

    def add_candidate(self, peer: PeerId, offer_id: OfferId, candidate: str) -> None:
        """Try to reach *peer* at *candidate* too, in the attempt that began with this offer, of ours or its own.

        It is the value of an ``a=candidate`` line, of a stranger: what cannot be used is ignored. One that comes before
        the description to which it belongs is kept until then.
        """
        ...

    def drop_offers(self, offer_ids: Sequence[OfferId]) -> None:
        """Close the connections behind these pooled offers."""
        ...


class DialingTransport(Transport, Dialer, Protocol):
    """A transport that makes its channels itself, as WebRTC does."""


class SocketState(Enum):
    """How a signaling strategy's connection to one of its places stands."""

    CONNECTING = "connecting"
    OPEN = "open"
    RESTING = "resting"
    """It failed; the next try is at most 60 seconds away."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SignalingStatus:
    """How a room stands with one place of a signaling strategy; times are the event loop's clock, in seconds."""

    strategy: str
    """The strategy by the name it is installed under, such as ``torrent``."""
    place: str
    """Where peers are met: an address, or empty where the strategy has none."""
    state: SocketState
    error: str | None
    """What went wrong last, in words; None when the place last answered well."""
    since: Monotonic
    """When *state* began."""
    last_success: Monotonic | None
    """When the place last took an announce; None when it never has."""
    next_try: Monotonic | None
    """When it is tried again; None while it is open or being opened, and once the room is left."""
    announces: int
    """How often the room was announced there."""
    replies: int
    """How often it took an announce, whatever it said of the swarm."""
    swarm_size: int | None
    """Members of the swarm including us, as the place last said; None where it does not count them."""
    peers: int
    """How many peers' signals it passed on."""


class Signaling(Protocol):
    """How peers of one room find each other. Failures to reach a place are retried inside, and logged."""

    async def announce(self, offers: Sequence[Offer]) -> None:
        """Announce the room now, with *offers*, and again at the place's pace until the next call."""
        ...

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        """Send *offer* to *peer* alone, which was `PeerAnnounced` by *via*.

        Signaling that tells of no announcements, as trackers do, is never asked to.
        """
        ...

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        """Send *answer* to *peer* through *via*."""
        ...

    def inputs(self) -> AsyncIterator[SignalingInput]:
        """Iterate announcements, offers and answers of others; ends after `aclose`. Called once."""
        ...

    def status(self) -> list[SignalingStatus]:
        """Tell how the room stands with each place, in the order given; nothing where there is none."""
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
    """One strategy, and what all rooms of a process share of it, such as connections."""

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Make sure that a room can be joined at *places*, or at the default ones, without doing it.

        Raises:
            ConfigError: they are no places of this strategy, or there is no default.

        """
        ...

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> Signaling:
        """Give *room* its signaling, at *places* or the default ones.

        Raises:
            ConfigError: as `check`.

        """
        ...


@runtime_checkable
class PlacedHub(SignalingHub, Protocol):
    """A strategy that tells which places it uses when none are named."""

    def default_places(self, room: RoomName) -> Sequence[str]:
        """Give what None stands for in *room*."""
        ...


class Policy(Protocol):
    """A moderation rule that judges records one by one: admission, or view.

    One that says ``judges_envelopes = True`` looks at author, time, kind and tags alone, never at what is said; it is
    asked before anything is written whether it may be (`peerset.Room.may_write`). One of these that says
    ``names_collections = True`` tells collections apart, and so is refused in a sealed room, where envelopes hide them.
    """

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


@runtime_checkable
class GrantPolicy(Policy, Protocol):
    """An admission policy that lets those write who carry a grant of one of its *owners*."""

    @property
    def owners(self) -> frozenset[PublicKey]:
        """Whose grants count."""
        ...

    def asks(self, author: PublicKey, kind: int, collection: str | None) -> bool:
        """Say whether a record of *author*, of this kind and with this first tag ``c``, is to carry a grant."""
        ...


class SetRule(Protocol):
    """A moderation rule over the member set: of records that compete, it says which stay visible.

    One that says ``sees_pins = True`` is asked about what pins show as well, which is no member any more.
    """

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


@runtime_checkable
class WordedRule(SetRule, Protocol):
    """A set rule whose records say themselves why others are shadowed."""

    def word(self, record: Record) -> str:
        """Give what of *record* is to stand in its seat, for `why`."""
        ...

    def why(self, group: Sequence[Seat]) -> str:
        """Say why what `keep` does not keep of *group* is shadowed, for people."""
        ...


@runtime_checkable
class DayRule(SetRule, Protocol):
    """A set rule whose groups are the UTC days, and which knows by sums when it keeps all of one."""

    def fits(self, author: DaySum, whole: DaySum) -> bool:
        """Say whether all of a day is kept for sure, as far as *author* is concerned, and the *whole* of the room."""
        ...
