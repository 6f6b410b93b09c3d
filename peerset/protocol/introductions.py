"""Peers that neighbours bring us together with, without any tracker (docs/protocol.md, "Introductions").

Who has too few neighbours asks those that it has whom they know, and sends an offer by one of them; the answer comes
back the same way. What we do for others in return is `Passing`.
"""

import random
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple, Protocol

from peerset.core.allowance import Allowance
from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import KEY_BYTES, PublicKey, SecretKey, is_public_key
from peerset.core.limits import (
    INTRODUCED_KEYS_MAX,
    INTRODUCED_PER_CHOSEN,
    INTRODUCED_PER_MINUTE,
    INTRODUCTIONS_PER_MINUTE,
    NEIGHBOURS_CHOSEN,
    NEIGHBOURS_INTERVAL_SECONDS,
    SDP_BYTES_MAX,
    SEEK_INTERVAL_MAX_SECONDS,
    SEEK_TIMEOUT_SECONDS,
)
from peerset.core.message import Introduce, IntroductionMessage, Neighbours, Seek
from peerset.core.sealed import SALT_BYTES, seal, unseal
from peerset.core.signal import (
    ID_ALPHABET,
    ID_LENGTH,
    Answer,
    Offer,
    OfferId,
    PeerId,
    RoomTag,
    by_neighbour,
    introducer_of,
)
from peerset.protocol.effects import Dial, Errand, Send, SendAnswer, SendOffer, Signalled
from peerset.protocol.inputs import AnswerReceived, OfferReceived
from peerset.protocol.passing import MINUTE, Hearing, Passing

CALLS_AT_ONCE: Final = NEIGHBOURS_CHOSEN // INTRODUCED_PER_CHOSEN
"""As many as one neighbour may introduce in all: a newcomer has only one to ask."""
OFFER: Final = 0
ANSWER: Final = 1
OFFER_ID_LENGTH_MAX: Final = 32
_ENTRY_BYTES: Final = ID_LENGTH + KEY_BYTES
_ALPHABET: Final = frozenset(ID_ALPHABET.encode())


class AskState(Enum):
    """Where we stand with one neighbour that may introduce us."""

    FRESH = "fresh"
    """It is asked as soon as we lack neighbours."""
    ASKED = "asked"
    """It was asked whom it has."""
    RESTING = "resting"
    """It said, or did not; it is asked again later."""


class AskChange(Enum):
    """What happens between us and it."""

    ASK = "ask"
    TELL = "tell"
    MISS = "miss"
    WAKE = "wake"


TRANSITIONS: Final[Mapping[tuple[AskState, AskChange], AskState]] = {
    (AskState.FRESH, AskChange.ASK): AskState.ASKED,
    (AskState.ASKED, AskChange.TELL): AskState.RESTING,
    (AskState.ASKED, AskChange.MISS): AskState.RESTING,
    (AskState.RESTING, AskChange.WAKE): AskState.FRESH,
}
"""What may come when, and where it leads. An answer may come late, and what is not here is ignored."""


class Dialer(Protocol):
    """Who makes channels of what is brought to it."""

    @property
    def is_calling(self) -> bool:
        """Say whether it makes any."""
        ...

    def missing(self, now: Moment) -> int:
        """Say how many neighbours we lack, beside those that are on their way."""
        ...

    def may_call(self, peer: PeerId, now: Moment) -> bool:
        """Say whether an offer for *peer* makes sense."""
        ...

    def is_useful(self, peer: PeerId, now: Moment) -> bool:
        """Say whether the neighbour *peer* was good for something lately."""
        ...


@dataclass(slots=True)
class _Introducer:
    state: AskState = AskState.FRESH
    due: Monotonic | None = None
    """When it changes by itself."""
    pause_seconds: float = NEIGHBOURS_INTERVAL_SECONDS
    calls: Allowance = field(default_factory=lambda: Allowance(INTRODUCED_PER_MINUTE / MINUTE, CALLS_AT_ONCE))
    """What we may ask it to pass on,"""
    brought: Allowance = field(
        default_factory=lambda: Allowance(2 * INTRODUCTIONS_PER_MINUTE / MINUTE, 2 * INTRODUCTIONS_PER_MINUTE)
    )
    """and what we look at of that which it passes on to us."""

    def change(self, change: AskChange, due: Monotonic | None) -> None:
        """Go on, until *due*."""
        self.state = TRANSITIONS[self.state, change]
        self.due = due


class _Meeting(NamedTuple):
    key: PublicKey
    introducer: PeerId


