"""The history of a room over months: each day some members come by, write, delete, and start anew; at night all sleep.

Their disks are in files beside, which the shipped budget keeps small: but for the first, who keeps everything and is
always there, so that whatever others gave up is still to be had.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.filter import Filter
from peerset.core.record import Record, RecordId
from peerset.moderation.shadows import Shadows
from peerset.moderation.thrift import Thrift
from peerset.plugins import open_policy
from peerset.ports import SetRule
from peerset.stores.sqlite import SQLiteStore
from peerset.testing.agreement import Agreement
from peerset.testing.filed import FiledDisk, bytes_of, least_bytes, open_filed
from peerset.testing.invariants import InvariantError
from peerset.testing.member import Member
from peerset.testing.mishaps import AWAY_SECONDS, FUSE_EFFECTS_MAX
from peerset.testing.scenarios import Scenario
from peerset.testing.story import STEP_SECONDS, Outcome, Story

PRESENT_PART: Final = 0.7
"""Each member but the first comes by on so many days;"""
PRESENT_MIN: Final = 3
"""so many do on each: clocks are believed that two others confirm."""
BUDGET: Final = "budget:author=65536,room=131072,deletions=64"
"""What the days of an author and of the room may hold: as little as these may be;"""
BUSY_PART: Final = 0.2
"""on this part of the days it is less than what is written,"""
BUSY_BYTES: Final = 12_000
"""for records are so large;"""
USUAL_BYTES: Final = 600
"""and so on others."""
DISK_BYTES: Final = 1_500_000
"""What the files of all but the first may take."""
WEIGHED_EACH_DAYS: Final = 15
"""So often it is looked what files take."""
DISK_TIMES_MAX: Final = 1.2
"""How much more a file may take than the least that holds what lives."""


class HalfYear(Story):
    """One *scenario* of days under one *seed*."""

    def __init__(self, scenario: Scenario, seed: int, *, peers: int | None = None) -> None:
        super().__init__(scenario, seed, peers=peers)
        self._agreement = Agreement(self.swarm, lambda: self._present)
        self._present: list[Member] = []
        self._day = 0
        self._held: dict[int, set[RecordId]] = {}
        """What each member had when it was last there;"""
        self._known: set[RecordId] = set()
        """what any ever had in the evening,"""
        self._gone: set[RecordId] = set()
        """and what of it nobody has any more who was there since."""
        self._disk_times = 0.0
        self._budget = cast("SetRule", open_policy(BUDGET))
        for member in self.swarm.members:
            member.disk = FiledDisk()
            member.disk.seen = self.swarm.epoch

    def play(self) -> Outcome:
        """Let all days pass, and look at all who are there at the end of each.

        Raises:
            AssertionError: something that must hold did not.

        """
        swarm, settled_seconds = self.swarm, 0.0
        with TemporaryDirectory() as folder, asyncio.Runner() as runner:
            for day in range(1, self._scenario.days + 1):
                self._day, began = day, swarm.clock.now
                settled_seconds = max(settled_seconds, self._spend_day())
                self._check_evening()
                for member in self._present:
                    runner.run(self._put_away(member, Path(folder) / f"{member.number}.db"))
                self._sleep(DAY_SECONDS - (swarm.clock.now - began))
        return Outcome(
            swarm.fingerprint, settled_seconds, swarm.history.length, len(swarm.honest[0].disk), self._disk_times
        )

    # The day.

    def _spend_day(self) -> float:
        """Let some come by, write and die; give how long it took until all of them agreed."""
        swarm = self.swarm
        first, *others = swarm.honest
        coming = [member for member in others if self._rng.random() < PRESENT_PART]
        rest = [member for member in others if member not in coming]
        self._present = [first, *coming, *rest[: max(0, PRESENT_MIN - 1 - len(coming))]]
        self._record_bytes = BUSY_BYTES if self._rng.random() < BUSY_PART else USUAL_BYTES
        for member in self._present:
            swarm.clock.within(STEP_SECONDS, partial(swarm.wake, member))
        self._begin_dooms(self._day)
        self._is_busy = True
        self._keep_busy()
        swarm.run(self._scenario.storm_seconds)
        self._is_busy = False
        for member in self._present:
            member.fuse = None
            swarm.wake(member)
        return self._settle()

    def _begin_dooms(self, day: int) -> None:
        rate = self._scenario.faults.crashes / 60.0
        self.swarm.clock.after(self._rng.expovariate(rate), partial(self._doom_one, day))

    def _doom_one(self, day: int) -> None:
        """Let somebody die between two of its next effects, and come back."""
        if not self._is_busy or day != self._day:
            return
        member = self._rng.choice(self._present)
        if member.is_alive:
            member.fuse = self._rng.randrange(FUSE_EFFECTS_MAX)
            self.swarm.clock.after(self._rng.uniform(*AWAY_SECONDS), partial(self._revive, member, day))
        self._begin_dooms(day)

    def _revive(self, member: Member, day: int) -> None:
        if day == self._day:
            self.swarm.wake(member)

    def _sleep(self, seconds: float) -> None:
        for member in self._present:
            self.swarm.crash(member)
        self.swarm.clock.skip(seconds)

    # The evening.

    def _check_evening(self) -> None:
        """Check that nothing came back; what went is forgotten by the world once nobody may offer it any more."""
        evening = {member.number: {record.id for record in member.disk.records()} for member in self._present}
        kept_from = self._present[0].bylaws.window(self.swarm.moment(self._present[0]).unix).kept_from
        for member in self._present:
            # Who was away may still have what grew old meanwhile, until its next collection.
            before, back = self._held.get(member.number, set()), evening[member.number] & self._gone
            old = {record.id for record in member.disk.read(sorted(back & before)) if record.created_at < kept_from}
            if back - old:
                raise InvariantError(f"{len(back - old)} records came back to {member.name} on day {self._day}")
        here = set[RecordId]().union(*evening.values())
        self._known |= here
        self._gone |= self._known - here
        self._held |= evening
        written = self.swarm.written
        self.swarm.written = {each: written[each] for each in written if written[each].created_at >= kept_from}

    async def _put_away(self, member: Member, path: Path) -> None:
        """Do in *member*'s file what it did on this day, make it smaller if it has to be, and look what it takes."""
        disk = member.disk
        assert isinstance(disk, FiledDisk), "each disk has a file here"
        store = await open_filed(path)
        await disk.settle(store)
        await store.sweep(self.swarm.moment(member).unix)
        if member is not self._present[0]:
            await self._relieve(member, disk, store)
        if await store.entries() != disk.entries():
            raise InvariantError(f"the file of {member.name} is not what its disk is on day {self._day}")
        await store.aclose()
        if self._day % WEIGHED_EACH_DAYS == 0:
            self.swarm.watch.check_memory(member)
            times = bytes_of(path) / await least_bytes(disk, path.with_suffix(f".{self._day}"))
            self._disk_times = max(self._disk_times, times)
            if times > DISK_TIMES_MAX:
                raise InvariantError(
                    f"the file of {member.name} takes {times:.2f} times what lives, {len(disk)} records"
                )

    async def _relieve(self, member: Member, disk: FiledDisk, store: SQLiteStore) -> None:
        """Let the shipped budgets act as in a room of this member."""
        node = member.node
        assert node is not None, "who is present lives"

        async def load(day: int) -> Sequence[Record]:
            first = day * DAY_SECONDS
            return await store.query(Filter(since=UnixTime(first), until=UnixTime(first + DAY_SECONDS - 1)))

        async def destroy(ids: Sequence[RecordId]) -> None:
            self.swarm.purge(member, ids)
            await disk.settle(store)

        shadows = Shadows([self._budget], load=load)
        await store.sums_by_day(shadows.begin)
        thrift = Thrift(
            store,
            node.index,
            shadows,
            bytes_max=DISK_BYTES,
            own=member.key.public_key,
            knows=lambda: [peer.key for peer in node.peers if peer.key is not None],
            destroy=destroy,
            tell=lambda _: None,
            now=lambda: self.swarm.moment(member).unix,
        )
        await thrift.relieve()
