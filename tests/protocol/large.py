"""Two machines that sync sets as large as one likes: records have bodies of 40 bytes, their time and their id.

Nodes do so too, with records whose signatures are taken for good, for true ones would take minutes.
"""

import random
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import msgpack

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic
from peerset.core.limits import ROUND_BYTES_MAX
from peerset.core.merkle import Index
from peerset.core.message import Message, Records, Root
from peerset.core.record import Record, decode_record
from peerset.core.signal import PeerId
from peerset.protocol.effects import Effect, Load, Request, Send, Strike, Verify
from peerset.protocol.events import StrikeCounted
from peerset.protocol.inputs import Input, Verified
from peerset.protocol.retention import window
from peerset.protocol.sync import State, Sync
from tests.protocol.pair import ROOM, START, Member, Net, key

Entry = tuple[int, bytes]

NOW: Final = Moment(Monotonic(0.0), START)


def draw(count: int, rng: random.Random, *, days: float = 88.0) -> list[Entry]:
    """Draw entries of the last *days*."""
    return [(START - 10 - int(rng.random() * days * DAY_SECONDS), rng.randbytes(32)) for _ in range(count)]


def make_sync(index: Index, *, is_initiator: bool, bytes_max: int = ROUND_BYTES_MAX) -> Sync:
    """Give the machine of one side, which says at most *bytes_max* in a round."""
    return Sync(
        PeerId("0000other"),
        index,
        ROOM.tag,
        salt=b"s" * 16,
        is_initiator=is_initiator,
        sift=lambda _salt, wanted, _lower, _items: wanted,
        rng=random.Random(0),
        bytes_max=bytes_max,
    )


@dataclass
class Meeting:
    """Two sides that sync until their sets are equal, with no time passing."""

    ours: list[Entry]
    theirs: list[Entry]
    bytes_max: int = ROUND_BYTES_MAX
    has_sketches: bool = False
    """Both sides keep a sketch of their sets."""
    rounds: int = 0
    """Rounds opened until the sets were equal; the Root that only finds them so is none."""
    strikes: int = 0
    said_bytes: list[int] = field(default_factory=lambda: [0, 0])
    """What each side said, but for the records."""
    said: list[tuple[int, Message]] = field(default_factory=list)
    """The same: the number of the side, and the message."""
    longest_seconds: float = 0.0
    """The processor's time for the longest step of either side."""

    def __post_init__(self) -> None:
        self.indexes = [Index.bulk(self.ours), Index.bulk(self.theirs)]
        for index in self.indexes if self.has_sketches else ():
            summary = index.summarise(window(START).first_day)
            while summary.is_behind:
                summary.work()
        self.times = {record_id: created_at for created_at, record_id in (*self.ours, *self.theirs)}
        self._syncs = [
            make_sync(index, is_initiator=number == 0, bytes_max=self.bytes_max)
            for number, index in enumerate(self.indexes)
        ]
        self._todo: deque[tuple[int, Request]] = deque()

    @property
    def is_equal(self) -> bool:
        """Both have everything."""
        return min(map(len, self.indexes)) == len(self.times)

    def run(self) -> None:
        """Pass messages on until both sides have everything and know it."""
        self._todo.extend((0, effect) for effect in self._syncs[0].start(NOW))
        while self._todo or self._syncs[0].state is not State.SETTLED:
            if self._todo:
                self._perform(*self._todo.popleft())
                continue
            for number, sync in enumerate(self._syncs):
                self._step(number, time.process_time(), sync.tick(NOW))
        assert self.is_equal

    def _step(self, number: int, started: float, effects: list[Request]) -> None:
        self.longest_seconds = max(self.longest_seconds, time.process_time() - started)
        self._todo.extend((number, effect) for effect in effects)

    def _perform(self, number: int, effect: Request) -> None:
        match effect:
            case Load(_, number_of_round, ids):
                blobs = tuple(self.times[record_id].to_bytes(8, "big") + record_id for record_id in ids)
                self._step(number, time.process_time(), self._syncs[number].loaded(number_of_round, blobs, NOW))
            case Strike():
                self.strikes += 1
            case Send(_, Records() as message):
                self._take(1 - number, message)
            case Send(_, message):
                self.rounds += isinstance(message, Root) and not self.is_equal
                self.said.append((number, message))
                self.said_bytes[number] += len(wire.encode(message))
                started = time.process_time()
                self._step(1 - number, started, self._syncs[1 - number].receive(message, NOW))  # type: ignore[arg-type]  # what sync sends it takes
            case _:
                pass

    def _take(self, number: int, message: Records) -> None:
        sync, blobs = self._syncs[number], message.blobs
        self._step(number, time.process_time(), sync.received(message.round, sum(map(len, blobs)), NOW))
        added = sum(self.indexes[number].add(int.from_bytes(blob[:8], "big"), blob[8:]) for blob in blobs)
        started = time.process_time()
        self._step(number, started, sync.dealt(message.round, sum(map(len, blobs)), added, NOW))


class Nodes(Net):
    """Two nodes that take each signature for good, and how they meet."""

    def __init__(self, ours: list[Record], theirs: list[Record]) -> None:
        super().__init__()
        self.rounds = 0
        """Rounds opened until the sets were equal."""
        self._count = len({record.id for record in (*ours, *theirs)})
        self.pair = self.add(1, ours), self.add(2, theirs)

    @property
    def is_equal(self) -> bool:
        """Both have everything."""
        return min(len(member.disk) for member in self.pair) == self._count

    @property
    def strikes(self) -> int:
        """How often one of them blamed the other."""
        return sum(isinstance(event, StrikeCounted) for member in self.pair for event in member.events)

    def meet(self) -> None:
        """Connect the two and pass everything on until nothing moves."""
        self.connect(*self.pair)
        self.pass_time(1.0)

    def _answer(self, member: Member, effect: Effect) -> Input | None:
        if isinstance(effect, Verify):
            return Verified(effect.batch, (True,) * len(effect.records))
        return super()._answer(member, effect)

    def _send(self, member: Member, peer: PeerId, message: Message) -> None:
        self.rounds += isinstance(message, Root) and not self.is_equal
        super()._send(member, peer, message)
        member.sent.clear()


def unsigned(count: int, rng: random.Random) -> list[Record]:
    """Make records of the last 88 days without true signatures."""
    author, tags = bytes(key(1).public_key), [["h", ROOM.tag.hex()]]
    return [
        decode_record(msgpack.packb([author, created_at, 1078, tags, f"record {number}", bytes(64)]))
        for number, (created_at, _) in enumerate(draw(count, rng))
    ]
