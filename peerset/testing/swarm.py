"""A swarm of shipped nodes in virtual time: performs their effects as a driver does, without I/O."""

import math
import random
from collections.abc import Collection, Iterable
from functools import partial
from typing import Final

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Moment, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId, Via
from peerset.protocol.effects import (
    AcceptAnswer,
    AddCandidate,
    Announce,
    Disconnect,
    DropOffers,
    Emit,
    Expire,
    FindBlob,
    GiveUpBlob,
    Judge,
    KeepAcquaintances,
    KeepPiece,
    KeepRefused,
    Load,
    MakeAnswer,
    MakeOffers,
    ReadPieces,
    Resolve,
    Save,
    Send,
    SendAnswer,
    SendOffer,
    StoreEffect,
    Verify,
)
from peerset.protocol.events import Happening, PeerJoined, RecordsAdded
from peerset.protocol.inputs import (
    Expired,
    Input,
    Judged,
    Left,
    OfferReceived,
    Published,
    Purged,
    Saved,
    SaveFailed,
    Verified,
)
from peerset.testing.clockwork import Clockwork
from peerset.testing.faults import CALM, Faults
from peerset.testing.history import History
from peerset.testing.invariants import Watch
from peerset.testing.links import Links
from peerset.testing.machine import Deed, Disguise, OfferAs, SendBytes
from peerset.testing.member import Member
from peerset.testing.meter import Meter
from peerset.testing.rendezvous import Rendezvous
from peerset.testing.villains import VILLAINS

EPOCH: Final = UnixTime(1_790_000_000)
"""Unix time of virtual zero, but for a part of a day that the seed chooses."""
LIGHT_SECONDS: Final = 7 * DAY_SECONDS
"""For how long light members keep content."""
STORE_SECONDS_MAX: Final = 0.005
LEAVE_SECONDS: Final = 2.0
"""A process that leaves ends after this time."""
JUDGE_SECONDS_MIN: Final = 0.001
"""The fastest of slow policies."""


