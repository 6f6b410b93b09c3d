"""Nodes wired to each other without a transport: messages pass as bytes, disks are lists."""

import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime, clamped
from peerset.core.keys import SecretKey
from peerset.core.merkle import Index
from peerset.core.message import Message
from peerset.core.record import Record, RecordId, sign_record
from peerset.core.rules import Manifest, Rules
from peerset.core.signal import ChannelBinding, PeerId, RoomName
from peerset.core.verdict import Accept, Verdict
from peerset.protocol.effects import (
    Disconnect,
    Effect,
    Emit,
    Expire,
    Judge,
    KeepAcquaintances,
    KeepRefused,
    Load,
    Resolve,
    Save,
    Send,
    Verify,
)
from peerset.protocol.events import Event, apart
from peerset.protocol.inputs import (
    Closed,
    Expired,
    Input,
    Judged,
    Loaded,
    Opened,
    Published,
    Received,
    Saved,
    SaveFailed,
    Verified,
)
from peerset.protocol.node import Node
from peerset.protocol.options import Holdings, Options
from peerset.testing.disk import Disk, resolved

ROOM = RoomName("peerset", "lobby")
START = UnixTime(1_790_000_000)


def key(number: int) -> SecretKey:
    """Give the test key *number*, from 1."""
    return SecretKey(number.to_bytes(32, "big"))


def make_record(number: int = 0, *, at: int = START, author: int = 1, kind: int = 1078, size: int = 0) -> Record:
    """Sign the record *number* of the lobby."""
    tags = [["h", ROOM.tag.hex()]]
    content = f"record {number}".ljust(size, ".")
    return sign_record(key(author), created_at=UnixTime(at), kind=kind, tags=tags, content=content)


@dataclass
class Member:
    """A node, its disk and what it emitted."""

    name: PeerId
    node: Node
    judge: Callable[[Record], Verdict]
    disk: dict[RecordId, Record] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    sent: list[tuple[PeerId, Message, int]] = field(default_factory=list)
    refused: set[tuple[int, bytes]] = field(default_factory=set)
    """What its disk remembers as refused: (created_at, id)."""
    ahead: int = 0
    """How far its wall clock is ahead of the true time."""
    is_full: bool = False
    """Nothing more goes on its disk."""


