"""What happens to a simulated swarm while the storm lasts, at the rates its `Faults` name."""

from collections.abc import Callable
from functools import partial
from typing import Final

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS
from peerset.testing.faults import PartitionKind
from peerset.testing.member import Member
from peerset.testing.swarm import Swarm

PARTITION_SECONDS: Final = (2.0, 60.0)
AWAY_SECONDS: Final = (0.5, 30.0)
OUTAGE_SECONDS: Final = (5.0, 60.0)
FULL_SECONDS: Final = (1.0, 20.0)
FUSE_EFFECTS_MAX: Final = 12
PURGED_AT_ONCE_MAX: Final = 5
WRONG_CLOCK_SECONDS: Final = (1.0, 60.0)
"""How long a clock stays wrong,"""
WRONG_BY_SECONDS: Final = (HOUR_SECONDS, 3 * 365 * DAY_SECONDS)
"""and by how much."""


class Mishaps:
    """Breaks channels, cuts members apart, kills them, and stops trackers, until `end`."""

    def __init__(self, swarm: Swarm) -> None:
        self._swarm = swarm
        self._rng = swarm.rng
        self._is_over = False
        self._partitions = 0

    def begin(self) -> None:
        """Set the first mishap of every kind."""
        faults = self._swarm.faults
        for rate, strike in (
            (faults.breaks, self._break_a_channel),
            (faults.partitions, self._part),
            (faults.crashes, self._doom_someone),
            (faults.departures, self._see_someone_off),
            (faults.outages, self._stop_a_tracker),
            (faults.full_disks, self._fill_a_disk),
            (faults.failing_disks, self._break_a_disk),
            (faults.purges, self._purge_a_few),
            (faults.wrong_clocks, self._set_a_clock),
        ):
            self._repeat(rate, strike)

    def end(self) -> None:
        """Heal the world: everyone wakes, everything works, and stays so."""
        swarm = self._swarm
        self._is_over = True
        self._join()
        swarm.become(swarm.faults.calmed())
        for tracker in swarm.rendezvous.trackers:
            if not tracker.is_up:
                swarm.rendezvous.recover(tracker)
        for member in swarm.members:
            member.disk.is_full = member.disk.is_failing = False
            swarm.set_clock(member, 0)
            member.fuse = None
            swarm.wake(member)

    def _repeat(self, rate: float, strike: Callable[[], None]) -> None:
        if rate > 0:
            self._swarm.clock.after(self._rng.expovariate(rate / 60.0), partial(self._happen, rate, strike))

    def _happen(self, rate: float, strike: Callable[[], None]) -> None:
        if not self._is_over:
            strike()
            self._repeat(rate, strike)

    def _break_a_channel(self) -> None:
        channels = self._swarm.links.channels()
        if channels:
            self._swarm.links.break_channel(self._rng.choice(channels))

    def _part(self) -> None:
        swarm, rng = self._swarm, self._rng
        numbers = range(len(swarm.members))
        pairs = [(low, high) for low in numbers for high in numbers if low < high]
        match rng.choice(swarm.faults.partition_kinds):
            case PartitionKind.HALVES:
                side = {number for number in numbers if rng.random() < 0.5}
                swarm.cut = {(low, high) for low, high in pairs if (low in side) != (high in side)}
            case PartitionKind.ISLAND:
                island = rng.choice(numbers)
                swarm.cut = {pair for pair in pairs if island in pair}
            case PartitionKind.PAIRS:
                swarm.cut = {pair for pair in pairs if rng.random() < 0.5}
        swarm.links.release()
        swarm.links.notice_cuts()
        self._partitions += 1
        swarm.clock.after(rng.uniform(*PARTITION_SECONDS), partial(self._rejoin, self._partitions))

    def _rejoin(self, number: int) -> None:
        if number == self._partitions:
            self._join()

    def _join(self) -> None:
        self._swarm.cut = set()
        self._swarm.links.release()

    def _doom_someone(self) -> None:
        member = self._rng.choice(self._swarm.members)
        if member.is_alive:
            # It dies between two of its next effects, wherever that is.
            member.fuse = self._rng.randrange(FUSE_EFFECTS_MAX)
            self._swarm.clock.after(self._rng.uniform(*AWAY_SECONDS), partial(self._revive, member))

    def _revive(self, member: Member) -> None:
        # Whoever has had nothing to do since is killed now.
        if member.fuse is not None:
            self._swarm.crash(member)
        self._swarm.wake(member)

    def _see_someone_off(self) -> None:
        member = self._rng.choice(self._swarm.members)
        if member.is_alive:
            self._swarm.leave(member)
            self._swarm.clock.after(self._rng.uniform(*AWAY_SECONDS), partial(self._return, member, member.life))

    def _return(self, member: Member, life: int) -> None:
        if member.life == life:
            self._swarm.crash(member)
        self._swarm.wake(member)

    def _stop_a_tracker(self) -> None:
        rendezvous = self._swarm.rendezvous
        tracker = self._rng.choice(rendezvous.trackers)
        if tracker.is_up:
            rendezvous.fail(tracker)
            self._swarm.clock.after(self._rng.uniform(*OUTAGE_SECONDS), partial(rendezvous.recover, tracker))

    def _fill_a_disk(self) -> None:
        disk = self._rng.choice(self._swarm.members).disk
        disk.is_full = True
        self._swarm.clock.after(self._rng.uniform(*FULL_SECONDS), partial(setattr, disk, "is_full", False))

    def _break_a_disk(self) -> None:
        disk = self._rng.choice(self._swarm.members).disk
        disk.is_failing = True
        self._swarm.clock.after(self._rng.uniform(*FULL_SECONDS), partial(setattr, disk, "is_failing", False))

    def _purge_a_few(self) -> None:
        member = self._rng.choice(self._swarm.honest)
        ids = [record.id for record in member.disk.records()]
        if self._rng.random() < 0.5:
            # What is young may be on its way to others in this very moment.
            ids = ids[-PURGED_AT_ONCE_MAX:]
        self._swarm.purge(member, self._rng.sample(ids, min(len(ids), self._rng.randint(1, PURGED_AT_ONCE_MAX))))

    def _set_a_clock(self) -> None:
        member, rng = self._rng.choice(self._swarm.members), self._rng
        least, most = WRONG_BY_SECONDS
        seconds = int(least * (most / least) ** rng.random())
        self._swarm.set_clock(member, rng.choice((-seconds, seconds)))
        is_restarted = rng.random() < 0.5
        if is_restarted:
            self._restart(member)
        rights_in = rng.uniform(*WRONG_CLOCK_SECONDS)
        self._swarm.clock.after(rights_in, partial(self._right_a_clock, member, member.wrong_seconds, is_restarted))

    def _right_a_clock(self, member: Member, wrong_seconds: int, is_restarted: bool) -> None:
        if member.wrong_seconds != wrong_seconds:
            return
        self._swarm.set_clock(member, 0)
        if is_restarted:
            self._restart(member)

    def _restart(self, member: Member) -> None:
        self._swarm.crash(member)
        self._swarm.wake(member)