class Swarm:
    """Members, links, trackers and disks as plain objects; one seed gives one history."""

    def __init__(
        self,
        seed: int,
        faults: Faults = CALM,
        *,
        peers_max: int = 24,
        history: History | None = None,
        trackers: int = 2,
        boards: int = 0,
    ) -> None:
        self.seed = seed
        self.faults = faults
        self.rng = random.Random(seed)
        self.clock = Clockwork(self.rng)
        self.epoch = UnixTime(EPOCH + self.rng.randrange(86_400))
        self.history = History() if history is None else history
        self.meter = Meter()
        self.members: list[Member] = []
        self.by_peer_id: dict[PeerId, Member] = {}
        """Every peer id anyone ever had."""
        self.written: dict[RecordId, Record] = {}
        """Every record that ever was on an honest disk."""
        self.purged: set[RecordId] = set()
        """What any honest member purged."""
        self.has_had_wrong_clocks = False
        self.cut: set[tuple[int, int]] = set()
        """Pairs of members that cannot reach each other, the lower number first."""
        self.watch = Watch(self.by_peer_id)
        self.rendezvous = Rendezvous(self.clock, self._signal, self.latency, trackers=trackers, boards=boards)
        self.links = Links(
            self.clock,
            self._signal,
            self.latency,
            is_cut=self._is_cut,
            can_connect=self._can_connect,
            address_of=self._address_of,
            seconds_a_byte=self._seconds_a_byte,
        )
        self._peers_max = peers_max
        self._adopt(faults)

    # Members.

    def add_member(
        self, records: Iterable[Record] = (), *, villain: str | None = None, disguise: Disguise | None = None
    ) -> Member:
        """Add a member with those of *records* on its disk that it admits; it sleeps until `wake`.

        It is hostile as a *villain*, by its name, or in a *disguise* of one's own.
        """
        skew, kinds = self.faults.skew_seconds_max, self.faults.bylaws
        bylaws = self.rng.choice(kinds) if len(kinds) > 1 else kinds[0]
        member = Member(
            len(self.members),
            SecretKey.generate(self.rng),
            seed=self.seed,
            records=(record for record in records if bylaws.admits(record, self.epoch)),
            skew_seconds=self.rng.randint(-skew, skew),
            bylaws=bylaws,
            judge_seconds=self._draw_judge_seconds(),
            disguise=disguise if villain is None else VILLAINS[villain],
        )
        member.window_seconds = self._draw_window()
        member.disk.seen = self.epoch
        if not self.members:
            member.line.bytes_per_second = self.faults.slow_bytes_per_second
        self.members.append(member)
        if not member.is_hostile:
            self.written.update((record.id, record) for record in member.disk.records())
        return member

    @property
    def honest(self) -> list[Member]:
        """The members that are no villains."""
        return [member for member in self.members if not member.is_hostile]

    def wake(self, member: Member) -> None:
        """Start a process of *member*, unless one runs."""
        if member.is_alive:
            return
        machine = member.wake(peers_max=self._peers_max)
        assert member.peer_id is not None, "a member that woke has a peer id"
        self.by_peer_id[member.peer_id] = member
        now = self.moment(member)
        self._perform(member, machine.start(now), now)
        self._heed(member)

    def crash(self, member: Member) -> None:
        """Kill the process of *member*, if one runs; the disk stays as it is."""
        if member.peer_id is not None:
            self.links.kill(member.peer_id)
            self.rendezvous.forget(member.peer_id)
            member.die()

    def moment(self, member: Member) -> Moment:
        """Give what *member*'s clocks show now."""
        return member.moment(self.clock.now, epoch=self.epoch)

    def leave(self, member: Member) -> None:
        """Let *member*'s user leave, if it runs: the process says goodbye and ends a moment later."""
        self._deliver(member, member.life, Left())
        life = member.life
        self.clock.after(LEAVE_SECONDS, lambda: self.crash(member) if member.life == life else None)

    def publish(self, member: Member, *records: Record) -> None:
        """Let *member*'s user publish *records*, if it runs."""
        self._deliver(member, member.life, Published(records))

    def set_clock(self, member: Member, wrong_seconds: int) -> None:
        """Set *member*'s wall clock ahead of where it should be, or right with 0."""
        self.has_had_wrong_clocks |= wrong_seconds != 0
        member.wrong_seconds_before, member.wrong_seconds = member.wrong_seconds, wrong_seconds

    def purge(self, member: Member, ids: Collection[RecordId]) -> None:
        """Let *member*'s user destroy the content of *ids*, if it runs and its disk lets it."""
        if ids and member.is_alive and member.disk.is_writable:
            purged = member.disk.purge(ids)
            self.purged.update(purged)
            self._deliver(member, member.life, Purged(purged))

    def run(self, seconds: float) -> None:
        """Let *seconds* of virtual time pass."""
        self.clock.run(seconds)

    def become(self, faults: Faults) -> None:
        """Change the world to *faults*; clocks stay as skewed as they are."""
        self._adopt(faults)

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hex, over every input and effect so far: one seed, one fingerprint."""
        return self.history.fingerprint

    def latency(self) -> float:
        """Draw a one-way latency in seconds."""
        return self.faults.latency_median * self.rng.lognormvariate(0.0, self.faults.latency_spread)

    # Inputs.

    def _signal(self, peer: PeerId, event: Input) -> None:
        """Deliver *event* to whoever runs under *peer* now."""
        member = self.by_peer_id.get(peer)
        if member is not None and member.peer_id == peer:
            self._deliver(member, member.life, event)

    def _deliver(self, member: Member, life: int, event: Input) -> None:
        if member.machine is None or member.life != life:
            return
        self.history.note(self.clock.now, member.number, event)
        if isinstance(event, Saved | SaveFailed | Expired):
            member.writes_under_way -= 1
        now = self.moment(member)
        self._perform(member, member.machine.receive(event, now), now)
        if not member.is_hostile:
            self.watch.after_input(member, event)
        self._heed(member)

    def _answer(self, member: Member, seconds_max: float, event: Input) -> None:
        """Bring the answer to a question of *member*, unless it dies before."""
        self.clock.within(seconds_max, partial(self._deliver, member, member.life, event))

    def _heed(self, member: Member) -> None:
        """Note when *member*'s machine is due, which may be another time after whatever it dealt with."""
        member.due = None if member.machine is None else member.machine.deadline
        self._set_alarm(member)

    def _set_alarm(self, member: Member) -> None:
        # One alarm a member: an earlier one stands, and looks again when it rings.
        if member.due is not None and (member.alarm_at is None or member.due < member.alarm_at):
            member.alarm_at = max(member.due, self.clock.now)
            self.clock.at(member.alarm_at, partial(self._ring, member, member.life, member.alarm_at))

    def _ring(self, member: Member, life: int, time: float) -> None:
        if member.machine is None or member.life != life or member.alarm_at != time:
            return
        member.alarm_at = None
        if member.due is None or member.due > self.clock.now:
            self._set_alarm(member)
            return
        now = self.moment(member)
        self._perform(member, member.machine.tick(now), now)
        self._heed(member)

    # Effects.

    def _perform(self, member: Member, effects: Iterable[Deed], now: Moment) -> None:
        for effect in effects:
            if member.fuse is not None:
                member.fuse -= 1
                if member.fuse < 0:
                    self.crash(member)
            if member.peer_id is None:
                return
            if not member.is_hostile:
                self.watch.before_effect(member, effect, now)
            if not isinstance(effect, Send):
                self.history.note(self.clock.now, member.number, effect)
            self._do(member, member.peer_id, effect)

    def _do(self, member: Member, own: PeerId, effect: Deed) -> None:
        match effect:
            case Send():
                self._speak(member, own, effect)
            case Emit(event):
                self._tell(member, event)
            case SendBytes(peer, data):
                self._send(member, own, peer, data)
            case Disconnect(peer):
                self.links.disconnect(own, peer)
            case MakeOffers():
                self.links.make_offers(own, effect)
            case Announce() | SendOffer() | SendAnswer():
                self.rendezvous.perform(own, effect)
            case DropOffers(offer_ids):
                self.links.drop_offers(own, offer_ids)
            case MakeAnswer(peer, offer):
                self.links.make_answer(own, peer, offer)
            case AcceptAnswer(peer, answer):
                self.links.accept_answer(own, peer, answer)
            case AddCandidate() | FindBlob() | ReadPieces() | KeepPiece() | GiveUpBlob():
                pass  # Links here need no addresses, and nobody has files.
            case OfferAs():
                self._offer_as(effect)
            case _:
                self._ask(member, effect)

    def _ask(self, member: Member, effect: Verify | Judge | StoreEffect) -> None:
        match effect:
            case Verify(batch, records):
                flags = tuple(map(self.watch.is_valid, records))
                self._answer(member, self.faults.verify_seconds_max, Verified(batch, flags))
            case Judge(batch, records):
                seconds = len(records) * member.judge_seconds + self.rng.uniform(0.0, STORE_SECONDS_MAX)
                answer = Judged(batch, tuple(map(member.bylaws.judge, records)))
                self.clock.after(seconds, partial(self._deliver, member, member.life, answer))
            case Save():
                member.writes_under_way += 1
                self.clock.within(self.faults.save_seconds_max, partial(self._write, member, member.life, effect))
            case Resolve() | Load() | Expire():
                reply = member.disk.answer(effect)
                # A question that the disk does not answer fails as a write does, and is counted off as one.
                member.writes_under_way += isinstance(reply, SaveFailed | Expired)
                self._answer(member, STORE_SECONDS_MAX, reply)
                if isinstance(effect, Expire) and member.disk.expired(effect.until):
                    self.clock.within(STORE_SECONDS_MAX, partial(self._sweep, member, member.life, effect.until))
            case KeepRefused(refused):
                member.disk.refused.update(refused if member.disk.is_writable else ())
            case KeepAcquaintances(acquaintances):
                member.disk.acquaintances = acquaintances

    def _write(self, member: Member, life: int, save: Save) -> None:
        if member.life != life or not member.is_alive:
            return
        # All members share one object for one record: in large swarms these would be most of the memory.
        records = [self.written.get(record.id, record) for record in save.records]
        is_written = member.disk.write(records, save.removed)
        if is_written and not member.is_hostile:
            self.written.update((record.id, record) for record in records)
        answer = Saved(save.batch) if is_written else SaveFailed(save.batch, "the disk takes nothing")
        # A crash in between leaves records on disk that nobody was told of.
        self._answer(member, self.faults.save_seconds_max, answer)

    def _sweep(self, member: Member, life: int, until: UnixTime) -> None:
        # After a crash, or on a full disk, it is left to the next collection.
        self.purge(member, member.disk.expired(until) if member.life == life else [])

    def _tell(self, member: Member, event: Happening) -> None:
        member.has_met |= isinstance(event, PeerJoined)
        if isinstance(event, RecordsAdded) and not member.is_hostile:
            for record, _ in event.news:
                self.meter.delivered(record.id, self.clock.now, member.number)

    def _speak(self, member: Member, own: PeerId, send: Send) -> None:
        data = wire.encode(send.message)
        if not member.is_hostile:
            self.meter.sent(send.message, len(data))
        self._send(member, own, send.peer, data)

    def _send(self, member: Member, own: PeerId, peer: PeerId, data: bytes) -> None:
        self.history.note(self.clock.now, member.number, (peer, data))
        self.links.send(own, peer, data)

    def _offer_as(self, effect: OfferAs) -> None:
        target = self.rng.choice(self.members)
        if target.peer_id is not None:
            self._signal_later(target.peer_id, OfferReceived(effect.peer, effect.offer, Via("wss://tracker0.test")))

    def _signal_later(self, peer: PeerId, event: Input) -> None:
        self.clock.after(self.latency(), partial(self._signal, peer, event))

    # The world.

    def _seconds_a_byte(self, peer: PeerId) -> float:
        bytes_per_second = self.by_peer_id[peer].line.bytes_per_second
        return 1 / bytes_per_second if bytes_per_second else 0.0

    def _draw_window(self) -> int | None:
        # Somebody keeps everything; and no number is drawn where all do, so that histories stay as they were.
        is_light = bool(self.members and self.faults.light) and self.rng.random() < self.faults.light
        return LIGHT_SECONDS if is_light else None

    def _draw_judge_seconds(self) -> float:
        longest = self.faults.judge_seconds_max
        if longest <= 0.0:
            return self.faults.judge_seconds
        return math.exp(self.rng.uniform(math.log(JUDGE_SECONDS_MIN), math.log(longest)))

    def _adopt(self, faults: Faults) -> None:
        self.faults = faults
        self.links.offer_failures = faults.offer_failures
        self.links.connect_failures = faults.connect_failures

    def _is_cut(self, one: PeerId, other: PeerId) -> bool:
        if not self.cut:
            return False
        numbers = sorted((self.by_peer_id[one].number, self.by_peer_id[other].number))
        return (numbers[0], numbers[1]) in self.cut

    def _can_connect(self, one: PeerId, other: PeerId) -> bool:
        return not (self.by_peer_id[one].line.is_behind_nat and self.by_peer_id[other].line.is_behind_nat)

    def _address_of(self, peer: PeerId) -> str:
        return self.by_peer_id[peer].line.address or f"address of {peer}"
