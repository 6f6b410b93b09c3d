"""Attackers of a real room: each stands where a shipped node stands in its driver, and once let loose does harm.

They find peers and prove their keys as everybody does. What they push is signed by keys of theirs.

``python -m tests.bench.attackers NAME URL`` joins the besieged room as the attacker of that *NAME* in `ATTACKS`, and
does what its standard input says, a line at a time.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from typing import Any, Final

import peerset
from peerset.core import wire
from peerset.core.action import Action
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic
from peerset.core.limits import LIVE_ID_BYTES, LIVE_WINDOW_BYTES
from peerset.core.message import Announce, Credit, Days, Fingerprint, IdList, Message, Ranges, Records, Root
from peerset.core.record import KIND_COMMIT, KIND_DELETION, decode_record
from peerset.core.signal import PeerId, RoomName
from peerset.errors import TransportError, WireError
from peerset.protocol.effects import Effect, Send
from peerset.protocol.horizon import everything
from peerset.protocol.inlet import cost_of
from peerset.protocol.inputs import Closed, Input, Loaded, Opened, Purged, Received
from peerset.protocol.node import Node
from peerset.protocol.retention import window
from peerset.protocol.sync import Sync
from tests.bench.floods import again, indexed, listing_nobodys, make, nobody_has, of_nobodys_batch
from tests.siege_peer import REFUSED_TEXT, ROOM, join_siege, say, until_met

ACT_SECONDS: Final = 0.02
ROUND_SECONDS: Final = 1.1
"""A little less often than rounds may be opened."""
LIES: Final = 60
"""Ranges that were not open, said in one round."""
PUSHED_AT_ONCE: Final = 50
SIGNED_BEFORE: Final = 6_000
"""More than credit allows in the seconds of a bench."""
GARBAGE: Final = b"\xc1\xc1\xc1"
NOISE: Final = Action("noise", bytes(1_000))
EPHEMERAL_KIND: Final = 20_001


class Attacker:
    """Behaves; the others override what they do wrong once they are let loose."""

    def __init__(self, room: peerset.Room, room_name: RoomName) -> None:
        self._driver = room._driver
        self.node: Node = self._driver.node
        self.room_name = room_name
        self.is_loose = self.is_resting = False
        self.peers: list[PeerId] = []
        """Whoever it has a channel to."""
        self._acts_at = Monotonic(0.0)
        self.caused = 0
        """How often it did harm."""
        self._driver.node = self  # type: ignore[assignment]  # the driver asks no more of it than what it has

    def __getattr__(self, name: str) -> Any:
        """Be the node in everything else."""
        return getattr(self.node, name)

    def let_loose(self) -> None:
        """Begin, or go on."""
        self.is_loose, self.is_resting = True, False
        self._driver.post(Purged(()))

    def start(self, now: Moment) -> Sequence[Effect]:
        """Begin as the node does."""
        return self._twist(self.node.start(now))

    def receive(self, event: Input, now: Moment) -> Sequence[Effect]:
        """Let the node take what happened, unless it is ours to answer."""
        match event:
            case Opened(peer):
                self.peers.append(peer)
                if self.is_loose:
                    self.greet(peer)
            case Closed(peer) if peer in self.peers:
                self.peers.remove(peer)
            case Received(peer, data):
                message = decoded(data)
                answer = None if message is None else self.answer(peer, message, now)
                if answer is not None:
                    return [Send(peer, each) for each in answer]
            case _:
                pass
        return self._twist(self.node.receive(event, now))

    def tick(self, now: Moment) -> Sequence[Effect]:
        """Let the node act on its deadlines, and act."""
        effects = self._twist(self.node.tick(now))
        if not self.is_loose or self.is_resting or now.monotonic < self._acts_at:
            return effects
        self._acts_at = Monotonic(now.monotonic + ACT_SECONDS)
        return [*effects, *self.act(now)]

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        due = self.node.deadline
        if not self.is_loose or self.is_resting:
            return due
        return self._acts_at if due is None else min(due, self._acts_at)

    def greet(self, peer: PeerId) -> None:
        """Do harm at the opening of a channel."""

    def answer(self, peer: PeerId, message: Message, now: Moment) -> list[Message] | None:
        """Answer *message* in the node's place; None leaves it to the node."""
        return None

    def act(self, now: Moment) -> list[Effect]:
        """Do harm unasked."""
        return []

    def keep(self, send: Send) -> bool:
        """Say whether what the node wants to say is said."""
        return True

    def sync_with(self, peer: PeerId) -> Sync | None:
        """Give the node's machine of rounds with *peer*."""
        neighbour = self.node._neighbours.get(peer)
        return None if neighbour is None else neighbour.live_sync

    def say_bytes(self, peer: PeerId, data: bytes) -> None:
        """Say *data* as it is."""
        self.caused += 1
        self._driver.byways.send(peer, data)

    def _twist(self, effects: Sequence[Effect]) -> list[Effect]:
        return [effect for effect in effects if not isinstance(effect, Send) or self.keep(effect)]


