"""Histories of simulated swarms: first a storm of faults, then a healed world that must converge in bounded time.

``python -m peerset.testing.simulator --scenario crash --seed 17`` plays one again, exactly as it was.
"""

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.deletion import address_text, key_of, outline_of
from peerset.core.keys import SecretKey
from peerset.core.limits import (
    COLLECTION_INTERVAL_SECONDS,
    COLLECTION_JITTER_SECONDS,
    RETENTION_MARGIN_SECONDS,
    RETENTION_SECONDS,
)
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, Record, RecordId, sign_record
from peerset.core.signal import draw_id
from peerset.protocol.retention import window
from peerset.protocol.skew import PEERS_MIN
from peerset.protocol.tombstones import Tombstones
from peerset.testing.faults import SCENARIOS, Scenario
from peerset.testing.machine import SIMULATED_ROOM, SPAM
from peerset.testing.member import Member
from peerset.testing.mishaps import Mishaps
from peerset.testing.swarm import Swarm

KEYS: Final = ("profile", "settings", "a:b")
"""Of the keyed records of simulated members."""
SETTLE_SECONDS: Final = 240.0
"""A healed swarm has one set everywhere within this time, plus what clocks that differ add (`settle_limit`)."""
STEP_SECONDS: Final = 5.0
MEMORY_CHECKS: Final = 4
OVERDUE_SECONDS: Final = COLLECTION_INTERVAL_SECONDS + COLLECTION_JITTER_SECONDS
"""Old records are gone from disk after this time at the latest."""
EPHEMERAL_KIND: Final = 20_001


class SimulationError(AssertionError):
    """A simulated swarm broke its promises; the message says how to see it again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a history came to."""

    fingerprint: str
    settled_seconds: float
    """Virtual time from the end of the storm, or of the last hibernation, to one set everywhere."""
    happened: int
    """Inputs and effects in all."""
    records: int
    """How many records every honest member has in the end."""


