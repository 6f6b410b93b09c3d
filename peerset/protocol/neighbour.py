"""Everything the node keeps for one remote peer with a channel: its session and, once proven, its sync."""

import random
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final

from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import PublicKey, npub
from peerset.core.merkle import Index
from peerset.core.message import FEATURE_DECLINING, FEATURE_LACKING, FEATURE_NAMING, Light, Named
from peerset.core.ranges import make_salt
from peerset.core.signal import PeerId, RoomTag
from peerset.errors import LocalProtocolError
from peerset.protocol.claims import Claims
from peerset.protocol.comparing import Progress
from peerset.protocol.deadlines import earliest
from peerset.protocol.declined import Declined
from peerset.protocol.effects import Request, Send
from peerset.protocol.giving import Giving, Purse
from peerset.protocol.horizon import Horizon
from peerset.protocol.inputs import Opened
from peerset.protocol.lightness import Lightness, unpack_names
from peerset.protocol.namers import Namer
from peerset.protocol.refused import NOTHING_REFUSED, Refuses, Sift
from peerset.protocol.session import Identity, Session, State
from peerset.protocol.sync import State as SyncState
from peerset.protocol.sync import Sync
from peerset.protocol.transfer import Transfer

FRUITLESS_ROUNDS: Final = 2
"""After so many with a peer of equal rules the sets are taken to differ; with other rules one says enough."""


class Accord(Enum):
    """How our set and a peer's stand to each other."""

    OPEN = "open"
    """They are being compared, or were not yet."""
    EQUAL = "equal"
    """They had equal roots a moment ago."""
    APART = "apart"
    """They differ, and comparing them again brings neither side anything."""


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """One remote peer as it stands now."""

    id: PeerId
    key: PublicKey | None
    """Its key; proven when *state* is "established"."""
    state: str
    """"greeted", "foreign" (an application without our protocol), "proving", "established" or "closing"."""
    route: str
    """"direct", "relayed" or "unknown"."""
    lag_seconds: float | None
    """Round-trip time of the last heartbeat; None before the first."""
    is_synced: bool
    """Its set and ours had equal roots a moment ago."""
    has_other_rules: bool
    """Its rules are not ours, so each may refuse what the other keeps, and the roots may stay unequal."""
    gained: int
    """Records this peer gave us that were new."""
    given: int
    """Records we sent it in rounds of sync."""
    progress: Progress | None = None
    """How far the round of sync is that is under way; None between rounds."""
    keeps_seconds: int | None = None
    """For how long it keeps records, where its rules are others and that is another time than ours; else None."""

    @property
    def npub(self) -> str | None:
        """The key as people see it (NIP-19)."""
        return None if self.key is None else npub(self.key)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a proven neighbour's sync needs of the node."""

    index: Index
    room_tag: RoomTag
    sift: Sift
    """Leaves out what was refused before."""
    rng: random.Random
    giving: Giving
    refuses: Refuses = NOTHING_REFUSED
    """Says where something was refused before."""
    claims: Claims | None = None
    """What we know by name alone, as a light member."""


