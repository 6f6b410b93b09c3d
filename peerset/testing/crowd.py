"""A large swarm of shipped nodes: how it meets, what it costs while nobody writes, and how its records go round."""

import gc
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from ipaddress import IPv4Address
from typing import Final

from peerset.core.limits import CHANNELS_MAX
from peerset.core.record import KIND_RECORD, sign_record
from peerset.core.signal import PeerId
from peerset.protocol.node import Node
from peerset.testing.bylaws import OPEN, STRICT
from peerset.testing.faults import Faults
from peerset.testing.figures import Figures, Ideal, Snapshot
from peerset.testing.history import Unwritten
from peerset.testing.holes import Hole
from peerset.testing.ideal import flood, links_of, tree_of
from peerset.testing.machine import SIMULATED_ROOM
from peerset.testing.member import Member
from peerset.testing.swarm import Swarm
from peerset.testing.villains import VILLAINS

HOLE: Final = "hole"
"""A kind of hostile member beside `VILLAINS`: it takes places and passes nothing on (`peerset.testing.holes`)."""
HOLE_DIAL_SECONDS: Final = 13.0
FILLING: Final = "x" * 151
"""With it a record has 299 bytes, as figures are quoted for."""
STEP_SECONDS: Final = 1.0
LAST_STEPS: Final = 3
"""For so long the record that was written last goes round and is counted;"""
SETTLE_STEPS_MAX: Final = 120
"""after so long the run ends, whoever still lacks a record."""
BACK_SECONDS: Final = 2.0
"""Who dies in churn is back after this time at most, as long as there are trackers."""
LOOK_SECONDS: Final = 5.0
"""So often it is looked into how many parts the swarm has,"""
SETTLED_SECONDS: Final = 10.0
"""of members that live for so long."""
LATE_SECONDS: Final = 10.0
"""Who comes so shortly before the trackers stop may meet nobody any more."""
GENERATIONS: Final = (200_000, 20, 200)
"""Looking for circles among millions of objects that stay would take a good part of the time:"""
NO_GENERATIONS: Final = (0,)
"""so nobody looks where no process dies. Those that live leave none behind."""
IDEAL_AUTHORS_MAX: Final = 8
"""From so many members it is computed how long ideal ways would take."""
FIRST_NETWORK: Final = int(IPv4Address("20.0.0.0"))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be simulated; times are virtual, parts from 0 to 1."""

    members: int = 300
    seed: int = 1
    records: int = 20
    """How many are written and watched,"""
    gap_seconds: float = 1.0
    """at this distance, each by a random honest member."""
    warm_records: int = 10
    """So many come before, by which members find out who is useful."""
    join_seconds: float = 60.0
    """Members come one after the other in this time,"""
    meet_seconds: float = 60.0
    """have this time to meet,"""
    idle_seconds: float = 30.0
    """and this one in which nobody writes."""
    places: int = CHANNELS_MAX
    """Channels that a member has at most."""
    networks: int = 0
    """Members are spread at random over so many networks (/24); as many as there are members when 0."""
    trackers: int = 2
    trackers_seconds: float = 0.0
    """For so long there are trackers; for good when 0."""
    nat: float = 0.0
    """The part of members behind a NAT through which no two of them ever connect directly."""
    churn: float = 0.0
    """The part of members that die in a minute of writing, and come back anew while there are trackers."""
    slow: float = 0.0
    """The part of members that are slow:"""
    slow_bytes: float = 20_000.0
    """what their lines take in in a second,"""
    slow_judge_seconds: float = 0.05
    """and what their policies take for a record."""
    hostile: float = 0.0
    """The part of members that are hostile;"""
    villains: str = ",".join([*VILLAINS, HOLE])
    """of these kinds, in turn."""
    latency_seconds: float = 0.05
    """The median of one way."""
    store_seconds: float = 0.01
    """What verifying and each half of saving take at most."""

    def __post_init__(self) -> None:
        unknown = set(self.villains.split(",")) - {*VILLAINS, HOLE}
        if unknown:
            raise ValueError(f"no kind of hostile member is called {min(unknown)!r}")
        for name, value in asdict(self).items():
            if isinstance(value, int | float) and not 0 <= value < math.inf:
                raise ValueError(f"{name} must be a number from 0 on, not {value}")
        for name, part in {"nat": self.nat, "slow": self.slow, "hostile": self.hostile}.items():
            if part > 1:
                raise ValueError(f"{name} is a part of all members, from 0 to 1, not {part}")
        if self.members - round(self.hostile * self.members) < 1 or self.places < 1:
            raise ValueError("a swarm needs an honest member, and a member a place")

    @property
    def seconds(self) -> float:
        """How much virtual time passes, but for the time until all agree."""
        written = (self.records + self.warm_records) * self.gap_seconds
        return self.join_seconds + self.meet_seconds + self.idle_seconds + written


class Crowd:
    """One run of a *plan*; *say* is told which part of it is over."""

    def __init__(self, plan: Plan, *, say: Callable[[float], None] = lambda _: None) -> None:
        self._plan = plan
        self._say = say
        faults = Faults(
            latency_median=plan.latency_seconds,
            save_seconds_max=plan.store_seconds,
            verify_seconds_max=plan.store_seconds,
            bylaws=(STRICT if plan.hostile else OPEN,),
        )
        self.swarm = Swarm(plan.seed, faults, peers_max=plan.places, history=Unwritten(), trackers=plan.trackers)
        self._woke_at: dict[int, float] = {}
        self._is_churning = False
        self._parts = 1
        self._populate()

    def play(self) -> Figures:
        """Let everything happen."""
        before = gc.get_threshold()
        gc.set_threshold(*(GENERATIONS if self._plan.churn else NO_GENERATIONS))
        try:
            return self._play()
        finally:
            gc.set_threshold(*before)

    def _play(self) -> Figures:
        plan, swarm = self._plan, self.swarm
        self._pass(plan.join_seconds + plan.meet_seconds)
        self._write(plan.warm_records)
        swarm.meter.reset()
        self._pass(plan.idle_seconds)
        idle_bytes = swarm.meter.framed_bytes / max(plan.idle_seconds, STEP_SECONDS) / len(swarm.honest)
        swarm.meter.reset()
        if plan.churn:
            self._is_churning = True
            self._churn()
            self._look()
        self._write(plan.records)
        self._is_churning = False
        seconds, framed_bytes = self._settle()
        return self._sum_up(idle_bytes, framed_bytes, seconds)

    # Who there is.

    def _populate(self) -> None:
        plan, swarm = self._plan, self.swarm
        kinds = plan.villains.split(",")
        fellows: set[PeerId] = set()
        hostile = round(plan.hostile * plan.members)
        for number in range(plan.members):
            # Spread evenly, so that they come at all times.
            is_hostile = (number + 1) * hostile // plan.members > number * hostile // plan.members
            kind = kinds[number * hostile // plan.members % len(kinds)] if is_hostile else None
            hole = partial(Hole, fellows=fellows, dial_seconds=HOLE_DIAL_SECONDS) if kind == HOLE else None
            member = swarm.add_member(villain=None if kind == HOLE else kind, disguise=hole)
            self._place(member)
            swarm.clock.within(plan.join_seconds, partial(self._wake, member))
        if plan.trackers_seconds:
            swarm.clock.at(plan.trackers_seconds, self._stop_trackers)

    def _place(self, member: Member) -> None:
        plan, rng = self._plan, self.swarm.rng
        network = rng.randrange(plan.networks or plan.members)
        member.line.address = str(IPv4Address(FIRST_NETWORK + (network << 8) + rng.randrange(1, 255)))
        member.line.is_behind_nat = rng.random() < plan.nat
        if rng.random() < plan.slow:
            member.line.bytes_per_second, member.judge_seconds = plan.slow_bytes, plan.slow_judge_seconds

    def _wake(self, member: Member) -> None:
        self._woke_at[member.number] = self.swarm.clock.now
        self.swarm.wake(member)

    def _stop_trackers(self) -> None:
        for tracker in self.swarm.rendezvous.trackers:
            self.swarm.rendezvous.fail(tracker)

    # What they do.

    def _write(self, count: int) -> None:
        """Let random honest members write *count* records, one after the other."""
        for number in range(count):
            self.swarm.clock.after(number * self._plan.gap_seconds, self._publish)
        self._pass(count * self._plan.gap_seconds)

    def _publish(self) -> None:
        swarm = self.swarm
        author = swarm.rng.choice(self._joined())
        content = FILLING + f"{swarm.rng.random():.18f}"
        tags, now = [["h", SIMULATED_ROOM.tag.hex()]], swarm.moment(author).unix
        record = sign_record(author.key, created_at=now, kind=KIND_RECORD, tags=tags, content=content)
        swarm.meter.published(record.id, swarm.clock.now)
        swarm.publish(author, record)

    def _churn(self) -> None:
        rate = self._plan.churn * self._plan.members / 60.0
        self.swarm.clock.after(self.swarm.rng.expovariate(rate), self._lose_one)

    def _lose_one(self) -> None:
        swarm = self.swarm
        if self._is_churning:
            member = swarm.rng.choice(swarm.members)
            swarm.crash(member)
            if any(tracker.is_up for tracker in swarm.rendezvous.trackers):
                swarm.clock.within(BACK_SECONDS, partial(self._wake, member))
            self._churn()

    def _pass(self, seconds: float) -> None:
        end = self.swarm.clock.now + seconds
        while self.swarm.clock.now < end:
            self.swarm.run(min(STEP_SECONDS, end - self.swarm.clock.now))
            self._say(min(1.0, self.swarm.clock.now / self._plan.seconds))

    # What comes of it.

    def _living(self) -> list[Member]:
        return [member for member in self.swarm.honest if member.is_alive]

    def _joined(self) -> list[Member]:
        """Give the living that are of the swarm: who never met anybody is not, unless nobody ever did."""
        living = self._living()
        return [member for member in living if member.has_met] or living

    def _is_late(self, member: Member) -> bool:
        end = self._plan.trackers_seconds
        return end > 0 and self._woke_at[member.number] > end - LATE_SECONDS

    def _behind(self) -> int:
        """Count the living that lack a record."""
        return sum(len(member.disk) < len(self.swarm.written) for member in self._joined())

    def _settle(self) -> tuple[float, int]:
        """Run until all living members have every record; give how long that took, or infinity, and what was sent.

        What was written last goes round meanwhile, and counts among what was sent; what is said later does not.
        """
        began, took = self.swarm.clock.now, math.inf
        framed_bytes = 0
        for step in range(SETTLE_STEPS_MAX):
            self._pass(STEP_SECONDS)
            if math.isinf(took) and not self._behind():
                took = self.swarm.clock.now - began
            if step < LAST_STEPS:
                framed_bytes = self.swarm.meter.framed_bytes
            elif not math.isinf(took):
                break
        return took, framed_bytes

    def _look(self) -> None:
        """See while members die how many parts the swarm has in which some live for long enough."""
        if self._is_churning:
            self._parts = max(self._parts, count_parts(self.swarm, self._settled()))
            self.swarm.clock.after(LOOK_SECONDS, self._look)

    def _settled(self) -> set[int]:
        before = self.swarm.clock.now - SETTLED_SECONDS
        return {member.number for member in self._joined() if self._woke_at[member.number] <= before}

    def _sum_up(self, idle_bytes: float, framed_bytes: int, seconds: float) -> Figures:
        plan, swarm, living, joined = self._plan, self.swarm, self._living(), self._joined()
        deliveries = max(1, plan.records * (len(swarm.honest) - 1))
        edges = {(member.number, other.number) for member in living for other in neighbours(swarm, member)}
        return Figures(
            members=plan.members,
            honest=len(swarm.honest),
            living=len(living),
            unmet=sum(not member.has_met for member in living),
            late=sum(not member.has_met and self._is_late(member) for member in living),
            seed=plan.seed,
            degrees=tuple(len(neighbours(swarm, member)) for member in living),
            parts=max(self._parts, count_parts(swarm, self._settled())),
            reached=sum(len(member.disk) for member in joined) / max(1, len(joined) * len(swarm.written)),
            converged=1 - self._behind() / max(1, len(joined)),
            converge_seconds=seconds,
            lost=sum(not any(each in member.disk for member in living) for each in swarm.written),
            seconds=tuple(sorted(swarm.meter.seconds)),
            ideal=self._idealise(edges),
            copies=swarm.meter.copies / deliveries,
            framed_bytes=framed_bytes / deliveries,
            idle_bytes=idle_bytes,
            banned=self._banned(),
            happened=swarm.history.length,
            snapshot=Snapshot(
                networks=tuple(member.line.address.rpartition(".")[0] for member in swarm.members),
                hostile=frozenset(member.number for member in swarm.members if member.is_hostile),
                edges=tuple(sorted((low, high) for low, high in edges if low < high or (high, low) not in edges)),
                arrivals=dict(swarm.meter.arrivals),
            ),
        )

    def _idealise(self, edges: set[tuple[int, int]]) -> Ideal:
        """Compute what no swarm could do better over the links that there are, which are as slow as ever."""
        swarm, faults = self.swarm, self.swarm.faults
        honest = {member.number for member in swarm.honest}
        links = links_of(sorted((low, high) for low, high in edges if low < high and {low, high} <= honest))
        authors = sorted(links)[:IDEAL_AUTHORS_MAX]
        stages = (faults.verify_seconds_max, faults.save_seconds_max, faults.save_seconds_max)
        spread = partial(
            flood,
            authors=authors,
            way=swarm.latency,
            work=lambda: sum(swarm.rng.uniform(0.0, longest) for longest in stages),
        )
        return Ideal(spread(links), spread(tree_of(links, authors[0])) if authors else ())

    def _banned(self) -> int:
        """Count the honest members that another one bans."""
        keys = {member.key.public_key for member in self.swarm.honest}
        banned = {
            strike.subject
            for member in self._living()
            for strike in _node(member).saved_strikes(self.swarm.moment(member))
            if strike.banned_until is not None
        }
        return len(keys & banned)


def neighbours(swarm: Swarm, member: Member) -> list[Member]:
    """Give those that *member* has an established session with."""
    peers = [] if member.node is None else member.node.peers
    return [swarm.by_peer_id[peer.id] for peer in peers if peer.state == "established"]


def count_parts(swarm: Swarm, numbers: set[int]) -> int:
    """Count the parts of the honest that no session connects, and in which one of *numbers* is."""
    left, parts = set(numbers), 0
    reached: set[int] = set()
    while left:
        parts += 1
        todo = [swarm.members[left.pop()]]
        while todo:
            for other in neighbours(swarm, todo.pop()):
                if not other.is_hostile and other.number not in reached:
                    reached.add(other.number)
                    left.discard(other.number)
                    todo.append(other)
    return parts


def _node(member: Member) -> Node:
    assert member.node is not None, "who lives has a node"
    return member.node