class Story:
    """One scenario under one seed: sets the swarm up, keeps its users busy, and checks the end."""

    def __init__(self, scenario: Scenario, seed: int, *, peers: int | None = None) -> None:
        self._scenario = scenario
        self._rng = random.Random(f"story {seed}")
        self.swarm = Swarm(seed, scenario.faults)
        self._written: dict[int, list[Record]] = {}
        """What each member published, for it to delete."""
        self._is_busy = False
        count = peers or self._rng.randint(scenario.peers_min, scenario.peers_max)
        self._populate(count)

    def play(self) -> Outcome:
        """Let the storm pass, and see the swarm converge.

        Raises:
            AssertionError: something that must hold did not.

        """
        swarm, mishaps = self.swarm, Mishaps(self.swarm)
        for member in swarm.members:
            swarm.clock.within(STEP_SECONDS, partial(swarm.wake, member))
        mishaps.begin()
        self._live(self._scenario.storm_seconds)
        mishaps.end()
        seconds = self._settle()
        for days in self._scenario.hibernations:
            self._hibernate(days)
            self._live(self._scenario.storm_seconds)
            seconds = self._settle()
        return Outcome(swarm.fingerprint, seconds, swarm.history.length, len(swarm.honest[0].disk))

    # Who there is, and what they know.

    def _populate(self, count: int) -> None:
        rng, villains = self._rng, self._scenario.faults.villains
        authors = [SecretKey.generate(rng) for _ in range(3)]
        records = [self._make_old(rng.choice(authors)) for _ in range(self._scenario.records_at_start)]
        hostile = (count - 1) // 2 if villains else 0
        for _ in range(max(2, count - hostile)):
            density = rng.random()
            self.swarm.add_member(record for record in records if rng.random() < density)
        for _ in range(hostile):
            self.swarm.add_member(villain=rng.choice(villains))

    def _make_old(self, author: SecretKey) -> Record:
        if self._rng.random() < self._scenario.near_edge:
            age = RETENTION_SECONDS + self._rng.randrange(-2 * DAY_SECONDS, RETENTION_MARGIN_SECONDS - 60)
        else:
            age = self._rng.randrange(RETENTION_SECONDS - 2 * DAY_SECONDS)
        return self._sign(author, self.swarm.epoch - age, KIND_RECORD)

    def _sign(
        self, author: SecretKey, created_at: int, kind: int, *, tags: Sequence[Sequence[str]] = (), content: str = ""
    ) -> Record:
        return sign_record(
            author,
            created_at=UnixTime(created_at),
            kind=kind,
            tags=[["h", SIMULATED_ROOM.tag.hex()], *tags],
            content=content or draw_id(self._rng, 12),
        )

    # What they do.

    def _live(self, seconds: float) -> None:
        """Let *seconds* pass while records are published, and look into the nodes now and then."""
        self._is_busy = True
        self._keep_busy()
        for _ in range(MEMORY_CHECKS):
            self.swarm.run(seconds / MEMORY_CHECKS)
            for member in self.swarm.honest:
                self.swarm.watch.check_memory(member)
        self._is_busy = False

    def _keep_busy(self) -> None:
        rate = self._scenario.publications / 60.0
        if rate > 0:
            self.swarm.clock.after(self._rng.expovariate(rate), self._publish)

    def _publish(self) -> None:
        if not self._is_busy:
            return
        member = self._rng.choice(self.swarm.honest)
        if member.is_alive:
            self.swarm.publish(member, self._write(member))
        self._keep_busy()

    def _write(self, member: Member) -> Record:
        scenario, now = self._scenario, self.swarm.moment(member).unix
        written = self._written.setdefault(member.number, [])
        chance = self._rng.random()
        if chance < scenario.deletions and written:
            target = self._rng.choice(written)
            return self._sign(member.key, now, KIND_DELETION, tags=[self._naming(target)])
        if chance < scenario.deletions + scenario.spam:
            return self._sign(member.key, now, KIND_RECORD, content=f"{SPAM} {draw_id(self._rng, 6)}")
        if chance < scenario.deletions + scenario.spam + scenario.ephemerals:
            return self._sign(member.key, now, EPHEMERAL_KIND)
        if self._rng.random() < scenario.deletions:
            keyed = self._sign(member.key, now, KIND_KEYED, tags=[["d", self._rng.choice(KEYS)]])
            written.append(keyed)
        else:
            written.append(self._sign(member.key, now, KIND_RECORD))
        return written[-1]

    def _naming(self, target: Record) -> list[str]:
        """Name *target* as a deletion does: by its id, or with all its versions by its address."""
        if target.kind != KIND_KEYED or self._rng.random() < 0.5:
            return ["e", target.id.hex()]
        return ["a", address_text(KIND_KEYED, target.author, key_of(target))]

    def _hibernate(self, days: float) -> None:
        """Let everyone sleep for *days*, and wake up one after the other."""
        swarm = self.swarm
        for member in swarm.members:
            swarm.crash(member)
        swarm.clock.skip(days * DAY_SECONDS)
        for member in swarm.members:
            swarm.clock.within(STEP_SECONDS, partial(swarm.wake, member))

    # How it must end.

    def _settle(self) -> float:
        """Run until all honest members agree; give how many seconds that took."""
        limit, passed = self.settle_limit, 0.0
        while passed < limit:
            self.swarm.run(STEP_SECONDS)
            passed += STEP_SECONDS
            if self._disagreement() is None:
                return passed
        raise SimulationError(f"{limit:.0f} s after the world healed, {self._disagreement()}")

    @property
    def settle_limit(self) -> float:
        """Seconds within which a healed swarm must converge.

        Sync compares records of the last minutes only after they have aged by every clock, so twice the largest
        skew comes on top.
        """
        return SETTLE_SECONDS + 2 * self._scenario.faults.skew_seconds_max

    def _disagreement(self) -> str | None:
        """Say in what honest members differ from each other or from what any of them ever had; None when in nothing.

        Only whole offered days count: older records are on their way out, each by its keeper's own clock.
        """
        honest = self.swarm.honest
        first_time = max(window(self.swarm.moment(member).unix).first_day for member in honest) * DAY_SECONDS
        expected = self._expected(first_time)
        for member in honest:
            oldest = min((record.created_at for record in member.disk.records()), default=self.swarm.epoch)
            # Where fewer than two peers vouch for the clock after a long sleep, nothing is deleted for a day.
            if len(honest) > PEERS_MIN and oldest < window(self.swarm.moment(member).unix).kept_from - OVERDUE_SECONDS:
                return f"{member.name} still has a record of {oldest}, which should be deleted"
            held = {record.id for record in member.disk.records() if record.created_at >= first_time}
            if held != expected:
                return f"{member.name} lacks {len(expected - held)} records and has {len(held - expected)} too many"
        moment = self.swarm.moment(honest[0])
        roots = {member.node.root(moment) for member in honest if member.node is not None}
        return None if len(roots) == 1 else f"there are {len(roots)} roots"

    def _expected(self, first_time: int) -> set[RecordId]:
        """Everything that was ever on an honest disk, but for what its author deleted, and what is too old."""
        written = self.swarm.written.values()
        tombstones = Tombstones(record for record in written if record.kind == KIND_DELETION)
        return {
            record.id
            for record in written
            if record.created_at >= first_time and tombstones.covering(outline_of(record)) is None
        }


def play(name: str, seed: int, *, peers: int | None = None, scenarios: Mapping[str, Scenario] = SCENARIOS) -> Outcome:
    """Play the scenario *name* under *seed*, with as many members as the seed says unless *peers* does.

    Raises:
        SimulationError: an invariant broke, or the swarm did not converge; the message ends with the command that
            shows it again.

    """
    story = Story(scenarios[name], seed, peers=peers)
    try:
        return story.play()
    except AssertionError as error:
        command = f"python -m peerset.testing.simulator --scenario {name} --seed {seed}"
        command += f" --peers {peers}" if peers is not None else ""
        at = f"at {story.swarm.clock.now:.3f} s with {len(story.swarm.members)} members"
        raise SimulationError(f"{error} ({at}; see it again: {command})") from error


def main(arguments: Sequence[str] | None = None, *, scenarios: Mapping[str, Scenario] = SCENARIOS) -> int:
    """Play one or more seeds and print a line for each; give 1 when any failed."""
    parser = argparse.ArgumentParser(prog="python -m peerset.testing.simulator", description=__doc__)
    parser.add_argument("--scenario", choices=sorted(scenarios), default="everything")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds to play, one after the other")
    parser.add_argument("--peers", type=int, help="how many members; drawn from the seed when left out")
    options = parser.parse_args(arguments)
    failures = 0
    for seed in range(options.seed, options.seed + options.seeds):
        try:
            outcome = play(options.scenario, seed, peers=options.peers, scenarios=scenarios)
        except SimulationError as error:
            failures += 1
            sys.stdout.write(f"{options.scenario} {seed} FAILED {error}\n")
        else:
            sys.stdout.write(
                f"{options.scenario} {seed} ok: {outcome.records} records, settled in {outcome.settled_seconds:.0f} s, "
                f"{outcome.happened} inputs and effects, {outcome.fingerprint[:16]}\n"
            )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
