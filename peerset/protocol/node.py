"""Our own member of a room: composes the machines, and is the only one a driver or simulator sees."""

import random
from collections import deque
from collections.abc import Iterable, Sequence

from peerset.core import wire
from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.limits import CHANNELS_MAX, FOREIGN_PEERS_MAX, HALF_OPEN_SESSIONS_MAX
from peerset.core.merkle import Index
from peerset.core.message import GoodbyeReason, LiveMessage, Message, Records, Role, SyncMessage
from peerset.core.record import Record
from peerset.core.rules import Rules
from peerset.core.signal import PeerId, RoomName
from peerset.errors import WireError
from peerset.protocol.arrivals import Screen, read_blobs
from peerset.protocol.dialing import Dialing
from peerset.protocol.effects import Dealt, Effect, Emit, Expire, Relay, Request, Send, Strike
from peerset.protocol.events import ActionReceived, ForeignPeerLeft, PeerJoined, PeerLeft, StrikeCounted
from peerset.protocol.inputs import (
    AnswerMade,
    AnswerReceived,
    Closed,
    DialFailed,
    Expired,
    Faulted,
    Imported,
    Input,
    Judged,
    KeyBanned,
    Left,
    Loaded,
    OfferLost,
    OfferReceived,
    OffersMade,
    Opened,
    Published,
    Purged,
    Received,
    Resolved,
    Saved,
    SaveFailed,
    Verified,
)
from peerset.protocol.intake import Intake
from peerset.protocol.neighbour import Neighbour, PeerStatus
from peerset.protocol.refused import Refused
from peerset.protocol.relay import LiveRelay
from peerset.protocol.retention import Retention, window
from peerset.protocol.session import Identity
from peerset.protocol.session import State as SessionState
from peerset.protocol.skew import ClockComparison, ClockTrust
from peerset.protocol.strikes import Fault, SavedStrike, Strikes, StrikeState, Subject
from peerset.protocol.sync import everything