class Liar(Attacker):
    """Opens rounds, or invites to them, and answers each by ranges that are not open: to be given all, 60 times."""

    def __init__(self, room: peerset.Room, room_name: RoomName) -> None:
        super().__init__(room, room_name)
        self._round = 0
        self._opens_at = 0.0

    def act(self, now: Moment) -> list[Effect]:
        if now.monotonic < self._opens_at:
            return []
        self._opens_at = now.monotonic + ROUND_SECONDS
        return [Send(peer, self._root(sync, now)) for peer in self.peers if (sync := self.sync_with(peer)) is not None]

    def keep(self, send: Send) -> bool:
        if isinstance(send.message, Root):
            self._round = max(self._round, send.message.round)
            return not self.is_loose
        return True

    def _root(self, sync: Sync, now: Moment) -> Root:
        self._round += sync.is_initiator
        return Root(
            self._round if sync.is_initiator else 0, window(now.unix).first_day, everything(now.unix), 0, b"x" * 16
        )

    def answer(self, peer: PeerId, message: Message, now: Moment) -> list[Message] | None:
        is_quiet = self.is_resting or not self.is_loose
        if is_quiet or not isinstance(message, Root | Days | Ranges) or message.round == 0:
            return None
        self.caused += 1
        end = everything(now.unix)
        lie = (IdList((end - 60, b""), ()), Fingerprint((end, b""), b"x" * 8))
        return [Ranges(message.round, lie, more=True) for _ in range(LIES)]


class Glutton(Attacker):
    """Takes whatever rounds bring from the beginning, keeps nothing of it, and wants a round each second."""

    def __init__(self, room: peerset.Room, room_name: RoomName) -> None:
        super().__init__(room, room_name)
        self._taken: dict[tuple[PeerId, int], int] = {}

    def answer(self, peer: PeerId, message: Message, now: Moment) -> list[Message] | None:
        if not isinstance(message, Records) or message.round == 0:
            return None
        size = sum(cost_of(message.round, blob) for blob in message.blobs)
        self.caused += size
        total = self._taken.get((peer, message.round), 0) + size
        self._taken[peer, message.round] = total
        return [Credit(message.round, total)]

    def act(self, now: Moment) -> list[Effect]:
        for sync in filter(None, map(self.sync_with, self.peers)):
            sync.pace.ask(now)
        return []


class Garbage(Attacker):
    """Says what is no message, before it proves anything, to everyone at each opening."""

    def greet(self, peer: PeerId) -> None:
        self.say_bytes(peer, GARBAGE)

    def act(self, now: Moment) -> list[Effect]:
        for peer in self.peers:
            self.say_bytes(peer, GARBAGE)
        return []


class Pusher(Attacker):
    """Pushes *blobs* to everyone, again and again if it *repeats*, as fast as credit allows."""

    def __init__(self, room: peerset.Room, room_name: RoomName, blobs: Iterator[bytes]) -> None:
        super().__init__(room, room_name)
        # Whoever attacks signs before, or elsewhere: here it would take processor from its victim.
        self._blobs = chain(list(islice(blobs, SIGNED_BEFORE)), blobs)
        self._next: bytes | None = next(self._blobs)
        self._sent: dict[PeerId, int] = {}
        self._credited: dict[PeerId, int] = {}

    def receive(self, event: Input, now: Moment) -> Sequence[Effect]:
        if isinstance(event, Opened):
            self._sent[event.peer] = self._credited[event.peer] = 0
        return super().receive(event, now)

    def answer(self, peer: PeerId, message: Message, now: Moment) -> list[Message] | None:
        if isinstance(message, Credit) and message.round == 0:
            self._credited[peer] = message.total_bytes
            return [] if self.is_loose else None
        return None

    def keep(self, send: Send) -> bool:
        message = send.message
        if isinstance(message, Announce | Records) and self.is_loose and getattr(message, "round", 0) == 0:
            return False
        if isinstance(message, Announce):
            self._sent[send.peer] += len(message.prefixes) * LIVE_ID_BYTES
        if isinstance(message, Records) and message.round == 0:
            self._sent[send.peer] += sum(cost_of(0, blob) for blob in message.blobs)
        return True

    def act(self, now: Moment) -> list[Effect]:
        effects: list[Effect] = []
        established = {status.id for status in self.node.peers if status.state == "established"}
        for peer in established.intersection(self.peers):
            effects += [Send(peer, Records(0, (blob,))) for blob in self._granted(peer)]
        return effects

    def _granted(self, peer: PeerId) -> Iterator[bytes]:
        for _ in range(PUSHED_AT_ONCE):
            blob = self._next
            if blob is None or not self._has_credit(peer, blob):
                return
            self._sent[peer] += cost_of(0, blob)
            self._next = next(self._blobs, None)
            self.caused += 1
            yield blob

    def _has_credit(self, peer: PeerId, blob: bytes) -> bool:
        return self._sent[peer] + cost_of(0, blob) <= self._credited[peer] + LIVE_WINDOW_BYTES


