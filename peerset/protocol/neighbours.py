"""Every remote peer with a channel: who comes in, who is sent away, and what is held against each."""

from collections.abc import Iterable, Iterator

from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import PublicKey
from peerset.core.limits import FOREIGN_PEERS_MAX, HALF_OPEN_SESSIONS_MAX
from peerset.core.message import FEATURE_LACKING, GoodbyeReason
from peerset.core.signal import PeerId
from peerset.protocol.effects import Emit, Request, Strike
from peerset.protocol.events import ForeignPeerLeft, PeerJoined, PeerLeft, StrikeCounted
from peerset.protocol.inputs import Compare, KeyBanned, Opened
from peerset.protocol.intake import Intake
from peerset.protocol.neighbour import Neighbour, Surroundings
from peerset.protocol.relay import LiveRelay
from peerset.protocol.session import Identity
from peerset.protocol.session import State as SessionState
from peerset.protocol.skew import ClockComparison
from peerset.protocol.strikes import SavedStrike, Strikes, StrikeState, Subject


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
    ) -> None:
        self._identity = identity
        self._surroundings = surroundings
        self._intake = intake
        self._relay = relay
        self._strikes = Strikes()
        self._clocks = clocks
        self._by_peer: dict[PeerId, Neighbour] = {}
        self._is_leaving = False

    def __iter__(self) -> Iterator[Neighbour]:
        return iter(self._by_peer.values())

    def get(self, peer: PeerId) -> Neighbour | None:
        """Give the neighbour *peer*; None when it has no channel."""
        return self._by_peer.get(peer)

    def key_of(self, peer: PeerId) -> PublicKey | None:
        """Give the key that *peer* has proven; None when it has not, or is gone."""
        neighbour = self._by_peer.get(peer)
        return None if neighbour is None else neighbour.proven_key

    @property
    def is_quiet(self) -> bool:
        """Nobody is proving itself, and every established peer had an equal root since we last wrote."""
        return all(n.session.state is not SessionState.PROVING and n.is_quiet and not n.has_news for n in self)

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        deadlines = [neighbour.deadline for neighbour in self]
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def tick(self, now: Moment) -> list[Request]:
        """Act on what is overdue, and close what is too many."""
        effects = [effect for neighbour in self for effect in neighbour.tick(now)]
        foreign = [neighbour for neighbour in self if neighbour.is_foreign]
        for neighbour in foreign[FOREIGN_PEERS_MAX:]:
            effects += neighbour.session.close(GoodbyeReason.FULL, "too many peers of other applications", now)
        return effects

    # How they come and go.

    def open(self, opened: Opened, now: Moment) -> list[Request]:
        """Greet who opened a channel, or send it away at once."""
        half_open = sum(other.session.is_half_open for other in self)
        neighbour = self._by_peer[opened.peer] = Neighbour(opened, self._identity, rng=self._surroundings.rng)
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
        self._relay.join(neighbour.peer, has_lacking=bool(hello.features & FEATURE_LACKING))
        if neighbour.is_clogged:
            self._relay.clog(neighbour.peer)
        effects: list[Request] = [Emit(PeerJoined(neighbour.peer, key))]
        skew = self._clocks.compare(neighbour.peer, hello.unix, now)
        if skew is not None:
            effects.append(Emit(skew))
        return effects + neighbour.establish(self._surroundings, now)

    def drop(self, peer: PeerId, reason: str, now: Moment) -> list[Request]:
        """Forget *peer*, whose channel is gone."""
        neighbour = self._by_peer.pop(peer, None)
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

    def clog(self, peer: PeerId) -> None:
        """Hold back what *peer* is to be told and can wait, also of a session that is still to be established."""
        neighbour = self._by_peer.get(peer)
        if neighbour is not None:
            neighbour.clog()
            self._relay.clog(peer)

    def drain(self, peer: PeerId, now: Moment) -> list[Request]:
        """Go on telling *peer*."""
        neighbour = self._by_peer.get(peer)
        return [] if neighbour is None else [*self._relay.drain(peer), *neighbour.drain(now)]

    def leave(self, now: Moment) -> list[Request]:
        """Say goodbye to all."""
        self._is_leaving = True
        return [effect for n in self for effect in n.session.close(GoodbyeReason.LEAVING, "", now)]

    def poke(self, now: Moment, *, but: PeerId | None = None) -> None:
        """Let all compare soon: our set grew by records that nobody announces; *but* one has them."""
        for neighbour in self:
            if neighbour.live_sync is not None and neighbour.peer != but:
                neighbour.live_sync.poke(now)

    def moved(self, now: Moment, *, by_us: bool) -> None:
        """Let those compare whose roots differed: our set changed, perhaps by what they were ahead of us."""
        for neighbour in self:
            if neighbour.live_sync is not None:
                neighbour.live_sync.moved(now)
                neighbour.live_sync.has_news |= by_us

    def take(self, event: Compare | KeyBanned, now: Moment) -> list[Request]:
        """Do what the user wants of them: ban one, or compare with those that may lack what we wrote."""
        if isinstance(event, KeyBanned):
            return self.ban(event.key, event.seconds, now)
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
        neighbour = self._by_peer.get(strike.peer)
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

    def _send_away(self, neighbour: Neighbour, detail: str, now: Moment) -> list[Request]:
        goodbye = neighbour.session.close(GoodbyeReason.BANNED, detail, now)
        self._intake.drop(neighbour.peer)
        return goodbye

    def _is_banned_address(self, address: str, now: Moment) -> bool:
        return bool(address) and self._strikes.is_banned(address, now)