class Introductions:
    """The introductions of one room, as *own*, who proves *key*."""

    def __init__(self, own: PeerId, key: SecretKey, tag: RoomTag, *, dialer: Dialer, rng: random.Random) -> None:
        self._own = own
        self._key = key
        self._tag = tag
        self._dialer = dialer
        self._rng = rng
        self._passing = Passing(dialer.is_useful)
        self._introducers: dict[PeerId, _Introducer] = {}
        self._meetings: OrderedDict[PeerId, _Meeting] = OrderedDict()
        """The key of whoever was named to us, or called us, and by whom."""
        self._look_at: Monotonic | None = None
        self._due: Monotonic | None = None

    def join(self, peer: PeerId, key: PublicKey, now: Moment, hearing: Hearing | None = None) -> list[Errand]:
        """Count *peer*, which understands introductions, among the neighbours."""
        self._passing.join(peer, key, hearing)
        self._introducers[peer] = _Introducer()
        return self._ask(now)

    def leave(self, peer: PeerId, now: Moment) -> None:
        """Forget *peer*, and look soon whether we lack neighbours."""
        self._passing.leave(peer)
        if self._introducers.pop(peer, None) is None:
            return
        self._look_at = now.monotonic if self._dialer.is_calling else None
        for other in self._introducers.values():
            if other.state is AskState.RESTING and other.due is not None:
                # What it said before it does not say again: who else is there has changed.
                other.due = Monotonic(other.due - other.pause_seconds + NEIGHBOURS_INTERVAL_SECONDS)
                other.pause_seconds = NEIGHBOURS_INTERVAL_SECONDS
        self._heed()

    def receive(self, peer: PeerId, message: IntroductionMessage, now: Moment) -> list[Errand]:
        """Take *message* from the neighbour *peer*."""
        match message:
            case Seek():
                return [*self._passing.tell(peer, now)]
            case Neighbours(peers):
                return self._told(peer, peers, now)
            case Introduce(to):  # pragma: no branch (mypy: nothing else is left)
                is_ours = to == self._own.encode()
                return self._heard(peer, message, now) if is_ours else [*self._passing.pass_on(peer, message, now)]

    def tick(self, now: Moment) -> list[Errand]:
        """Ask again, and wait for nobody too long."""
        if self._due is None or now.monotonic < self._due:
            return []
        for introducer in self._introducers.values():
            if introducer.due is None or now.monotonic < introducer.due:
                continue
            if introducer.state is AskState.ASKED:
                self._rest(introducer, AskChange.MISS, now)
            else:
                introducer.change(AskChange.WAKE, None)
        return self._ask(now)

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        return self._due

    def _heed(self) -> None:
        """Work out anew when something is due, which is asked far more often than it changes."""
        dues = [introducer.due for introducer in self._introducers.values() if introducer.due is not None]
        self._due = min(dues if self._look_at is None else [*dues, self._look_at], default=None)

    def carry(self, signal: SendOffer | SendAnswer, now: Moment) -> list[Errand]:
        """Send an offer or answer of ours by the neighbour that introduced us, if it is still there."""
        introducer, meeting = introducer_of(signal.via), self._meetings.get(signal.peer)
        if introducer is None or introducer not in self._introducers or meeting is None:
            return []
        match signal:
            case SendOffer(_, offer):
                text = _written(OFFER, offer.id, offer.sdp)
            case SendAnswer(_, answer):  # pragma: no branch (mypy: nothing else is left)
                text = _written(ANSWER, answer.offer_id, answer.sdp)
        source, to = self._own.encode(), signal.peer.encode()
        salt, context = self._rng.randbytes(SALT_BYTES), self._tag + source + to
        sealed = seal(text, self._key, meeting.key, context=context, salt=salt)
        return [Send(introducer, Introduce(to, source, sealed))]

    # What is asked and said.

    def _ask(self, now: Moment) -> list[Errand]:
        """Ask who may be asked, if we lack neighbours, and look again later."""
        is_looking = bool(self._introducers) and self._dialer.is_calling
        self._look_at = Monotonic(now.monotonic + NEIGHBOURS_INTERVAL_SECONDS) if is_looking else None
        asked = self._choose(now) if is_looking else []
        for peer in asked:
            self._introducers[peer].change(AskChange.ASK, Monotonic(now.monotonic + SEEK_TIMEOUT_SECONDS))
        self._heed()
        return [Send(peer, Seek()) for peer in asked]

    def _choose(self, now: Moment) -> list[PeerId]:
        """Give whom to ask: of those that are good for something, if any are."""
        fresh = [peer for peer, introducer in self._introducers.items() if introducer.state is AskState.FRESH]
        if not fresh or self._dialer.missing(now) <= 0:
            return []
        return [peer for peer in fresh if self._dialer.is_useful(peer, now)] or fresh

    def _told(self, peer: PeerId, peers: bytes, now: Moment) -> list[Errand]:
        """Call the first of those that *peer* has, one more than we lack, and not too many by it."""
        introducer = self._introducers.get(peer)
        if introducer is None or introducer.state is not AskState.ASKED:
            return []
        named = {name: key for name, key in _read_neighbours(peers) if self._dialer.may_call(name, now)}
        missing = self._dialer.missing(now)
        # One more than we lack, for not all are there: whoever is asked once is not asked again for a while.
        wanted = min(missing + 1 if missing > 0 else 0, CALLS_AT_ONCE - self._brought_by(peer))
        chosen = list(named)[: max(0, wanted)]
        called = [name for name in chosen if introducer.calls.spend(1, now.monotonic)]
        for name in called:
            self._meet(name, _Meeting(named[name], peer))
        # Who has one neighbour alone hears of others by it or by nobody.
        is_soon = called or len(self._introducers) == 1
        introducer.pause_seconds = NEIGHBOURS_INTERVAL_SECONDS if is_soon else introducer.pause_seconds * 2
        self._rest(introducer, AskChange.TELL, now)
        return [Dial(tuple((name, by_neighbour(peer)) for name in called))] if called else []

    def _rest(self, introducer: _Introducer, change: AskChange, now: Moment) -> None:
        introducer.pause_seconds = min(introducer.pause_seconds, SEEK_INTERVAL_MAX_SECONDS)
        introducer.change(change, Monotonic(now.monotonic + introducer.pause_seconds))
        self._heed()

    def _brought_by(self, peer: PeerId) -> int:
        """Count the neighbours that *peer* introduced."""
        brought = (self._meetings[each].introducer for each in self._introducers if each in self._meetings)
        return Counter(brought)[peer]

    def _heard(self, peer: PeerId, message: Introduce, now: Moment) -> list[Errand]:
        """Open what *peer* passes on to us; what is not sealed for us, or too much, is nobody's fault."""
        introducer = self._introducers.get(peer)
        source = _read_id(message.source)
        if introducer is None or source is None or not introducer.brought.spend(1, now.monotonic):
            return []
        opened = unseal(message.sealed, self._key, context=self._tag + message.source + message.to)
        signal = None if opened is None else _read(opened[1])
        if opened is None or signal is None:
            return []
        self._meet(source, _Meeting(opened[0], peer))
        via = by_neighbour(peer)
        if isinstance(signal, Offer):
            return [Signalled(OfferReceived(source, signal, via))]
        return [Signalled(AnswerReceived(source, signal, via))]

    def _meet(self, peer: PeerId, meeting: _Meeting) -> None:
        self._meetings[peer] = meeting
        self._meetings.move_to_end(peer)
        if len(self._meetings) > INTRODUCED_KEYS_MAX:
            self._meetings.popitem(last=False)


