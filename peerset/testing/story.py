"""One history of a simulated swarm: first a storm of faults, then a healed world that must converge in bounded time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, UnixTime
from peerset.core.deletion import address_text, key_of
from peerset.core.expiration import EXPIRATION_TAG
from peerset.core.keys import SecretKey
from peerset.core.limits import (
    RETENTION_MARGIN_SECONDS,
    RETENTION_SECONDS,
)
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, Record, sign_record
from peerset.core.signal import draw_id
from peerset.testing.agreement import Agreement
from peerset.testing.machine import SIMULATED_ROOM, SPAM
from peerset.testing.member import Member
from peerset.testing.mishaps import Mishaps
from peerset.testing.pool import pool, share
from peerset.testing.scenarios import NOISE, Scenario
from peerset.testing.swarm import Swarm

WORDS: Final = (SPAM, NOISE)
"""What content that somebody may refuse begins with."""
KEYS: Final = ("profile", "settings", "a:b")
"""Of the keyed records of simulated members."""
SETTLE_SECONDS: Final = 240.0
"""A healed swarm has one set everywhere within this time, plus what clocks that differ add (`settle_limit`)."""
STEP_SECONDS: Final = 5.0
MEMORY_CHECKS: Final = 4
AWARE_CHECKS: Final = 12
JUDGED_TIMES: Final = 3
"""How often slow policies may come to judge as many records as there are."""
QUIET_BYTES_MAX: Final = 200_000
"""What two members that can agree no further may send each other in an hour, both ways, heartbeats included,"""
QUIET_BYTES_PER_RECORD: Final = 100
"""and for each record that was ever written."""
BRIEF_SECONDS_MAX: Final = HOUR_SECONDS
"""After so long at the latest what is brief expires."""
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
    disk_times: float = 0.0
    """How large files were at worst beside the least that would hold what lived; 0 where there were none."""


class Story:
    """One scenario under one seed: sets the swarm up, keeps its users busy, and checks the end."""

    def __init__(self, scenario: Scenario, seed: int, *, peers: int | None = None) -> None:
        self._scenario = scenario
        self._rng = random.Random(f"story {seed}")
        self.swarm = Swarm(seed, scenario.faults)
        self._agreement = Agreement(self.swarm)
        self._written: dict[int, list[Record]] = {}
        """What each member published, for it to delete."""
        self._is_busy = False
        self._record_bytes = scenario.record_bytes
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
        self._stay_quiet(self._scenario.quiet_seconds)
        if self._scenario.briefs and (lingering := self._agreement.lingering()):
            raise SimulationError(lingering)
        return Outcome(swarm.fingerprint, seconds, swarm.history.length, len(swarm.honest[0].disk))

    # Who there is, and what they know.

    def _populate(self, count: int) -> None:
        rng, villains = self._rng, self._scenario.faults.villains
        authors = [SecretKey.generate(rng) for _ in range(3)]
        records = [self._make_old(rng.choice(authors)) for _ in range(self._scenario.records_at_start)]
        hostile = (count - 1) // 2 if villains else 0
        large = pool(self._scenario.records_large)
        for _ in range(max(2, count - hostile)):
            density = rng.random()
            has = [record for record in records if rng.random() < density]
            self.swarm.add_member([*has, *(share(large, rng) if large else ())])
        for _ in range(hostile):
            self.swarm.add_member(villain=rng.choice(villains))

    def _make_old(self, author: SecretKey) -> Record:
        if self._rng.random() < self._scenario.near_edge:
            age = RETENTION_SECONDS + self._rng.randrange(-2 * DAY_SECONDS, RETENTION_MARGIN_SECONDS - 60)
        else:
            age = self._rng.randrange(RETENTION_SECONDS - 2 * DAY_SECONDS)
        word = self._rng.choice(WORDS) if self._rng.random() < self._scenario.spam_at_start else ""
        return self._sign(
            author, self.swarm.epoch - age, KIND_RECORD, content=word and f"{word} {draw_id(self._rng, 6)}"
        )

    def _sign(
        self, author: SecretKey, created_at: int, kind: int, *, tags: Sequence[Sequence[str]] = (), content: str = ""
    ) -> Record:
        return sign_record(
            author,
            created_at=UnixTime(created_at),
            kind=kind,
            tags=[["h", SIMULATED_ROOM.tag.hex()], *tags],
            content=(content or draw_id(self._rng, 12)).ljust(self._record_bytes, "."),
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
                self.swarm.watch.check_index(member)
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
            return self._sign(
                member.key, now, KIND_RECORD, content=f"{self._rng.choice(WORDS)} {draw_id(self._rng, 6)}"
            )
        if chance < scenario.deletions + scenario.spam + scenario.ephemerals:
            return self._sign(member.key, now, EPHEMERAL_KIND)
        if self._rng.random() < scenario.deletions:
            tags = [["d", self._rng.choice(KEYS)], *self._end(now)]
            written.append(self._sign(member.key, now, KIND_KEYED, tags=tags))
        else:
            written.append(self._sign(member.key, now, KIND_RECORD, tags=self._end(now)))
        return written[-1]

    def _end(self, now: UnixTime) -> list[list[str]]:
        """Say when what is written expires, if it does."""
        if not self._scenario.briefs or self._rng.random() > self._scenario.briefs:
            return []
        return [[EXPIRATION_TAG, str(now + self._rng.randrange(BRIEF_SECONDS_MAX))]]

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
            if self._agreement.missing() is None:
                return passed
        raise SimulationError(f"{limit:.0f} s after the world healed, {self._agreement.missing()}")

    @property
    def settle_limit(self) -> float:
        """Seconds within which a healed swarm must converge.

        Sync compares records of the last minutes only after they have aged by every clock, so twice the largest
        skew comes on top; so does the time in which policies judge what is there, and what came in between.
        """
        faults, records = self._scenario.faults, len(self.swarm.written)
        return SETTLE_SECONDS + 2 * faults.skew_seconds_max + JUDGED_TIMES * records * faults.judge_seconds_max

    def _stay_quiet(self, seconds: float) -> float:
        """Let *seconds* pass in which nobody writes; give the bytes that two members then send each other an hour.

        They may have more to say when they cannot agree, for their rules differ or content is gone: less and less.
        """
        if seconds == 0:
            return 0.0
        members, before = len(self.swarm.honest), self.swarm.links.sent_bytes
        self.swarm.run(seconds)
        pairs = members * (members - 1) / 2
        sent = (self.swarm.links.sent_bytes - before) / pairs * HOUR_SECONDS / seconds
        if sent > QUIET_BYTES_MAX + QUIET_BYTES_PER_RECORD * len(self.swarm.written):
            raise SimulationError(f"two members send {sent:.0f} bytes an hour, and nobody writes anything")
        for _ in range(AWARE_CHECKS):
            if self._agreement.unaware() is None:
                return sent
            # A round may be open in this very moment.
            self.swarm.run(STEP_SECONDS)
        raise SimulationError(f"though all agree, {self._agreement.unaware()}")
