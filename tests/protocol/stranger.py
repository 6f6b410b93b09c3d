"""One node on its own, and remote peers that say to it whatever a test wants."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from peerset.core import wire
from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.merkle import Index
from peerset.core.message import Fin, Goodbye, Hello, Message, Proof, Root
from peerset.core.record import Record, RecordId
from peerset.core.signal import ChannelBinding, PeerId
from peerset.core.verdict import Accept, Verdict
from peerset.protocol.effects import Disconnect, Effect, Emit, Expire, Judge, Load, Resolve, Save, Send, Verify
from peerset.protocol.events import Event, apart
from peerset.protocol.inputs import Expired, Input, Judged, Loaded, Opened, Received, Saved, Verified
from peerset.protocol.node import Node
from peerset.protocol.options import Holdings, Options
from peerset.protocol.session import Identity, Session
from peerset.testing.disk import Disk, resolved
from tests.protocol.pair import ROOM, START, key

E = TypeVar("E", bound=Event)
M = TypeVar("M", bound=Message)

NEAR, FAR = b"\1" * 32, b"\2" * 32
OTHER_RULES = b"r" * 32
ADDRESS = "192.0.2.9"


class Host:
    """A node, its disk and its clock; what it asks of the store is answered at once, unless it is in *unanswered*."""

    def __init__(
        self, *records: Record, judge: Callable[[Record], Verdict] | None = None, is_started: bool = True
    ) -> None:
        self.now = Moment(Monotonic(1_000.0), START)
        self.disk: dict[RecordId, Record] = {record.id: record for record in records}
        self.unanswered: set[type[Effect]] = set()
        self._judge = judge
        index = Index.bulk((record.created_at, record.id) for record in records)
        holdings = Holdings(index=index, deleters=Disk(records).deleters())
        options = Options(has_policies=judge is not None)
        rng = random.Random(1)
        self.node = Node(PeerId("0000here"), key(1), room=ROOM, rng=rng, holdings=holdings, options=options)
        if is_started:
            self._perform(self.node.start(self.now))

    def feed(self, *inputs: Input) -> list[Effect]:
        """Give the node *inputs*, and what its questions are answered with; give all it asked for, in order."""
        return [effect for event in inputs for effect in self._perform(self.node.receive(event, self.now))]

    def wait(self, seconds: float) -> list[Effect]:
        """Let *seconds* pass at once, and tick."""
        monotonic = self.now.monotonic + seconds
        self.now = Moment(Monotonic(monotonic), UnixTime(int(START + monotonic - 1_000.0)))
        return self._perform(self.node.tick(self.now))

    def _perform(self, effects: Sequence[Effect]) -> list[Effect]:
        done: list[Effect] = []
        for effect in effects:
            done.append(effect)
            answer = None if type(effect) in self.unanswered else self._answer(effect)
            if answer is not None:
                done += self.feed(answer)
        return done

    def _answer(self, effect: Effect) -> Input | None:
        match effect:
            case Verify(batch, records):
                return Verified(batch, tuple(record.has_valid_signature() for record in records))
            case Judge(batch, records):
                return Judged(batch, tuple(self._judge(each) if self._judge else Accept() for each in records))
            case Resolve():
                return resolved(effect, self.disk.values())
            case Save(batch, records, removed):
                self.disk.update({record.id: record for record in records})
                self.disk = {i: record for i, record in self.disk.items() if i not in removed}
                return Saved(batch)
            case Load(peer, number, ids):
                return Loaded(peer, number, tuple(self.disk[i].wire if i in self.disk else b"" for i in ids))
            case Expire(before):
                count = len(self.disk)
                self.disk = {i: record for i, record in self.disk.items() if record.created_at >= before}
                return Expired(count - len(self.disk))
            case _:
                return None


class Stranger:
    """The remote end of one channel: a session that does as it should, and a mouth that need not."""

    def __init__(
        self,
        host: Host,
        number: int,
        *,
        address: str = ADDRESS,
        route: str = "direct",
        ahead_seconds: int = 0,
        rules_id: bytes = OTHER_RULES,
    ) -> None:
        self.host = host
        self.peer = PeerId(f"0000{number:016}")
        self.key = key(number)
        self.address = address
        self.route = route
        self._rules_id = rules_id
        self._clock = Moment(host.now.monotonic, UnixTime(host.now.unix + ahead_seconds))
        self._draw = random.Random(number)
        self._session = self._make_session()
        self._nonce = b""

    def open(self) -> list[Effect]:
        """Open a channel."""
        self._session = self._make_session()
        effects = self.host.feed(Opened(self.peer, ChannelBinding(NEAR, FAR), self.route, self.address))
        self._nonce = said(effects, self.peer, Hello)[0].nonce
        return effects

    def establish(self, *meanwhile: Input) -> list[Effect]:
        """Open a channel and prove our key over it, *meanwhile* on the way; give what the node did then."""
        (hello,) = said(self.open(), self.peer, Hello)
        self.host.feed(*meanwhile)
        (greeting,) = self._session.start(self._clock)
        (proof,) = self._session.receive(hello, self._clock)
        assert isinstance(greeting, Send)
        assert isinstance(proof, Send)
        effects = self.say(greeting.message)
        (answer,) = said(effects, self.peer, Proof)
        assert self._session.receive(answer, self._clock) == []
        return self.say(proof.message)

    def settle(self) -> list[Effect]:
        """End the first round of an established session with equal roots."""
        index = Index.bulk((record.created_at, record.id) for record in self.host.disk.values())
        first_day, upto = self.host.now.unix // 86_400 - 60, UnixTime(self.host.now.unix // 86_400 * 86_400)
        root = index.root(ROOM.tag, first_day, upto)
        if self.is_initiator:
            return self.say(Root(1, first_day, upto, root.count, root.digest[:16]))
        return self.say(Fin(1, root.count, root.digest[:16]))

    @property
    def is_initiator(self) -> bool:
        """Our nonce is the smaller one."""
        return self._session.nonce < self._nonce

    def say(self, *messages: Message) -> list[Effect]:
        """Send *messages*, legal or not."""
        return self.utter(*map(wire.encode, messages))

    def utter(self, *data: bytes) -> list[Effect]:
        """Send bytes."""
        return self.host.feed(*(Received(self.peer, one) for one in data))

    def _make_session(self) -> Session:
        identity = Identity(self.key, ROOM.tag, self._rules_id, 7_776_000)
        return Session(self.host.node.peer_id, ChannelBinding(FAR, NEAR), identity, rng=self._draw)


def said(effects: Sequence[Effect], peer: PeerId, kind: type[M]) -> list[M]:
    """Give the messages of *kind* that *peer* was sent."""
    return [
        effect.message
        for effect in effects
        if isinstance(effect, Send) and effect.peer == peer and isinstance(effect.message, kind)
    ]


def told(effects: Sequence[Effect], kind: type[E]) -> list[E]:
    """Give the events of *kind* that subscribers saw."""
    told = [event for effect in effects if isinstance(effect, Emit) for event in apart(effect.event)]
    return [event for event in told if isinstance(event, kind)]


def farewells(effects: Sequence[Effect], peer: PeerId) -> list[str]:
    """Give why *peer* was sent away: the reasons of goodbyes, each followed by closing the channel."""
    reasons = [goodbye.reason.name for goodbye in said(effects, peer, Goodbye)]
    closed = [effect for effect in effects if isinstance(effect, Disconnect) and effect.peer == peer]
    assert len(closed) >= len(reasons)
    return reasons