def _read_id(data: bytes) -> PeerId | None:
    return PeerId(data.decode()) if len(data) == ID_LENGTH and _ALPHABET.issuperset(data) else None


def _read_neighbours(peers: bytes) -> list[tuple[PeerId, PublicKey]]:
    entries = (peers[start : start + _ENTRY_BYTES] for start in range(0, len(peers), _ENTRY_BYTES))
    named = ((_read_id(entry[:ID_LENGTH]), PublicKey(entry[ID_LENGTH:])) for entry in entries)
    return [(name, key) for name, key in named if name is not None and is_public_key(key)]


def _written(kind: int, offer_id: OfferId, sdp: str) -> bytes:
    return bytes([kind, len(offer_id)]) + offer_id.encode() + sdp.encode()


def _read(text: bytes) -> Offer | Answer | None:
    """Read an offer or answer that was sealed for us; None when it is neither."""
    if len(text) < 2 or text[0] not in (OFFER, ANSWER) or not 0 < text[1] <= OFFER_ID_LENGTH_MAX:
        return None
    name, rest = text[2:][: text[1]], text[2 + text[1] :]
    if len(name) != text[1] or not _ALPHABET.issuperset(name) or len(rest) > SDP_BYTES_MAX:
        return None
    try:
        offer_id, sdp = OfferId(name.decode()), rest.decode()
    except UnicodeDecodeError:
        return None
    return Offer(offer_id, sdp) if text[0] == OFFER else Answer(offer_id, sdp)
