"""One member of a simulated swarm: its disk outlives its processes, each of which is a fresh node."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.merkle import Index
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId, make_peer_id
from peerset.protocol.node import Node
from peerset.protocol.options import Holdings, Options
from peerset.testing.bylaws import OPEN, Bylaws
from peerset.testing.disk import Disk
from peerset.testing.machine import SIMULATED_ROOM, Disguise, Machine


@dataclass(slots=True)
class Line:
    """How a member is connected."""

    address: str = ""
    """Where others see it; another one in each life when empty, and in no network."""
    is_behind_nat: bool = False
    """No two such members ever connect directly."""
    bytes_per_second: float = 0.0
    """What comes in; everything, when 0."""


class Member:
    """A key, a disk and a clock, and the process that runs on them now, if any."""

    window_seconds: int | None = None
    """For how long it keeps content, if for less time than the others."""
    has_met = False
    """It had a session with another one, in this life or an earlier one."""

    due: Monotonic | None = None
    """When its machine is due, as it said when it last did something."""

    def __init__(
        self,
        number: int,
        key: SecretKey,
        *,
        seed: int,
        records: Iterable[Record] = (),
        skew_seconds: int = 0,
        bylaws: Bylaws = OPEN,
        judge_seconds: float = 0.0,
        disguise: Disguise | None = None,
    ) -> None:
        self.number = number
        self.key = key
        self.disk = Disk(records)
        self.skew_seconds = skew_seconds
        """By how much its wall clock is ahead for good."""
        self.wrong_seconds = self.wrong_seconds_before = 0
        """By how much more it is ahead for now, and by how much it was before it was last set."""
        self.bylaws = bylaws
        self.judge_seconds = judge_seconds
        """What its policies take for a record."""
        self.is_hostile = disguise is not None
        self.line = Line()
        self.life = 0
        """Counts its processes; nothing meant for an earlier one reaches a later one."""
        self.peer_id: PeerId | None = None
        self.node: Node | None = None
        self.machine: Machine | None = None
        self.alarm_at: float | None = None
        """When the swarm will look at its deadline."""
        self.fuse: int | None = None
        """It dies after performing so many more effects."""
        self.seen: set[RecordId] = set()
        """What its subscribers were told of in this life."""
        self.writes_under_way = 0
        """Writes and expirations whose answer the node does not have yet."""
        self._seed = seed
        self._disguise = disguise

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"member {self.number}"

    @property
    def claims(self) -> list[tuple[int, bytes]]:
        """What it knows by name alone."""
        return [] if self.node is None or self.node.claims is None else self.node.claims.all

    @property
    def is_alive(self) -> bool:
        """A process runs."""
        return self.machine is not None

    def moment(self, time: float, *, epoch: int) -> Moment:
        """Give what its two clocks show at virtual *time*; *epoch* is the Unix time of virtual zero."""
        return Moment(Monotonic(time), UnixTime(epoch + int(time) + self.skew_seconds + self.wrong_seconds))

    def wake(self, *, peers_max: int) -> Machine:
        """Start a process from what the disk holds."""
        self.life += 1
        rng = random.Random(f"{self._seed} {self.number} {self.life}")
        self.peer_id = make_peer_id(rng)
        disk = self.disk
        holdings = Holdings(
            index=Index.bulk(disk.entries()),
            deleters=disk.deleters(),
            refused=sorted(disk.refused),
            acquaintances=disk.acquaintances,
            seen=disk.seen,
        )
        options = Options(
            rules=self.bylaws.rules,
            has_policies=bool(self.bylaws.refuses) or self.judge_seconds > 0,
            places=peers_max,
            window_seconds=self.window_seconds,
        )
        self.node = Node(self.peer_id, self.key, room=SIMULATED_ROOM, rng=rng, holdings=holdings, options=options)
        self.machine = self.node if self._disguise is None else self._disguise(self.node, rng)
        self.alarm_at = self.fuse = None
        self.seen.clear()
        self.writes_under_way = 0
        return self.machine

    def die(self) -> None:
        """Lose the process and all it knew; the disk stays."""
        self.node = self.machine = self.peer_id = None
        self.fuse = None
