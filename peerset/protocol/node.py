"""Our own member of a room: composes the machines, and is the only one a driver or simulator sees."""

import random
from collections import deque
from collections.abc import Iterable, Sequence

from peerset.core import wire
from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.limits import CHANNELS_MAX
from peerset.core.merkle import Index
from peerset.core.message import (
    Credit,
    Declining,
    GoodbyeReason,
    IntroductionMessage,
    Lacking,
    LightMessage,
    LiveMessage,
    Message,
    Records,
    Role,
    SyncMessage,
)
from peerset.core.record import Record
from peerset.core.rules import Rules
from peerset.core.signal import PeerId, RoomName
from peerset.errors import WireError
from peerset.protocol.acquaintances import Acquaintance
from peerset.protocol.arrivals import Screen, read_blobs
from peerset.protocol.claims import claims_for
from peerset.protocol.effects import (
    CARRIED_OUT_INSIDE,
    CatchUp,
    Dealt,
    Decline,
    Effect,
    Emit,
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
from peerset.protocol.inlet import cost_of
from peerset.protocol.inputs import (
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
from peerset.protocol.neighbour import Accord, Neighbour, PeerStatus, Surroundings
from peerset.protocol.neighbours import Neighbours
from peerset.protocol.refused import Refused
from peerset.protocol.relay import LiveRelay
from peerset.protocol.retention import Retention
from peerset.protocol.session import Identity
from peerset.protocol.session import State as SessionState
from peerset.protocol.skew import ClockComparison, ClockTrust
from peerset.protocol.strikes import Fault, SavedStrike


class Node:
    """The machine of one room: `start` once, then `receive` and `tick`; perform what they ask for, in order.

    *window_seconds* is for how long content is kept here, if that is less; *set_bytes* is what *index*'s records take.
    """

    def __init__(
        self,
        *,
        peer_id: PeerId,
        key: SecretKey,
        room: RoomName,
        rng: random.Random,
        index: Index,
        deleters: Iterable[PublicKey] = (),
        refused: Iterable[tuple[int, bytes]] = (),
        rules: Rules | None = None,
        role: Role = Role.MEMBER,
        peers_max: int = CHANNELS_MAX,
        has_policies: bool = False,
        seen: UnixTime | None = None,
        collects: bool = True,
        window_seconds: int | None = None,
        acquaintances: Iterable[Acquaintance] = (),
        set_bytes: int = 0,
    ) -> None:
        rules = rules or Rules()
        self.peer_id, self.key, self.index, self._collects = peer_id, key, index, collects
        self._room_tag = room.tag
        mesh = Mesh(peers_max, acquaintances)
        self._meeting = Meeting(peer_id, key, room.tag, rng=rng, mesh=mesh)
        self._clocks = ClockComparison()
        limits = {"retention_seconds": rules.retention_seconds, "future_seconds": rules.future_seconds}
        self._retention = Retention(rng=rng, trust=ClockTrust(seen, self._clocks.ahead), **limits)
        screen = Screen(room.tag, self._retention.window)
        self._refused = Refused(rules.id, index, refused)
        fetching, refusals = Fetching(index), self._refused
        self._relay = LiveRelay(rng=rng, is_refused=refusals.has_prefix, fetching=fetching, on_vouched=mesh.vouched)
        self._intake = Intake(index, screen, fetching, deleters=deleters, has_policies=has_policies, refused=refusals)
        identity = Identity(key, room.tag, rules.id, rules.retention_seconds, role)
        self.claims = claims_for(window_seconds, index, fetching, refusals, self._retention, rng, is_taking=collects)
        given = Giving(index, set_bytes)
        surroundings = Surroundings(index, room.tag, refusals.sift, rng, given, refusals.is_in, self.claims)
        self._neighbours = Neighbours(
            identity, surroundings, intake=self._intake, relay=self._relay, clocks=self._clocks, meeting=self._meeting
        )

    def start(self, now: Moment) -> list[Effect]:
        """Collect what grew old, and begin to look for peers."""
        collected = self._retention.start(now) if self._collects else []
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
        first: Monotonic | None = None
        for machine in (self._meeting, self._retention, self._intake, self._relay, self._neighbours):
            due = machine.deadline
            if due is not None and (first is None or due < first):
                first = due
        return first

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
        if isinstance(event, DialingInput):
            return self._dial(event, now)
        match event:
            case Verified() | Saved() | Judged() | Resolved() | SaveFailed():
                return self._intake.receive(event, now)
            case Published(records, group):
                return self._intake.bring(records, now, is_trusted=True, group=group)
            case Received() | Loaded() | Opened() | Closed() | Faulted() | Clogged() | Drained() | ActionReceived():
                return self._take_from_peer(event, now)
            case Imported(records):
                return self._intake.bring(records, now, is_trusted=False)
            case Expired():
                return self._retention.receive(event, now)
            case Compare() | KeyBanned():
                return self._neighbours.take(event, now)
            case Purged() | Wanted():
                return self._heed_content(event, now)
            case Left():  # pragma: no branch (mypy: nothing else is left)
                return [*self._meeting.stop(now), *self._neighbours.leave(now)]

    def _heed_content(self, event: Purged | Wanted, now: Moment) -> Sequence[Request]:
        if isinstance(event, Wanted):
            return self._relay.fetching.fetch(event.entries, now)
        self._relay.forget(event.ids)
        self._intake.purge(event.ids)
        self._neighbours.purge(event.ids)
        return []

    def _dial(self, event: DialingInput, now: Moment) -> Sequence[Request]:
        effects: list[Request] = []
        if isinstance(event, DialFailed) and event.is_fault:
            effects.append(Strike(event.peer, Fault.MALFORMED, event.reason))
        return [*effects, *self._meeting.receive(event, now)]

    def _take_from_peer(
        self, event: Opened | Closed | Received | Faulted | Clogged | Drained | ActionReceived | Loaded, now: Moment
    ) -> Sequence[Request]:
        if isinstance(event, Opened):
            return self._opened(event, now)
        neighbour = self._neighbours.get(event.peer)
        match event:
            case Closed(peer, reason):
                return [*self._neighbours.drop(peer, reason, now), *self._meeting.receive(event, now)]
            case ActionReceived():
                return [Emit(event)]
            case Faulted(_, reason) if neighbour is not None:
                strike = Strike(event.peer, Fault.MALFORMED, reason)
                return [strike, *neighbour.session.close(GoodbyeReason.FAULT, reason, now)]
            case Received(_, data) if neighbour is not None:
                return self._received(neighbour, data, now)
            case Clogged(peer):
                self._neighbours.clog(peer, now)
                return []
            case Drained(peer):
                return self._neighbours.drain(peer, now)
            case Loaded(peer, number, blobs) if neighbour is not None and (sync := neighbour.live_sync) is not None:
                return sync.loaded(number, blobs, now) if number else self._relay.loaded(peer, blobs)
            case _:
                return []

    def _opened(self, opened: Opened, now: Moment) -> list[Request]:
        effects = self._neighbours.drop(opened.peer, "the peer opened a new channel", now)
        return [*effects, *self._meeting.receive(opened, now), *self._neighbours.open(opened, now)]

    def _received(self, neighbour: Neighbour, data: bytes, now: Moment) -> list[Request]:
        session = neighbour.session
        try:
            message = wire.decode(data)
        except WireError as error:
            if session.state in (SessionState.CLOSING, SessionState.CLOSED):
                return []
            strike = Strike(neighbour.peer, Fault.MALFORMED, str(error))
            return [strike, *session.close(GoodbyeReason.FAULT, str(error), now)]
        was_established = session.state is SessionState.ESTABLISHED
        effects = session.receive(message, now)
        if session.state is not SessionState.ESTABLISHED:
            return effects
        if not was_established:
            return effects + self._neighbours.establish(neighbour, now)
        return effects + self._everyday(neighbour, message, now)

    def _everyday(self, neighbour: Neighbour, message: Message, now: Moment) -> list[Request]:
        sync = neighbour.live_sync
        if isinstance(message, LiveMessage) or (isinstance(message, Credit | Lacking) and message.round == 0):
            return self._relay.receive(neighbour.peer, message, now)
        if isinstance(message, SyncMessage) and sync is not None:
            return sync.receive(message, now)
        if isinstance(message, Records) and sync is not None:
            excess = [] if message.round else self._relay.take(neighbour.peer, message.blobs)
            size = sum(cost_of(message.round, blob) for blob in message.blobs)
            return excess or [*sync.received(message.round, size, now), *self._take_records(neighbour, message, now)]
        if isinstance(message, IntroductionMessage):
            return [*self._meeting.hear(neighbour.peer, message, now)]
        return self._neighbours.hear(neighbour, message, now) if isinstance(message, Declining | LightMessage) else []

    def _take_records(self, neighbour: Neighbour, message: Records, now: Moment) -> list[Request]:
        records, malformed = read_blobs(message.blobs)
        peer = neighbour.peer
        effects: list[Request] = []
        if malformed:
            effects.append(Strike(peer, Fault.MALFORMED, f"a record is malformed: {malformed[0][1]}"))
            size = sum(cost_of(message.round, blob) for blob, _ in malformed)
            effects.append(Dealt(peer, message.round, size, 0, size))
        effects += self._relay.arrived(peer, message, records, now)
        return effects + self._intake.offer(peer, message.round, records, now, key=neighbour.proven_key)

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
                case Emit():
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
                case Send(peer):
                    self._sent(peer, now)
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
        credit = [] if dealt.round else self._relay.dealt(dealt.peer, dealt.size, dealt.refused, now)
        return [*credit, *sync.dealt(dealt.round, dealt.size, dealt.added, now)]

    def _pass_on(self, news: Sequence[tuple[Record, PeerId | None]], now: Moment) -> list[Request]:
        effects = self._neighbours.moved(news, now)
        young = [item for item in news if self._relay.is_young(item[0], now)]
        if len(young) < len(news):
            for source in dict.fromkeys(source for record, source in news if not self._relay.is_young(record, now)):
                self._neighbours.poke(now, but=source)
        return effects + self._relay.pass_on(young, now)
