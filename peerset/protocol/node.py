"""Our own member of a room: composes the machines, and is the only one a driver or simulator sees."""

import random
from collections import deque
from collections.abc import Iterable, Sequence

from peerset.core.bound import is_bound
from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.record import Record
from peerset.core.signal import PeerId, RoomName
from peerset.protocol.adoption import Adoption
from peerset.protocol.arrivals import Screen
from peerset.protocol.blob_exchange import BlobExchange
from peerset.protocol.claims import Claims
from peerset.protocol.deadlines import earliest
from peerset.protocol.effects import (
    CARRIED_OUT_INSIDE,
    CatchUp,
    Dealt,
    Decline,
    Effect,
    Expire,
    LeaveToSync,
    Relay,
    Request,
    Send,
    Strike,
)
from peerset.protocol.events import ActionReceived
from peerset.protocol.fetching import Fetching
from peerset.protocol.giving import Giving
from peerset.protocol.health import Budget, Health
from peerset.protocol.horizon import everything
from peerset.protocol.inputs import (
    BlobInput,
    Changed,
    Clogged,
    Closed,
    Compare,
    DialFailed,
    DialingInput,
    Drained,
    Expired,
    Faulted,
    Imported,
    Input,
    Judged,
    KeyBanned,
    Left,
    Loaded,
    Opened,
    PlacesAllowed,
    Published,
    Purged,
    Received,
    Resolved,
    Saved,
    SaveFailed,
    Verified,
    Wanted,
)
from peerset.protocol.intake import Intake
from peerset.protocol.meeting import Meeting
from peerset.protocol.mesh import Mesh
from peerset.protocol.neighbour import Accord, PeerStatus, Surroundings
from peerset.protocol.neighbours import Neighbours
from peerset.protocol.options import Holdings, Options
from peerset.protocol.reception import Reception
from peerset.protocol.refused import Refused
from peerset.protocol.relay import LiveRelay
from peerset.protocol.retention import Retention
from peerset.protocol.session import Identity
from peerset.protocol.skew import ClockComparison, ClockTrust
from peerset.protocol.strikes import Fault, SavedStrike