class Pruner(Pusher):
    """Pushes each new record to everyone at once, so that they push it to each other in vain, and passes nothing on."""

    def act(self, now: Moment) -> list[Effect]:
        established = [status.id for status in self.node.peers if status.state == "established"]
        blob = self._next
        if blob is None or any(not self._has_credit(peer, blob) for peer in established):
            return []
        self._next = next(self._blobs, None)
        self.caused += 1
        for peer in established:
            self._sent[peer] += cost_of(0, blob)
        return [Send(peer, Records(0, (blob,))) for peer in established]


class Writer(Attacker):
    """Behaves, and writes *blobs* as an honest user does, so many at a time."""

    def __init__(self, room: peerset.Room, room_name: RoomName, blobs: Iterator[bytes]) -> None:
        super().__init__(room, room_name)
        self._room = room
        self._records = [decode_record(blob) for blob in blobs]
        self._writing = set[asyncio.Task[int]]()

    def act(self, now: Moment) -> list[Effect]:
        records, self._records = self._records[:PUSHED_AT_ONCE], self._records[PUSHED_AT_ONCE:]
        if records:
            self.caused += len(records)
            task = asyncio.create_task(self._room.add(records), name="writing")
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        return []


class Tease(Writer):
    """Lists records that it has, and when it is asked for one says that its content is not there any more."""

    def receive(self, event: Input, now: Moment) -> Sequence[Effect]:
        if isinstance(event, Loaded):
            self.caused += len(event.blobs)
            event = replace(event, blobs=tuple(b"" for _ in event.blobs))
        return super().receive(event, now)


class Caller(Attacker):
    """Sends applications' actions as fast as channels take them."""

    def act(self, now: Moment) -> list[Effect]:
        for peer in self.peers:
            for _ in range(PUSHED_AT_ONCE):
                self.caused += 1
                with suppress(TransportError):
                    self._driver.actions.send(NOISE, [peer])
        return []


def decoded(data: bytes) -> Message | None:
    """Read a message, or what is none."""
    try:
        return wire.decode(data)
    except WireError:
        return None


def pushing(blobs: Callable[[RoomName], Iterator[bytes]]) -> Callable[[peerset.Room, RoomName], Attacker]:
    """Make a pusher of what *blobs* gives."""
    return lambda room, name: Pusher(room, name, blobs(name))


ATTACKS: Final[Mapping[str, Callable[[peerset.Room, RoomName], Attacker]]] = {
    "a round that lies of ranges that are not open": Liar,
    "asking for everything for ever": Glutton,
    "garbage before and after the proof": Garbage,
    "800 records of two hours ahead, for ever": pushing(lambda room: again(make(room, 800, age_seconds=-7_200))),
    "64 kB records of two hours ahead": pushing(lambda room: again(make(room, 200, age_seconds=-7_200, size=60_000))),
    "deletions of ids that nobody has": pushing(lambda room: make(room, 4_000, kind=KIND_DELETION, tags=nobody_has)),
    "commits of what nobody has": pushing(
        lambda room: make(room, 400, kind=KIND_COMMIT, tags=of_nobodys_batch, content=listing_nobodys)
    ),
    "valid small records of six keys": pushing(lambda room: make(room, 40_000, authors=6)),
    "valid records with 63 indexed tags": pushing(lambda room: make(room, 5_000, tags=indexed)),
    "valid records of 60 kB": pushing(lambda room: make(room, 1_000, size=60_000)),
    "valid records of last month": pushing(lambda room: make(room, 40_000, age_seconds=30 * DAY_SECONDS)),
    "4,300 ephemeral records, for ever": pushing(lambda room: again(make(room, 4_300, kind=EPHEMERAL_KIND))),
    "1,000 records that are known, for ever": pushing(lambda room: again(make(room, 1_000))),
    "records that the rules refuse": pushing(lambda room: make(room, 20_000, text=REFUSED_TEXT)),
    "records of as many keys": pushing(lambda room: make(room, 8_000, authors=8_000)),
    "records whose content is not there any more": lambda room, name: Tease(
        room, name, make(name, 2_000, age_seconds=30 * DAY_SECONDS)
    ),
    "an honest writer of 15 MB": lambda room, name: Writer(room, name, make(name, 250, size=60_000)),
    "an honest peer with 10,000 other records": lambda room, name: Writer(
        room, name, make(name, 10_000, age_seconds=30 * DAY_SECONDS)
    ),
    "each new record to everyone at once": lambda room, name: Pruner(room, name, make(name, 4_000, authors=6)),
    "actions": Caller,
}
"""What each attack of `docs/attack-report.md` on one peer is made by."""


async def main(name: str, url: str) -> None:
    """Join, and serve standard input until it ends."""
    # It stands for a machine of its own, whose processor is not the victim's: three peers share two cores here.
    os.nice(19)
    async with join_siege(url, "honest") as room:
        attacker = ATTACKS[name](room, ROOM)
        events = room.events()
        say("ready")
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if line == "met":
                await until_met(room, events)
            elif line == "attack":
                attacker.let_loose()
            elif line == "rest":
                attacker.is_resting = True
            say(line, attacker.caused)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
