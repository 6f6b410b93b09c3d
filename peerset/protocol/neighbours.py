"""Every remote peer with a channel: who comes in, who is sent away, and what is held against each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import FOREIGN_PEERS_MAX, HALF_OPEN_SESSIONS_MAX
from peerset.core.message import FEATURE_INTRODUCING, FEATURE_LACKING, Declining, GoodbyeReason, Light, Named
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId
from peerset.protocol.blob_exchange import BlobExchange
from peerset.protocol.deadlines import Deadlines, earliest
from peerset.protocol.effects import Decline, Emit, KeepAcquaintances, Request, Strike
from peerset.protocol.events import ForeignPeerLeft, PeerJoined, PeerLeft, StrikeCounted
from peerset.protocol.health import Bite, Budget
from peerset.protocol.inputs import Compare, KeyBanned, Opened, PlacesAllowed
from peerset.protocol.intake import Intake
from peerset.protocol.meeting import Meeting
from peerset.protocol.neighbour import Neighbour, Surroundings
from peerset.protocol.relay import LiveRelay
from peerset.protocol.session import Identity
from peerset.protocol.session import State as SessionState
from peerset.protocol.skew import ClockComparison
from peerset.protocol.strikes import SavedStrike, Strikes, StrikeState, Subject
from peerset.protocol.upkeep import Upkeep


class Neighbours:
    """The neighbours of one node; its intake and its relay learn from here who comes and goes."""

    def __init__(
        self,
        identity: Identity,
        surroundings: Surroundings,
        *,
        intake: Intake,
        relay: LiveRelay,
        clocks: ClockComparison,
        meeting: Meeting,
        blobs: BlobExchange,
    ) -> None:
        self._identity = identity
        self._surroundings = surroundings
        self.claims = surroundings.claims
        """What is known by name alone; None unless we are a light member."""
        self.blobs = blobs
        self._intake = intake
        self._relay = relay
        self._strikes = Strikes()
        self._clocks = clocks
        self._mesh = meeting.mesh
        self._meeting = meeting
        self._by_peer: dict[PeerId, Neighbour] = {}
        self._deadlines = Deadlines(self._deadline_of)
        """Everybody who may change a neighbour gets it from here, which says so to them."""
        self._upkeep = Upkeep(surroundings.index, identity.retention_seconds)
        self._is_leaving = False
        self._unequal = 0
        """Rounds that ended so with those who are gone."""
        self._crowding, self._clogging = Bite(), Bite()

    def __iter__(self) -> Iterator[Neighbour]:
        self._deadlines.touch(self._by_peer)
        return iter(self._by_peer.values())

    def get(self, peer: PeerId) -> Neighbour | None:
        """Give the neighbour *peer*; None when it has no channel."""
        self._deadlines.touch_one(peer)
        return self._by_peer.get(peer)

    def key_of(self, peer: PeerId) -> PublicKey | None:
        """Give the key that *peer* has proven; None when it has not, or is gone."""
        neighbour = self._by_peer.get(peer)
        return None if neighbour is None else neighbour.proven_key

    @property
    def unequal(self) -> int:
        """How many rounds of sync ended while the sets differed, so far."""
        return self._unequal + sum(each.unequal for each in self._by_peer.values())

    @property
    def is_quiet(self) -> bool:
        """Nobody is proving itself, and every established peer had an equal root since we last wrote."""
        neighbours = self._by_peer.values()
        return all(n.session.state is not SessionState.PROVING and n.is_quiet and not n.has_news for n in neighbours)

    def budgets(self, now: Moment) -> list[Budget]:
        """Say how many there are, how many take nothing for now, and what their clocks say."""
        count, clogged = len(self._by_peer), sum(each.is_clogged for each in self._by_peer.values())
        places = self._crowding.budget("places", count, self._mesh.places)
        send, given = self._clogging.budget("send", clogged, count), self._surroundings.giving.budget(now)
        named = [] if self.claims is None else [self.claims.budget()]
        return [places, send, given, self._relay.budget, self._clocks.budget(now), *named]

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        upkeep = self._upkeep.deadline if self._by_peer else None
        trial = None if self.claims is None else self.claims.deadline
        return earliest(self._deadlines.first, self._mesh.deadline, upkeep, trial, self.blobs.deadline)

    def tick(self, now: Moment) -> list[Request]:
        """Act on what is overdue, and close what is too many."""
        effects = self._make_way(self._mesh.tick(self._lag_of, now), now)
        if self._by_peer:
            self._upkeep.tick(now, is_busy=not self._intake.is_idle)
        effects += [*self._try_claims(now), *self.blobs.tick(now)]
        due = self._deadlines.passed(now.monotonic)
        if not due:
            return effects
        self._deadlines.touch(due)
        effects += [effect for peer, n in self._by_peer.items() if peer in due for effect in n.tick(now)]
        if len(self._by_peer) > FOREIGN_PEERS_MAX:
            foreign = [neighbour for neighbour in self._by_peer.values() if neighbour.is_foreign]
            for neighbour in foreign[FOREIGN_PEERS_MAX:]:
                effects += neighbour.session.close(GoodbyeReason.FULL, "too many peers of other applications", now)
        return effects

    # How they come and go.

    def open(self, opened: Opened, now: Moment) -> list[Request]:
        """Greet who opened a channel, or send it away at once."""
        others = self._by_peer.values() if len(self._by_peer) >= HALF_OPEN_SESSIONS_MAX else ()
        half_open = sum(other.session.is_half_open for other in others)
        self._deadlines.touch_one(opened.peer)
        neighbour = self._by_peer[opened.peer] = Neighbour(opened, self._identity, rng=self._surroundings.rng)
        self._mesh.open(opened.peer, opened.address, now)
        if not self._mesh.has_place:
            self._crowding.bite(now.unix, 0)
        effects = neighbour.session.start(now)
        if self._is_leaving:
            return effects + neighbour.session.close(GoodbyeReason.LEAVING, "", now)
        if self._is_banned_address(opened.address, now):
            return effects + neighbour.session.close(GoodbyeReason.BANNED, "the address is banned", now)
        if half_open >= HALF_OPEN_SESSIONS_MAX:
            return effects + neighbour.session.close(GoodbyeReason.FULL, "too many unproven sessions", now)
        return effects

    def establish(self, neighbour: Neighbour, now: Moment) -> list[Request]:
        """Take in *neighbour*, whose session has just been established, unless its key is banned."""
        key = neighbour.session.peer_key
        hello = neighbour.session.hello
        if key is None or hello is None or self._strikes.is_banned(key, now):
            return neighbour.session.close(GoodbyeReason.BANNED, "the key is banned", now)
        effects = self._make_way(self._mesh.prove(neighbour.peer, key, self._lag_of, now), now)
        if neighbour.session.state is not SessionState.ESTABLISHED:
            return effects
        purse = self._surroundings.giving.purse(key, now)
        self._relay.join(neighbour.peer, has_lacking=bool(hello.features & FEATURE_LACKING), purse=purse)
        if neighbour.is_clogged:
            self._relay.clog(neighbour.peer)
        effects.append(Emit(PeerJoined(neighbour.peer, key)))
        skew = self._clocks.compare(neighbour.peer, hello.unix, now)
        if skew is not None:
            effects.append(Emit(skew))
        self._upkeep.tick(now, is_busy=not self._intake.is_idle)
        effects += neighbour.establish(self._surroundings, purse, now)
        effects += self.blobs.join(neighbour.peer, hello.features, now)
        if hello.features & FEATURE_INTRODUCING and not neighbour.is_byway:
            effects += self._meeting.join(neighbour.peer, key, now, neighbour.session)
        return effects

    def drop(self, peer: PeerId, reason: str, now: Moment) -> list[Request]:
        """Forget *peer*, whose channel is gone."""
        neighbour = self._by_peer.pop(peer, None)
        if neighbour is None:
            return []
        self._deadlines.touch_one(peer)
        self._unequal += neighbour.unequal
        self._mesh.close(peer, now, is_sent_away=neighbour.session.goodbye is GoodbyeReason.FULL)
        self._meeting.leave(peer, now)
        self._heed_room()
        effects = [*self._relay.leave(peer), *self.blobs.leave(peer, now)]
        if neighbour.purse is not None:
            neighbour.purse.leave()
        self._intake.disown(peer)
        self._clocks.forget(peer)
        key = neighbour.proven_key
        was_foreign = neighbour.is_foreign
        neighbour.session.closed(now)
        if key is not None:
            return [Emit(PeerLeft(peer, key, reason)), *effects]
        return [Emit(ForeignPeerLeft(peer, reason))] if was_foreign else []

    def decline(self, decline: Decline) -> list[Request]:
        """Tell a neighbour that we take none of what it brought."""
        neighbour = self.get(decline.peer)
        if neighbour is None or neighbour.live_sync is None or neighbour.declined is None:
            return []
        return neighbour.declined.tell(decline.ids)

    def hear(self, neighbour: Neighbour, message: Declining | Light | Named, now: Moment) -> list[Request]:
        """Take what *neighbour* says of what it takes, or what it names."""
        if isinstance(message, Declining):
            if neighbour.declined is not None:
                neighbour.declined.heard(message.short_ids)
            return []
        if isinstance(message, Light):
            neighbour.lightness.theirs = message.content_from
            return []
        added, effects = neighbour.take_names(message, self.claims, now)
        if added:
            self._surroundings.giving.count(added)
            for other in self:
                if other.live_sync is not None:
                    other.live_sync.moved(now)
        return effects

    def _try_claims(self, now: Moment) -> list[Request]:
        if self.claims is None:
            return []
        before = len(self.claims)
        effects = self.claims.tick(now)
        self._surroundings.giving.count(len(self.claims) - before)
        return effects

    def leave_to_sync(self, peer: PeerId, now: Moment) -> None:
        """Compare with *peer* soon."""
        neighbour = self.get(peer)
        if neighbour is not None and neighbour.live_sync is not None:
            neighbour.live_sync.poke(now)

    def forget_before(self, before: UnixTime) -> None:
        """Forget what is dated before *before*."""
        if self.claims is not None:
            self.claims.forget_before(before)

    def clog(self, peer: PeerId, now: Moment) -> None:
        """Hold back what *peer* is to be told and can wait, also of a session that is still to be established."""
        neighbour = self.get(peer)
        if neighbour is not None:
            neighbour.clog()
            self._clogging.bite(now.unix)
            self._relay.clog(peer)
            self.blobs.clog(peer)

    def drain(self, peer: PeerId, now: Moment) -> list[Request]:
        """Go on telling *peer*."""
        neighbour = self.get(peer)
        effects = (
            [] if neighbour is None else [*self._relay.drain(peer), *neighbour.drain(now), *self.blobs.drain(peer)]
        )
        self._heed_room()
        return effects

    def leave(self, now: Moment) -> list[Request]:
        """Say goodbye to all."""
        self._is_leaving = True
        return [effect for n in self for effect in n.session.close(GoodbyeReason.LEAVING, "", now)]

    def poke(self, now: Moment, *, but: PeerId | None = None) -> None:
        """Let all compare soon: our set grew by records that nobody announces; *but* one has them."""
        if but is not None:
            self._mesh.missed()
        for neighbour in self:
            if neighbour.live_sync is not None and neighbour.peer != but:
                neighbour.live_sync.poke(now)

    def purge(self, ids: Iterable[RecordId]) -> None:
        """Give nobody *ids* any more, whose content is gone for good."""
        for neighbour in self:
            if neighbour.sync is not None:
                neighbour.sync.purge(ids)

    def moved(self, news: Sequence[tuple[Record, PeerId | None]], now: Moment) -> list[Request]:
        """Let those compare whose roots differed: our set changed by *news*, with their sources: None is ourselves.

        All others do once the newest of what was added has aged.
        """
        self._surroundings.giving.grow(record for record, _ in news)
        newest = max((record.created_at for record, _ in news), default=UnixTime(0))
        counts, is_acquainted = Counter(source for _, source in news), False
        for source, count in counts.items():
            is_acquainted |= source is not None and self._mesh.gained(source, now, count=count)
        for neighbour in self:
            sync = neighbour.live_sync
            if sync is not None:
                sync.moved(now)
                sync.pace.added(now, newest)
                sync.has_news |= None in counts
        return [KeepAcquaintances(tuple(self._mesh.acquaintances))] if is_acquainted else []

    def take(self, event: Compare | KeyBanned | PlacesAllowed, now: Moment) -> list[Request]:
        """Do what the user wants of them: ban one, have so many, or compare with those that may lack what we wrote."""
        if isinstance(event, KeyBanned):
            return self.ban(event.key, event.seconds, now)
        if isinstance(event, PlacesAllowed):
            effects = [
                effect
                for peer in self._mesh.allow(event.places, self._lag_of, now)
                for effect in self._make_way(peer, now)
            ]
            self._heed_room()
            if not self._mesh.has_place:
                self._crowding.bite(now.unix, 0)
            return effects
        for neighbour in self:
            if neighbour.live_sync is not None and neighbour.has_news:
                neighbour.live_sync.pace.ask(now)
        return []

    # What is held against them.

    def ban(self, subject: Subject, seconds: float, now: Moment) -> list[Request]:
        """Ban *subject* by the user's will, or lift its ban with 0 seconds."""
        self._strikes.ban(subject, seconds, now)
        if seconds <= 0:
            return []
        banned = [n for n in self if subject in (n.proven_key, n.address)]
        return [effect for neighbour in banned for effect in self._send_away(neighbour, "banned by the user", now)]

    def strike(self, strike: Strike, now: Moment) -> list[Request]:
        """Count *strike*; who is banned by it is sent away, with all that share its key or hide behind its address.

        A peer without a proven key may be anybody behind that address: it loses its channel, and nobody is counted.
        """
        neighbour = self.get(strike.peer)
        key = None if neighbour is None else neighbour.proven_key
        reason = strike.reason if strike.times == 1 else f"{strike.reason}, {strike.times} times"
        if neighbour is None or key is None:
            return [Emit(StrikeCounted(strike.peer, None, reason, StrikeState.CLEAR.name.lower()))]
        address = neighbour.own_address
        state = self._strikes.blame(key, address, strike.fault, now, times=strike.times)
        effects: list[Request] = [Emit(StrikeCounted(strike.peer, key, reason, state.name.lower(), address))]
        if state is not StrikeState.BANNED:
            return effects
        for other in self:
            is_stranger_there = other.proven_key is None and self._is_banned_address(other.own_address, now)
            if other is neighbour or other.proven_key == key or is_stranger_there:
                effects += self._send_away(other, f"banned: {reason}", now)
        return effects

    def restore_strikes(self, saved: Iterable[SavedStrike], now: Moment) -> None:
        """Take up what an earlier life held against peers."""
        self._strikes.restore(saved, now)

    def saved_strikes(self, now: Moment) -> tuple[SavedStrike, ...]:
        """Give what is held against peers: the warned and the banned."""
        return self._strikes.snapshot(now)

    def _lag_of(self, peer: PeerId) -> float | None:
        return self._by_peer[peer].session.lag_seconds if peer in self._by_peer else None

    def _make_way(self, peer: PeerId | None, now: Moment) -> list[Request]:
        """Send *peer* away, if anybody: its place is another's. That is no fault."""
        neighbour = None if peer is None else self.get(peer)
        if neighbour is None:
            return []
        self._crowding.count += 1
        return neighbour.session.close(GoodbyeReason.FULL, "its place is another's", now)

    def _heed_room(self) -> None:
        if self._mesh.has_place:
            self._crowding.ease()
        if not any(each.is_clogged for each in self._by_peer.values()):
            self._clogging.ease()

    def _send_away(self, neighbour: Neighbour, detail: str, now: Moment) -> list[Request]:
        goodbye = neighbour.session.close(GoodbyeReason.BANNED, detail, now)
        self._intake.drop(neighbour.peer)
        return goodbye

    def _deadline_of(self, peer: PeerId) -> Monotonic | None:
        neighbour = self._by_peer.get(peer)
        return None if neighbour is None else neighbour.deadline

    def _is_banned_address(self, address: str, now: Moment) -> bool:
        return bool(address) and self._strikes.is_banned(address, now)