class Net:
    """Members whose channels deliver in order; time moves only by `pass_time`."""

    def __init__(self) -> None:
        self.now = Moment(Monotonic(1000.0), START)
        self.members: dict[PeerId, Member] = {}
        self.links: set[frozenset[PeerId]] = set()
        self.tamper: Callable[[PeerId, PeerId, bytes], bytes] = lambda _source, _target, data: data
        self._inputs: deque[tuple[PeerId, Input]] = deque()

    def add(
        self,
        number: int,
        records: list[Record] | None = None,
        *,
        judge: Callable[[Record], Verdict] | None = None,
        refused: Iterable[tuple[int, bytes]] = (),
        rules: Rules | None = None,
        window_days: int | None = None,
        ahead: int = 0,
    ) -> Member:
        """Add the member *number* holding *records*; with a *judge*, its rules are other than those without."""
        name = PeerId(f"0000{number:016}")
        held = records or []
        holdings = Holdings(
            index=Index.bulk((record.created_at, record.id) for record in held),
            deleters=Disk(held).deleters(),
            refused=sorted(refused),
            seen=START if held else None,
        )
        options = Options(
            rules=(rules or Rules()) if judge is None else Rules(policies=(Manifest("judge", 1),)),
            has_policies=judge is not None,
            window_seconds=None if window_days is None else window_days * DAY_SECONDS,
        )
        node = Node(name, key(number), room=ROOM, rng=random.Random(number), holdings=holdings, options=options)
        member = Member(name, node, judge or (lambda _: Accept()), {record.id: record for record in held})
        member.ahead = ahead
        self.members[name] = member
        self._perform(member, node.start(self.moment(member)))
        return member

    def connect(self, one: Member, two: Member) -> None:
        """Open a channel between *one* and *two* and deliver everything."""
        self.links.add(frozenset((one.name, two.name)))
        for local, remote in ((one, two), (two, one)):
            binding = ChannelBinding(fingerprint(local, remote), fingerprint(remote, local))
            self.feed(local, Opened(remote.name, binding, "direct", "192.0.2.1"))
        self.run()

    def feed(self, member: Member, event: Input) -> None:
        """Queue *event* for *member*."""
        self._inputs.append((member.name, event))

    def publish(self, member: Member, *records: Record) -> None:
        """Let *member*'s user publish *records*."""
        self.feed(member, Published(records))
        self.run()

    def moment(self, member: Member) -> Moment:
        """Give the moment by *member*'s clocks."""
        return Moment(self.now.monotonic, clamped(self.now.unix + member.ahead))

    def run(self) -> None:
        """Deliver until nothing is under way."""
        while self._inputs:
            name, event = self._inputs.popleft()
            member = self.members[name]
            self._perform(member, member.node.receive(event, self.moment(member)))

    def pass_time(self, seconds: float) -> None:
        """Let *seconds* pass, tick by tick."""
        end = self.now.monotonic + seconds
        while True:
            due = [m.node.deadline for m in self.members.values() if m.node.deadline is not None]
            following = max(min([*due, Monotonic(end)]), self.now.monotonic)
            if following >= end:
                break
            self._jump(following)
            for member in list(self.members.values()):
                self._perform(member, member.node.tick(self.moment(member)))
            self.run()
        self._jump(end)

    def _jump(self, to: float) -> None:
        passed = to - self.now.monotonic
        self.now = Moment(Monotonic(to), UnixTime(int(START + to - 1000.0)))
        assert passed >= 0

    def _perform(self, member: Member, effects: list[Effect]) -> None:
        for effect in effects:
            answer = self._answer(member, effect)
            if answer is not None:
                self.feed(member, answer)

    def _answer(self, member: Member, effect: Effect) -> Input | None:
        match effect:
            case Send(peer, message):
                self._send(member, peer, message)
            case Disconnect(peer, reason):
                self._disconnect(member, peer, reason)
            case Emit(event):
                member.events += apart(event)
            case KeepAcquaintances():
                pass
            case KeepRefused(refused):
                member.refused.update(refused)
            case Verify(batch, records):
                return Verified(batch, tuple(record.has_valid_signature() for record in records))
            case Judge(batch, records):
                return Judged(batch, tuple(map(member.judge, records)))
            case Resolve():
                return resolved(effect, member.disk.values())
            case Save(batch) if member.is_full:
                return SaveFailed(batch, "the disk is full")
            case Save(batch, records, removed):
                member.disk.update({record.id: record for record in records})
                for record_id in removed:
                    member.disk.pop(record_id, None)
                return Saved(batch)
            case Load(peer, number, ids):
                return Loaded(peer, number, tuple(member.disk[i].wire if i in member.disk else b"" for i in ids))
            case Expire(before):
                old = [record.id for record in member.disk.values() if record.created_at < before]
                for record_id in old:
                    del member.disk[record_id]
                return Expired(len(old))
            case _:
                return None
        return None

    def _send(self, member: Member, peer: PeerId, message: Message) -> None:
        if frozenset((member.name, peer)) not in self.links:
            return
        data = self.tamper(member.name, peer, wire.encode(message))
        member.sent.append((peer, message, len(data)))
        self._inputs.append((peer, Received(member.name, data)))

    def _disconnect(self, member: Member, peer: PeerId, reason: str) -> None:
        link = frozenset((member.name, peer))
        if link in self.links:
            self.links.remove(link)
            self.feed(member, Closed(peer, reason))
            self.feed(self.members[peer], Closed(member.name, "closed by the other end"))


def fingerprint(local: Member, remote: Member) -> bytes:
    """Give the certificate digest that *local* uses towards *remote*."""
    return f"{local.name}->{remote.name}".encode()[:32].ljust(32, b"\0")
