"""The history of a room that keeps records for an hour, over days: members come and go, sleep, and write.

What is older than the room keeps records is nowhere any more, and does not come back: by whoever was away or slept,
however far clocks are apart that the room allows for.
"""

from functools import partial
from typing import Final

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS
from peerset.core.record import RecordId
from peerset.testing.agreement import Agreement
from peerset.testing.invariants import InvariantError
from peerset.testing.member import Member
from peerset.testing.mishaps import AWAY_SECONDS, Mishaps
from peerset.testing.scenarios import Scenario
from peerset.testing.story import STEP_SECONDS, Outcome, SimulationError, Story

PRESENT_MIN: Final = 3
"""So many are there between one storm and the next: clocks are believed that two others confirm."""
AWAY_PART: Final = 0.4
"""Each of the others is away then so often."""
ASLEEP_PART: Final = 0.7
"""So often all of them sleep then,"""
NIGHT_SECONDS: Final = (HOUR_SECONDS / 4, 6 * HOUR_SECONDS)
"""for so long;"""
GAP_SECONDS: Final = (60.0, HOUR_SECONDS)
"""else nobody writes for so long."""


class Hours(Story):
    """One *scenario* of days under one *seed*, storm after storm."""

    def __init__(self, scenario: Scenario, seed: int, *, peers: int | None = None) -> None:
        super().__init__(scenario, seed, peers=peers)
        self._agreement = Agreement(self.swarm, lambda: self._present)
        self._present: list[Member] = list(self.swarm.honest)
        self._held: dict[int, set[RecordId]] = {}
        """What each member had when it was looked at last, or went;"""
        self._gone: set[RecordId] = set()
        """and what none had any more who was there."""
        self.collected = 0
        """How many records grew old everywhere."""

    def play(self) -> Outcome:
        """Let all days pass, and look at all who are there between one storm and the next.

        Raises:
            AssertionError: something that must hold did not.

        """
        swarm, settled_seconds = self.swarm, 0.0
        while swarm.clock.now < self._scenario.days * DAY_SECONDS:
            self._storm()
            self._see_off()
            settled_seconds = max(settled_seconds, self._settle())
            self._rest()
            self._check()
        return Outcome(swarm.fingerprint, settled_seconds, swarm.history.length, len(self._present[0].disk))

    def _storm(self) -> None:
        """Let everybody come, write and die; whoever died last comes back first."""
        swarm = self.swarm
        swarm.become(self._scenario.faults)
        for member in swarm.members:
            swarm.clock.within(STEP_SECONDS, partial(swarm.wake, member))
        mishaps = Mishaps(swarm)
        mishaps.begin()
        self._live(self._scenario.storm_seconds)
        mishaps.end()
        swarm.run(AWAY_SECONDS[1])

    def _see_off(self) -> None:
        """Let some go until the next storm."""
        members = list(self.swarm.honest)
        self._rng.shuffle(members)
        away = [member for member in members[PRESENT_MIN:] if self._rng.random() < AWAY_PART]
        for member in away:
            self._held[member.number] = {each.id for each in member.disk.records()}
            self.swarm.crash(member)
        self._present = [member for member in members if member not in away]

    def _rest(self) -> None:
        """Let those who are there be silent, or sleep, and meet again."""
        if self._rng.random() >= ASLEEP_PART:
            self._stay_quiet(self._rng.uniform(*GAP_SECONDS))
            return
        for member in self._present:
            self.swarm.crash(member)
        self.swarm.clock.skip(self._rng.uniform(*NIGHT_SECONDS))
        for member in self._present:
            self.swarm.clock.within(STEP_SECONDS, partial(self.swarm.wake, member))
        self._settle()

    def _check(self) -> None:
        """Check that those who are there agree, and that what grew old is gone and did not come back.

        Raises:
            AssertionError: they do not, or something is there.

        """
        if missing := self._agreement.missing():
            raise SimulationError(f"though nobody writes, {missing}")
        here: set[RecordId] = set()
        for member in self._present:
            held = {each.id for each in member.disk.records()}
            # Who was away may still have what grew old meanwhile, until its next collection.
            if back := (held & self._gone) - self._held.get(member.number, set()):
                raise InvariantError(f"{len(back)} records came back to {member.name}")
            self._held[member.number] = held
            here |= held
        until = min(each.bylaws.window(self.swarm.moment(each).unix).kept_from for each in self.swarm.honest)
        written = self.swarm.written
        old = {each for each in written if written[each].created_at < until and each not in here}
        self._gone |= old
        self.collected += len(old)
        # The world forgets what nobody may give any more.
        self.swarm.written = {each: written[each] for each in written if each not in old}