class Node:
    """The machine of one room: `start` once, then `receive` and `tick`; perform what they ask for, in order."""

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
    ) -> None:
        rules = rules or Rules()
        self.peer_id = peer_id
        self.key = key
        self.index = index
        self._room_tag = room.tag
        self._rng = rng
        self._identity = Identity(key, room.tag, rules.id, rules.retention_seconds, role)
        self._dialing = Dialing(peer_id, rng=rng, peers_max=peers_max)
        self._clocks = ClockComparison()
        self._retention = Retention(rng=rng, trust=ClockTrust(seen, self._clocks.ahead))
        screen = Screen(room.tag, self._retention.window)
        self._refused = Refused(rules.id, index, refused)
        self._intake = Intake(index, screen, deleters=deleters, has_policies=has_policies, refused=self._refused)
        self._relay = LiveRelay(rng=rng, is_refused=self._refused.has_prefix)
        self._strikes = Strikes()
        self._neighbours: dict[PeerId, Neighbour] = {}
        self._collects = collects
        self._is_leaving = False

    def start(self, now: Moment) -> list[Effect]:
        """Collect what grew old, and begin to look for peers."""
        collected = self._retention.start(now) if self._collects else []
        return self._perform([*collected, *self._dialing.start(now)], now)

    def receive(self, event: Input, now: Moment) -> list[Effect]:
        """Take what happened; give what to do, in order."""
        return self._perform(self._take(event, now), now)

    def tick(self, now: Moment) -> list[Effect]:
        """Act on every deadline that has passed."""
        effects: list[Request] = [*self._dialing.tick(now), *self._retention.tick(now)]
        effects += self._intake.tick(now)
        effects += self._relay.tick(now)
        for neighbour in list(self._neighbours.values()):
            effects += neighbour.tick(now)
        self._limit_foreign(effects, now)
        return self._perform(effects, now)

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        deadlines = [self._dialing.deadline, self._retention.deadline, self._intake.deadline, self._relay.deadline]
        deadlines += [neighbour.deadline for neighbour in self._neighbours.values()]
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    # What the room shows.

    @property
    def peers(self) -> list[PeerStatus]:
        """Every remote peer with a channel."""
        return [neighbour.status for neighbour in self._neighbours.values()]

    def key_of(self, peer: PeerId) -> PublicKey | None:
        """Give the key that *peer* has proven; None when it has not, or is gone."""
        neighbour = self._neighbours.get(peer)
        return None if neighbour is None else neighbour.proven_key

    @property
    def count(self) -> int:
        """How many records the set holds."""
        return len(self.index)

    def root(self, now: Moment) -> bytes:
        """Compute the 32-byte room root over the whole window, the youngest records included."""
        return self.index.root(self._room_tag, window(now.unix).first_day, everything(now.unix)).digest

    @property
    def is_quiet(self) -> bool:
        """Nothing is on its way in, and every established peer had an equal root a moment ago.

        A peer that has said nothing yet may be an application without our protocol, and is not waited for.
        """
        return (
            self._intake.is_idle
            and self._relay.is_idle
            and not any(n.session.state is SessionState.PROVING for n in self._neighbours.values())
            and all(neighbour.is_quiet for neighbour in self._neighbours.values())
        )

    # What survives a restart.

    def restore_strikes(self, saved: Iterable[SavedStrike], now: Moment) -> None:
        """Take up what an earlier life held against peers."""
        self._strikes.restore(saved, now)

    def saved_strikes(self, now: Moment) -> tuple[SavedStrike, ...]:
        """Give what is held against peers: the warned and the banned."""
        return self._strikes.snapshot(now)

    # Inputs.

    def _take(self, event: Input, now: Moment) -> Sequence[Request]:
        match event:
            case OffersMade() | OfferReceived() | AnswerReceived() | AnswerMade() | DialFailed() | OfferLost():
                return self._dial(event, now)
            case Opened() | Closed() | Received() | Faulted() | ActionReceived() | Loaded():
                return self._take_from_peer(event, now)
            case Published(records):
                return self._intake.bring(records, now, is_trusted=True)
            case Imported(records):
                return self._intake.bring(records, now, is_trusted=False)
            case Verified() | Judged() | Resolved() | Saved() | SaveFailed():
                return self._intake.receive(event, now)
            case Expired():
                return self._retention.receive(event, now)
            case KeyBanned(key, seconds):
                return self._ban(key, seconds, now)
            case Purged(ids):
                self._relay.forget(ids)
                return []
            case Left():  # pragma: no branch (mypy: nothing else is left)
                return self._leave(now)

    def _dial(
        self,
        event: OffersMade | OfferReceived | AnswerReceived | AnswerMade | DialFailed | OfferLost,
        now: Moment,
    ) -> Sequence[Request]:
        effects: list[Request] = []
        if isinstance(event, DialFailed) and event.is_fault:
            effects.append(Strike(event.peer, Fault.MALFORMED, event.reason))
        return [*effects, *self._dialing.receive(event, now)]

    def _take_from_peer(
        self, event: Opened | Closed | Received | Faulted | ActionReceived | Loaded, now: Moment
    ) -> Sequence[Request]:
        if isinstance(event, Opened):
            return self._opened(event, now)
        neighbour = self._neighbours.get(event.peer)
        match event:
            case Closed(peer, reason):
                return [*self._drop(peer, reason, now), *self._dialing.receive(event, now)]
            case ActionReceived():
                return [Emit(event)]
            case Faulted(_, reason) if neighbour is not None:
                strike = Strike(event.peer, Fault.MALFORMED, reason)
                return [strike, *neighbour.session.close(GoodbyeReason.FAULT, reason, now)]
            case Received(_, data) if neighbour is not None:
                return self._received(neighbour, data, now)
            case Loaded(_, number, blobs) if neighbour is not None and neighbour.live_sync is not None:
                return neighbour.live_sync.loaded(number, blobs, now)
            case _:
                return []

    def _opened(self, opened: Opened, now: Moment) -> list[Request]:
        effects: list[Request] = [*self._drop(opened.peer, "the peer opened a new channel", now)]
        effects += self._dialing.receive(opened, now)
        neighbour = Neighbour(opened, self._identity, rng=self._rng)
        half_open = sum(other.session.is_half_open for other in self._neighbours.values())
        self._neighbours[opened.peer] = neighbour
        effects += neighbour.session.start(now)
        if self._is_leaving:
            return effects + neighbour.session.close(GoodbyeReason.LEAVING, "", now)
        if self._is_banned_address(opened.address, now):
            return effects + neighbour.session.close(GoodbyeReason.BANNED, "the address is banned", now)
        if half_open >= HALF_OPEN_SESSIONS_MAX:
            return effects + neighbour.session.close(GoodbyeReason.FULL, "too many unproven sessions", now)
        return effects

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
            return effects + self._established(neighbour, now)
        return effects + self._everyday(neighbour, message, now)

    def _everyday(self, neighbour: Neighbour, message: Message, now: Moment) -> list[Request]:
        sync = neighbour.live_sync
        if isinstance(message, SyncMessage) and sync is not None:
            return sync.receive(message, now)
        if isinstance(message, Records) and sync is not None:
            return [*sync.received(message, now), *self._take_records(neighbour, message, now)]
        if isinstance(message, LiveMessage):
            return self._relay.receive(neighbour.peer, message, now)
        return []

    def _take_records(self, neighbour: Neighbour, message: Records, now: Moment) -> list[Request]:
        records, malformed = read_blobs(message.blobs)
        peer = neighbour.peer
        effects: list[Request] = []
        if malformed:
            effects.append(Strike(peer, Fault.MALFORMED, f"a record is malformed: {malformed[0][1]}"))
            effects.append(Dealt(peer, message.round, sum(len(blob) for blob, _ in malformed), 0))
        asked = self._relay.arrived(peer, records) if message.round == 0 else frozenset()
        is_bound = neighbour.has_rules(self._identity.rules_id)
        return effects + self._intake.offer(peer, message.round, records, now, asked=asked, is_bound=is_bound)

    def _established(self, neighbour: Neighbour, now: Moment) -> list[Request]:
        key = neighbour.session.peer_key
        hello = neighbour.session.hello
        if key is None or hello is None or self._strikes.is_banned(key, now):
            return neighbour.session.close(GoodbyeReason.BANNED, "the key is banned", now)
        self._relay.join(neighbour.peer)
        effects: list[Request] = [Emit(PeerJoined(neighbour.peer, key))]
        skew = self._clocks.compare(neighbour.peer, hello.unix, now)
        if skew is not None:
            effects.append(Emit(skew))
        return effects + neighbour.establish(self.index, self._room_tag, self._refused.sift, self._rng, now)

    def _ban(self, key: Subject, seconds: float, now: Moment) -> list[Request]:
        self._strikes.ban(key, seconds, now)
        effects: list[Request] = []
        for neighbour in self._neighbours.values():
            if seconds > 0 and key in (neighbour.proven_key, neighbour.address):
                effects += neighbour.session.close(GoodbyeReason.BANNED, "banned by the user", now)
                self._intake.drop(neighbour.peer)
        return effects

    def _leave(self, now: Moment) -> list[Request]:
        self._is_leaving = True
        effects: list[Request] = [*self._dialing.stop()]
        for neighbour in self._neighbours.values():
            effects += neighbour.session.close(GoodbyeReason.LEAVING, "", now)
        return effects

    def _drop(self, peer: PeerId, reason: str, now: Moment) -> list[Request]:
        neighbour = self._neighbours.pop(peer, None)
        if neighbour is None:
            return []
        self._relay.leave(peer)
        self._intake.disown(peer)
        self._clocks.forget(peer)
        key = neighbour.proven_key
        was_foreign = neighbour.is_foreign
        neighbour.session.closed(now)
        if key is not None:
            return [Emit(PeerLeft(peer, key, reason))]
        return [Emit(ForeignPeerLeft(peer, reason))] if was_foreign else []

    def _limit_foreign(self, effects: list[Request], now: Moment) -> None:
        foreign = [neighbour for neighbour in self._neighbours.values() if neighbour.is_foreign]
        for neighbour in foreign[FOREIGN_PEERS_MAX:]:
            effects += neighbour.session.close(GoodbyeReason.FULL, "too many peers of other applications", now)

    # Effects.

    def _perform(self, requests: Sequence[Request], now: Moment) -> list[Effect]:
        """Carry out what stays inside the node, in order, and give the rest to the driver."""
        todo = deque(requests)
        effects: list[Effect] = []
        while todo:
            request = todo.popleft()
            match request:
                case Emit():
                    effects.append(request)
                case Strike():
                    todo.extendleft(reversed(self._strike(request, now)))
                case Dealt(peer, number, size, added):
                    todo.extendleft(reversed(self._dealt(peer, number, size, added, now)))
                case Relay(news):
                    for record, source in news:
                        self._pass_on(record, source, now)
                case Expire(before):
                    self.index.discard_before(before)
                    self._refused.forget_before(before)
                    effects.append(request)
                case Send(peer):
                    self._neighbours[peer].session.sent(now)
                    effects.append(request)
                case _:
                    effects.append(request)
        return effects

    def _strike(self, strike: Strike, now: Moment) -> list[Request]:
        neighbour = self._neighbours.get(strike.peer)
        key = None if neighbour is None else neighbour.proven_key
        address = "" if neighbour is None else neighbour.own_address
        state = self._strikes.blame(key, address, strike.fault, now, times=strike.times)
        reason = strike.reason if strike.times == 1 else f"{strike.reason}, {strike.times} times"
        effects: list[Request] = [Emit(StrikeCounted(strike.peer, key, reason, state.name.lower(), address))]
        if state is not StrikeState.BANNED:
            return effects
        for other in self._neighbours.values():
            is_same = key is not None and other.proven_key == key
            is_stranger_there = other.proven_key is None and self._is_banned_address(other.own_address, now)
            if other is neighbour or is_same or is_stranger_there:
                effects += other.session.close(GoodbyeReason.BANNED, f"banned: {reason}", now)
                self._intake.drop(other.peer)
        return effects

    def _is_banned_address(self, address: str, now: Moment) -> bool:
        return bool(address) and self._strikes.is_banned(address, now)

    def _dealt(self, peer: PeerId, number: int, size: int, added: int, now: Moment) -> list[Request]:
        neighbour = self._neighbours.get(peer)
        sync = None if neighbour is None else neighbour.live_sync
        return [] if sync is None else sync.dealt(number, size, added, now)

    def _pass_on(self, record: Record, peer: PeerId | None, now: Moment) -> None:
        if self._relay.is_young(record, now):
            self._relay.pass_on(record, peer, now)
            return
        for neighbour in self._neighbours.values():
            if neighbour.live_sync is not None and neighbour.peer != peer:
                neighbour.live_sync.poke(now)