class Neighbour:
    """A session, and the reconciliation that starts when the session is established."""

    def __init__(self, opened: Opened, identity: Identity, *, rng: random.Random) -> None:
        self.peer: PeerId = opened.peer
        self.address = opened.address
        self.session = Session(opened.peer, opened.binding, identity, rng=rng)
        self.sync: Sync | None = None
        self.declined: Declined | None = None
        """What its rules or ours refuse of what the other has, once the session is established."""
        self.purse: Purse | None = None
        """How much it may be given, once the session is established."""
        self.lightness = Lightness()
        """Of what each side takes no content, once the session is established."""
        self.is_clogged = False
        """Its channel has not taken what was said before, by us or by another room that shares it."""
        self._route = opened.route
        self._retention_seconds = identity.retention_seconds
        self._rules_id = identity.rules_id

    @property
    def has_other_rules(self) -> bool:
        """It is proven, and its hello names other rules than ours."""
        return (
            self.sync is not None and self.session.hello is not None and self.session.hello.rules_id != self._rules_id
        )

    @property
    def own_address(self) -> str:
        """The network address that its faults are counted against; empty when unknown, or when it is a relay's."""
        return "" if self._route == "relayed" else self.address

    @property
    def is_byway(self) -> bool:
        """It is at the other end of a stream that the user brought, and has no id of its own."""
        return self._route == "stream"

    @property
    def proven_key(self) -> PublicKey | None:
        """The peer's key, once it has proven it."""
        return None if self.sync is None else self.session.peer_key

    @property
    def live_sync(self) -> Sync | None:
        """The reconciliation, while the session is established: after a goodbye nothing more is said."""
        return self.sync if self.session.state is State.ESTABLISHED else None

    @property
    def is_foreign(self) -> bool:
        """It shares the channel, but not our protocol."""
        return self.session.state is State.FOREIGN

    @property
    def is_quiet(self) -> bool:
        """Nothing to wait for: no session of ours, or equal roots a moment ago."""
        return self.live_sync is None or self.live_sync.is_quiet

    @property
    def has_news(self) -> bool:
        """We wrote since the last comparison with it began."""
        return self.live_sync is not None and self.live_sync.has_news

    @property
    def accord(self) -> Accord:
        """How our sets stand to each other."""
        if self.live_sync is None:
            return Accord.OPEN
        if self.live_sync.is_quiet:
            return Accord.EQUAL
        patience = 1 if self.has_other_rules else FRUITLESS_ROUNDS
        is_apart = self.live_sync.state is SyncState.IDLE and self.live_sync.pace.fruitless >= patience
        return Accord.APART if is_apart else Accord.OPEN

    @property
    def status(self) -> PeerStatus:
        """What people see of this peer."""
        return PeerStatus(
            id=self.peer,
            key=self.session.peer_key,
            state=self.session.state.value,
            route=self._route,
            lag_seconds=self.session.lag_seconds,
            is_synced=self.sync is not None and self.sync.is_quiet,
            has_other_rules=self.has_other_rules,
            gained=0 if self.sync is None else self.sync.gained,
            given=0 if self.sync is None else self.sync.given,
            progress=None if self.sync is None else self.sync.progress,
            keeps_seconds=self._keeps_seconds,
        )

    @property
    def unequal(self) -> int:
        """How many rounds ended while the sets differed."""
        return 0 if self.sync is None else self.sync.unequal

    @property
    def _keeps_seconds(self) -> int | None:
        hello = self.session.hello if self.has_other_rules else None
        is_other = hello is not None and hello.retention_seconds != self._retention_seconds
        return hello.retention_seconds if hello is not None and is_other else None

    def establish(self, surroundings: Surroundings, purse: Purse, now: Moment) -> list[Request]:
        """Begin reconciliation; the side with the smaller nonce opens the rounds."""
        hello = self.session.hello
        if hello is None:
            raise LocalProtocolError("established without a hello")
        salt = make_salt(self.session.nonce, hello.nonce)
        self.declined = Declined(self.peer, salt, is_understood=bool(hello.features & FEATURE_DECLINING))
        self.purse = purse
        self.lightness, said = self._agree_on_names(surroundings.claims, now)
        self.sync = Sync(
            self.peer,
            surroundings.index,
            surroundings.room_tag,
            salt=salt,
            is_initiator=self.session.nonce < hello.nonce,
            sift=surroundings.sift,
            refuses=surroundings.refuses,
            has_lacking=bool(hello.features & FEATURE_LACKING),
            transfer=partial(Transfer, surroundings.index, salt, self.declined, self.purse, self.lightness),
            rng=surroundings.rng,
            horizon=Horizon(self._retention_seconds, hello.retention_seconds, self.lightness),
        )
        if self.is_clogged:
            self.sync.is_clogged = True
            self.sync.poke(now)
            return said
        return said + self.sync.start(now)

    def _agree_on_names(self, claims: Claims | None, now: Moment) -> tuple[Lightness, list[Request]]:
        """Say from which time on we take content, if we are a light member and are understood."""
        hello = self.session.hello
        is_shared = hello is not None and bool(hello.features & FEATURE_NAMING) and hello.rules_id == self._rules_id
        if claims is None:
            return Lightness(is_shared=is_shared), []
        lightness = Lightness(claims.edge(now.unix), is_shared=is_shared and claims.is_taking, doubt=claims.doubt)
        return lightness, [Send(self.peer, Light(lightness.ours))] if lightness.is_shared else []

    def take_names(self, named: Named, claims: Claims | None, now: Moment) -> tuple[int, list[Request]]:
        """Take what it names in a round, as far as we asked for names; give how many are new, and what to do."""
        sync, size, key = self.live_sync, len(named.names), self.proven_key
        if sync is None or claims is None or sync.progress is None or key is None:
            return 0, []
        effects = sync.received(named.round, size, now)
        names, namer = unpack_names(named.names), Namer(self.peer, key)
        added = 0 if effects else claims.take(names, self.lightness, namer, now)
        return added, effects + sync.dealt(named.round, size, added, now)

    def clog(self) -> None:
        """Hold back what can wait."""
        self.is_clogged = True
        if self.sync is not None:
            self.sync.is_clogged = True

    def drain(self, now: Moment) -> list[Request]:
        """Go on where the channel was clogged."""
        self.is_clogged = False
        return [] if self.live_sync is None else self.live_sync.drain(now)

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        sync = self.live_sync
        return earliest(self.session.deadline, None if sync is None else sync.deadline)

    def tick(self, now: Moment) -> list[Request]:
        """Act on what is overdue."""
        effects = self.session.tick(now)
        if self.live_sync is not None:
            effects += self.live_sync.tick(now)
        return effects
