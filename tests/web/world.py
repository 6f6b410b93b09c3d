"""A few nodes, each in some harness, joined by channels that the world delivers in an order drawn by a seed."""

import json
import os
import random
import subprocess
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from tests.patience import PATIENT_SECONDS
from tests.web.pool import ROOM, Pool, key

Answer = dict[str, Any]
Step = tuple[str, str, Answer]
"""A node, what it was told, and what it answered."""

MONOTONIC: Final = 1_000.0
CLOSE: Final = "close"
"""What stands in a queue of messages where the sender closed the channel."""


class Harness:
    """A process that holds nodes: tests/protocol/harness.py or web/test/harness.ts."""

    def __init__(self, command: list[str], cwd: Path) -> None:
        pipe = subprocess.PIPE
        # Measuring what the child covers would tell nothing new, and double its time.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
        self._process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=pipe, stdout=pipe, encoding="utf-8", bufsize=1
        )

    def ask(self, **command: Any) -> Answer:
        """Send *command*; give the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(command), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, f"the harness {self._process.args!r} ended at {command}"
        answer: Answer = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=PATIENT_SECONDS)
        assert self._process.returncode == 0


@dataclass
class Member:
    """What the world knows of one node."""

    name: str
    harness: Harness
    ahead_seconds: int
    deadline: float | None = None
    lives: int = 1


@dataclass
class World:
    """One run of one case."""

    pool: Pool
    start: UnixTime
    rng: random.Random
    transcript: list[Step] = field(default_factory=list)
    clock: float = MONOTONIC
    members: dict[str, Member] = field(default_factory=dict)
    queues: dict[tuple[str, str], deque[str]] = field(default_factory=dict)
    """Messages under way on open channels, by sender and receiver."""
    channels: int = 0
    tampered: int = 0
    """How many of the next messages are changed on their way."""

    def add(self, harness: Harness, records: list[int], *, policy: str = "none", ahead_seconds: int = 0) -> Member:
        """Make and start a node that holds those of *records* that it may."""
        held = self.pool.holdable(records, self.start, is_strict=policy == "kept")
        name = "abc"[len(self.members)]
        member = self.members[name] = Member(name, harness, ahead_seconds)
        secret = (len(self.members)).to_bytes(32, "big").hex()
        room = [ROOM.app, ROOM.room]
        self.tell(member, "new", secret=secret, room=room, seed=f"{name} 1", records=held, policy=policy)
        return member

    def tell(self, member: Member, do: str, **fields: Any) -> Answer:
        """Give *member* a command, and carry out what its node asks of the transport."""
        now = [self.clock, self.start + int(self.clock - MONOTONIC) + member.ahead_seconds]
        answer = member.harness.ask(do=do, node=member.name, now=now, **fields)
        self.transcript.append((member.name, f"{do} {fields}", answer))
        member.deadline = answer["deadline"]
        for effect, *rest in answer["effects"]:
            link = (member.name, str(rest[0]))
            if effect == "Send" and link in self.queues:
                self.queues[link].append(rest[1])
            elif effect == "Disconnect" and link in self.queues:
                self.queues[link].append(CLOSE)
        return answer

    def open(self, one: Member, two: Member) -> None:
        """Open a channel between two members, in place of the one they have."""
        self.close(one, two, "the channel broke")
        self.channels += 1
        ends = [f"{name} {self.channels}".encode().ljust(32, b".").hex() for name in (one.name, two.name)]
        for local, remote in ((one, two), (two, one)):
            self.queues[local.name, remote.name] = deque()
        for member, other, (local_end, remote_end) in ((one, two, ends), (two, one, ends[::-1])):
            fields = {"local": local_end, "remote": remote_end, "route": "direct", "address": "192.0.2.1"}
            self.tell(member, "opened", peer=other.name, **fields)

    def close(self, one: Member, two: Member, reason: str) -> None:
        """Close the channel of two members, if there is one; what is under way is lost."""
        was_open = self.queues.pop((one.name, two.name), None) is not None
        self.queues.pop((two.name, one.name), None)
        if was_open:
            self.tell(one, "closed", peer=two.name, reason=reason)
            self.tell(two, "closed", peer=one.name, reason=reason)

    def is_linked(self, one: Member, two: Member) -> bool:
        """Say whether a channel between two members is open."""
        return (one.name, two.name) in self.queues

    def restart(self, member: Member) -> None:
        """Let *member* leave, and begin again over what it saved."""
        self.tell(member, "left")
        self.deliver_all()
        member.lives += 1
        self.tell(member, "restart", seed=f"{member.name} {member.lives}")

    def deliver(self) -> bool:
        """Deliver one message of a channel that the seed picks; False when none is under way."""
        waiting = [link for link, messages in self.queues.items() if messages]
        if not waiting:
            return False
        source, target = self.rng.choice(waiting)
        message = self.queues[source, target].popleft()
        if message == CLOSE:
            self.close(self.members[source], self.members[target], "the other end closed it")
        else:
            self.tell(self.members[target], "received", peer=source, data=self._on_its_way(message))
        return True

    def deliver_all(self) -> None:
        """Deliver until nothing is under way."""
        while self.deliver():
            pass

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass, deadline by deadline."""
        end = self.clock + seconds
        while True:
            due = min((m.deadline for m in self.members.values() if m.deadline is not None), default=end)
            if due >= end:
                break
            self.clock = max(self.clock, due)
            for member in self.members.values():
                if member.deadline is not None and member.deadline <= self.clock:
                    self.tell(member, "tick")
            self.deliver_all()
        self.clock = end

    def is_settled(self) -> bool:
        """Say whether every node is at rest and all have one root."""
        looks = [self.tell(member, "look") for member in self.members.values()]
        return all(look["quiet"] for look in looks) and len({look["root"] for look in looks}) == 1

    def key_of(self, member: Member) -> str:
        """Give the public key of *member*, in hex."""
        return key(1 + list(self.members).index(member.name)).public_key.hex()

    def _on_its_way(self, message: str) -> str:
        if not self.tampered:
            return message
        self.tampered -= 1
        data = bytearray.fromhex(message)
        match self.rng.randrange(4):
            case 0:
                data[self.rng.randrange(len(data))] ^= 1 << self.rng.randrange(8)
            case 1:
                del data[self.rng.randrange(len(data)) :]
            case 2:
                data = bytearray(self.rng.randbytes(self.rng.randrange(40)))
            case _:
                data *= 2
        return data.hex()