class Node:
    """The machine of one room: `start` once, then `receive` and `tick`; perform what they ask for, in order.

    It is *peer_id* to others, and proves *key* to them.
    """

    def __init__(
        self,
        peer_id: PeerId,
        key: SecretKey,
        *,
        room: RoomName,
        rng: random.Random,
        holdings: Holdings | None = None,
        options: Options | None = None,
    ) -> None:
        holdings, options = holdings or Holdings(), options or Options()
        index, rules, tag = holdings.index, options.rules, room.tag
        self.peer_id, self.key, self.index = peer_id, key, index
        self._room_tag, self._options = tag, options
        mesh, fetching = Mesh(options.places, holdings.acquaintances), Fetching(index)
        self._clocks = ClockComparison()
        self._meeting = Meeting(peer_id, key, tag, rng=rng, mesh=mesh)
        trust = ClockTrust(holdings.seen, self._clocks.ahead)
        self._retention = retention = Retention(rng=rng, trust=trust, rules=rules)
        self._refused = refused = Refused(rules.id, index, holdings.refused)
        self._relay = LiveRelay(rng=rng, is_refused=refused.has_prefix, fetching=fetching, on_vouched=mesh.vouched)
        screen, deleters = Screen(tag, retention.window), holdings.deleters
        self._intake = Intake(
            index, screen, fetching, deleters=deleters, has_policies=options.has_policies, refused=refused
        )
        self._adoption = Adoption(index, fetching, deleters=self._intake.deleters, pending=self._intake.pending)
        self.claims = Claims(options, index, fetching, refused, retention, rng) if options.is_light else None
        """What we know by name alone, as a light member; None for a full member."""
        giving, blobs = Giving(index, holdings.set_bytes), BlobExchange(is_on=options.has_files)
        self._neighbours = Neighbours(
            Identity(key, tag, rules.id, rules.retention_seconds, options.role, is_bound(room.room), blobs.features),
            Surroundings(index, tag, refused.sift, rng, giving, refused.is_in, self.claims),
            intake=self._intake,
            relay=self._relay,
            clocks=self._clocks,
            meeting=self._meeting,
            blobs=blobs,
        )
        self._reception = Reception(self._neighbours, self._meeting, relay=self._relay, intake=self._intake)

    def start(self, now: Moment) -> list[Effect]:
        """Collect what grew old, and begin to look for peers."""
        collected = self._retention.start(now) if self._options.collects else []
        return self._perform([*collected, *self._meeting.start(now)], now)

    def receive(self, event: Input, now: Moment) -> list[Effect]:
        """Take what happened; give what to do, in order."""
        self._heed_clock(now)
        return self._perform(self._take(event, now), now)

    def tick(self, now: Moment) -> list[Effect]:
        """Act on every deadline that has passed."""
        self._heed_clock(now)
        effects: list[Request] = [*self._meeting.tick(now), *self._retention.tick(now)]
        effects += self._intake.tick(now)
        effects += self._relay.tick(now)
        effects += self._neighbours.tick(now)
        return self._perform(effects, now)

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        return earliest(
            self._meeting.deadline,
            self._retention.deadline,
            self._intake.deadline,
            self._relay.deadline,
            self._neighbours.deadline,
        )

    # What the room shows.

    @property
    def peers(self) -> list[PeerStatus]:
        """Every remote peer with a channel."""
        return [neighbour.status for neighbour in self._neighbours]

    def key_of(self, peer: PeerId) -> PublicKey | None:
        """Give the key that *peer* has proven; None when it has not, or is gone."""
        return self._neighbours.key_of(peer)

    def accord_with(self, peer: PeerId) -> Accord | None:
        """Say how our set and that of *peer* stand to each other; None when it has no channel."""
        neighbour = self._neighbours.get(peer)
        return None if neighbour is None else neighbour.accord

    @property
    def count(self) -> int:
        """How many records the set holds."""
        return len(self.index)

    @property
    def retention_seconds(self) -> int:
        """For how long records are kept here."""
        return self._retention.seconds

    @property
    def unequal(self) -> int:
        """How many rounds of sync ended while the sets differed, so far."""
        return self._neighbours.unequal

    def health(self, now: Moment, *others: Budget) -> Health:
        """Say which budgets bite; *others* come first."""
        budgets = (*others, *self._intake.budgets, *self._neighbours.budgets(now))
        return Health(now.unix, budgets, self._clocks.skew_seconds(now))

    def root(self, now: Moment) -> bytes:
        """Compute the 32-byte room root over the whole window, the youngest records included."""
        return self.index.root(self._room_tag, self._retention.window(now.unix).first_day, everything(now.unix)).digest

    @property
    def is_taking_in(self) -> bool:
        """Something that came is still being verified, judged or saved."""
        return not self._intake.is_idle

    @property
    def is_quiet(self) -> bool:
        """Nothing is on its way in, and every established peer had an equal root since we last wrote.

        A peer that has said nothing yet may be an application without our protocol, and is not waited for.
        """
        return self._intake.is_idle and self._relay.is_idle and self._neighbours.is_quiet

    # What survives a restart.

    def restore_strikes(self, saved: Iterable[SavedStrike], now: Moment) -> None:
        """Take up what an earlier life held against peers."""
        self._neighbours.restore_strikes(saved, now)

    def saved_strikes(self, now: Moment) -> tuple[SavedStrike, ...]:
        """Give what is held against peers: the warned and the banned."""
        return self._neighbours.saved_strikes(now)

    # Inputs.

    def _heed_clock(self, now: Moment) -> None:
        """Compare with every peer soon when our clock was set: the windows in which we agree are others now."""
        if self._clocks.has_stepped(now):
            self._neighbours.poke(now)

    def _take(self, event: Input, now: Moment) -> Sequence[Request]:
        # What comes most is looked for first.
        match event:
            case Received() | Loaded() | Opened() | Closed() | Faulted() | Clogged() | Drained() | ActionReceived():
                return self._reception.receive(event, now)
            case Verified() | Saved() | Judged() | Resolved() | SaveFailed():
                return self._intake.receive(event, now)
            case Published(records, group):
                return self._intake.bring(records, now, is_trusted=True, group=group)
            case Imported(records):
                return self._intake.bring(records, now, is_trusted=False)
            case Expired():
                return self._retention.receive(event, now)
            case Compare() | KeyBanned() | PlacesAllowed():
                return self._neighbours.take(event, now)
            case Purged() | Wanted() | Changed():
                return self._heed_content(event, now)
            case Left():
                return [*self._meeting.stop(now), *self._neighbours.leave(now)]
            case _:
                blobs = self._neighbours.blobs
                return blobs.receive(event, now) if isinstance(event, BlobInput) else self._dial(event, now)

    def _heed_content(self, event: Purged | Wanted | Changed, now: Moment) -> Sequence[Request]:
        if isinstance(event, Wanted):
            return self._relay.fetching.fetch(event.entries, now)
        ids = event.ids if isinstance(event, Purged) else event.purged
        self._relay.forget(ids)
        self._intake.purge(ids)
        self._neighbours.purge(ids)
        return self._adoption.take(event) if isinstance(event, Changed) else []

    def _dial(self, event: DialingInput, now: Moment) -> Sequence[Request]:
        effects: list[Request] = []
        if isinstance(event, DialFailed) and event.is_fault:
            effects.append(Strike(event.peer, Fault.MALFORMED, event.reason))
        return [*effects, *self._meeting.receive(event, now)]

    # Effects.

    def _perform(self, requests: Sequence[Request], now: Moment) -> list[Effect]:
        """Carry out what stays inside the node, in order, and give the rest to the driver."""
        if not CARRIED_OUT_INSIDE.intersection(map(type, requests)):
            return [*requests]  # type: ignore[list-item] # nothing of it stays inside
        todo = deque(requests)
        effects: list[Effect] = []
        while todo:
            request = todo.popleft()
            match request:
                case Send(peer):
                    self._sent(peer, now)
                    effects.append(request)
                case Strike():
                    todo.extendleft(reversed(self._strike(request, now)))
                case Dealt():
                    todo.extendleft(reversed(self._dealt(request, now)))
                case Decline():
                    todo.extendleft(reversed(self._neighbours.decline(request)))
                case LeaveToSync(peer):
                    self._neighbours.leave_to_sync(peer, now)
                case Relay(news):
                    todo.extendleft(reversed(self._pass_on(news, now)))
                case CatchUp():
                    self._neighbours.poke(now)
                case Expire(before):
                    self.index.discard_before(before)
                    self._refused.forget_before(before)
                    self._neighbours.forget_before(before)
                    effects.append(request)
                case _:
                    effects.append(request)
        return effects

    def _strike(self, strike: Strike, now: Moment) -> list[Request]:
        if self._neighbours.key_of(strike.peer) is None:
            self._meeting.shun(strike.peer, now)
        return self._neighbours.strike(strike, now)

    def _sent(self, peer: PeerId, now: Moment) -> None:
        neighbour = self._neighbours.get(peer)
        if neighbour is not None:
            neighbour.session.sent(now)

    def _dealt(self, dealt: Dealt, now: Moment) -> list[Request]:
        neighbour = self._neighbours.get(dealt.peer)
        sync = None if neighbour is None else neighbour.live_sync
        if sync is None:
            return []
        credit = [] if dealt.round else self._relay.dealt(dealt.peer, dealt.size, dealt.refused, now, toll=dealt.toll)
        return [*credit, *sync.dealt(dealt.round, dealt.size, dealt.added, now)]

    def _pass_on(self, news: Sequence[tuple[Record, PeerId | None]], now: Moment) -> list[Request]:
        effects = self._neighbours.moved(news, now)
        young = [item for item in news if self._relay.is_young(item[0], now)]
        if len(young) < len(news):
            for source in dict.fromkeys(source for record, source in news if not self._relay.is_young(record, now)):
                self._neighbours.poke(now, but=source)
        return effects + self._relay.pass_on(young, now)
