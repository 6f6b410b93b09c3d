"""How fast records travel among honest members of a simulated swarm while somebody pushes what they refuse."""

from collections import Counter
from dataclasses import dataclass, field

from peerset.core.clock import Moment
from peerset.core.record import KIND_RECORD, RecordId, sign_record
from peerset.protocol.effects import Emit
from peerset.protocol.events import RecordRejected, RecordsAdded, StrikeCounted
from peerset.testing.bylaws import STRICT
from peerset.testing.faults import Faults
from peerset.testing.invariants import Watch
from peerset.testing.machine import SIMULATED_ROOM, Deed
from peerset.testing.member import Member
from peerset.testing.swarm import Swarm

HONEST = 4
MEETING_SECONDS = 30.0
RECORDS = 150
INTERVAL_SECONDS = 0.1
END_SECONDS = 60.0
SECONDS = RECORDS * INTERVAL_SECONDS + END_SECONDS
"""How long a siege lasts."""
WORLD = Faults(bylaws=(STRICT,), judge_seconds=0.0002)


@dataclass
class Siege:
    """What came of it."""

    latencies: list[float] = field(default_factory=list)
    """Seconds from publishing to each of the other honest members."""
    refused: Counter[int] = field(default_factory=Counter)
    """Records judged and refused, by honest member."""
    bans: dict[int, str] = field(default_factory=dict)
    """Why the villain was banned, by honest member."""

    def quantile(self, part: float) -> float:
        """Give the latency that *part* of the deliveries keep."""
        return sorted(self.latencies)[int(part * (len(self.latencies) - 1))]


class Stopwatch(Watch):
    """Notes when every honest member was told of every record, and what it did about the others."""

    def __init__(self, swarm: Swarm) -> None:
        super().__init__(swarm.by_peer_id)
        self.siege = Siege()
        self.published: dict[RecordId, float] = {}
        self._clock = swarm.clock

    def before_effect(self, member: Member, effect: Deed, now: Moment) -> None:
        """Look at what an honest *member* is about to do."""
        super().before_effect(member, effect, now)
        match effect:
            case Emit(RecordsAdded(news)):
                published = [record.id for record, peer in news if peer is not None and record.id in self.published]
                self.siege.latencies += [self._clock.now - self.published[each] for each in published]
            case Emit(RecordRejected(source="words")):
                self.siege.refused[member.number] += 1
            case Emit(StrikeCounted(_, _, reason, "banned")):
                self.siege.bans.setdefault(member.number, reason)
            case _:
                pass


def besiege(seed: int, villain: str | None) -> Siege:
    """Let *villain*, if any, join honest members that publish, and tell what came of it."""
    swarm = Swarm(seed, WORLD)
    stopwatch = swarm.watch = Stopwatch(swarm)
    for _ in range(HONEST):
        swarm.wake(swarm.add_member())
    swarm.run(MEETING_SECONDS)
    if villain is not None:
        swarm.wake(swarm.add_member(villain=villain))
    for number in range(RECORDS):
        member = swarm.members[number % HONEST]
        _publish(swarm, member, stopwatch, f"record {number}")
        swarm.run(INTERVAL_SECONDS)
    swarm.run(END_SECONDS)
    return stopwatch.siege


def _publish(swarm: Swarm, member: Member, stopwatch: Stopwatch, content: str) -> None:
    record = sign_record(
        member.key,
        created_at=swarm.moment(member).unix,
        kind=KIND_RECORD,
        tags=[["h", SIMULATED_ROOM.tag.hex()]],
        content=content,
    )
    stopwatch.published[record.id] = swarm.clock.now
    swarm.publish(member, record)
