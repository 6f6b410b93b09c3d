"""Who keeps an honest neighbour in a room in which most members take places and pass nothing on.

``python -m peerset.testing.holes --seeds 100`` plays many seeds, and says how many kept what a room promises.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import SecretKey
from peerset.core.limits import CHANNELS_MAX
from peerset.core.record import KIND_RECORD, Record, sign_record
from peerset.core.signal import PeerId, Via
from peerset.protocol.effects import AcceptAnswer, Announce, MakeAnswer, MakeOffers, Request, Send, SendAnswer
from peerset.protocol.inputs import (
    AnswerMade,
    AnswerReceived,
    Closed,
    Input,
    OfferReceived,
    OffersMade,
    Opened,
    Received,
)
from peerset.protocol.node import Node
from peerset.protocol.session import Identity, Session
from peerset.testing.hostile import heard
from peerset.testing.machine import SIMULATED_ROOM, Deed
from peerset.testing.member import Member
from peerset.testing.rendezvous import Tracker
from peerset.testing.swarm import Swarm

HONEST: Final = 15
HOLES: Final = 60
OFFERS: Final = 2
"""A hole announces so many at once, to each of two trackers,"""
DIAL_SECONDS: Final = 13.0
"""and so often: about as often as others do."""
MEET_SECONDS: Final = 60.0
NEWCOMER_SECONDS: Final = 60.0
RESTART_SECONDS: Final = 4.0
PUBLISH_SECONDS: Final = 2.0
SPREAD_SECONDS: Final = 10.0
NEIGHBOURS_MIN: Final = 6


class Hole:
    """Finds peers, proves its key, answers heartbeats, and gives nothing; it spares its *fellows*."""

    def __init__(self, node: Node, rng: random.Random, *, fellows: set[PeerId], dial_seconds: float) -> None:
        self._rng, self._fellows, self._dial_seconds = rng, fellows, dial_seconds
        self._identity = Identity(node.key, SIMULATED_ROOM.tag, bytes(32), node.retention_seconds)
        self._sessions: dict[PeerId, Session] = {}
        self._via: dict[PeerId, OfferReceived] = {}
        self._dials_at = Monotonic(0.0)
        fellows.add(node.peer_id)

    def start(self, now: Moment) -> list[Deed]:
        """Begin to dial."""
        self._dials_at = Monotonic(now.monotonic + self._rng.uniform(0.0, self._dial_seconds))
        return [Announce(())]

    def receive(self, event: Input, now: Moment) -> list[Deed]:
        """Take every place that there is."""
        match event:
            case OffersMade(offers):
                return [Announce(offers)]
            case OfferReceived(peer, offer) if peer not in self._fellows and peer not in self._sessions:
                self._via[peer] = event
                return [MakeAnswer(peer, offer)]
            case AnswerMade(peer, answer) if answer is not None and peer in self._via:
                return [SendAnswer(peer, answer, self._via.pop(peer).via)]
            case AnswerReceived(peer, answer) if peer not in self._fellows and peer not in self._sessions:
                return [AcceptAnswer(peer, answer)]
            case Opened(peer, binding):
                session = self._sessions[peer] = Session(peer, binding, self._identity, rng=self._rng)
                return _deeds(session.start(now))
            case Closed(peer):
                self._sessions.pop(peer, None)
            case Received(peer, data) if peer in self._sessions:
                return self._reply(peer, data, now)
            case _:
                pass
        return []

    def tick(self, now: Moment) -> list[Deed]:
        """Keep the places that were taken, and dial again."""
        deeds = [deed for session in self._sessions.values() for deed in _deeds(session.tick(now))]
        if now.monotonic < self._dials_at:
            return deeds
        self._dials_at = Monotonic(now.monotonic + self._dial_seconds)
        return [*deeds, MakeOffers(OFFERS)]

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        dues = (session.deadline for session in self._sessions.values())
        return min([self._dials_at, *(due for due in dues if due is not None)])

    def _reply(self, peer: PeerId, data: bytes, now: Moment) -> list[Deed]:
        message = heard(data)
        return [] if message is None else _deeds(self._sessions[peer].receive(message, now))


class HostileTracker(Tracker):
    """Brings what honest members offer to holes, *fellows*, and to nobody else."""

    def __init__(self, via: Via, fellows: set[PeerId]) -> None:
        super().__init__(via)
        self._fellows = fellows

    def draw(self, count: int, rng: random.Random, *, but: PeerId) -> list[PeerId]:
        """Draw up to *count* of those listed *but* one: of all for a hole, of the holes for others."""
        if but in self._fellows:
            return super().draw(count, rng, but=but)
        holes = [peer for peer in self.listed if peer in self._fellows]
        return rng.sample(holes, min(count, len(holes)))


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of it."""

    newcomer: int
    """How many honest neighbours the newcomer had after a minute."""
    least: int
    """How many the poorest had after all restarts."""
    reached: int
    """How many honest members had a new record then,"""
    honest: int
    """of so many."""

    @property
    def is_good(self) -> bool:
        """The room kept what it promises."""
        return self.newcomer >= NEIGHBOURS_MIN and self.reached == self.honest


class Eclipse:
    """*honest* members among *holes*: one comes late, then each of the others starts anew.

    Of the two trackers so many as *hostile_trackers* are hostile.
    """

    def __init__(
        self,
        seed: int,
        *,
        honest: int = HONEST,
        holes: int = HOLES,
        dial_seconds: float = DIAL_SECONDS,
        hostile_trackers: int = 0,
    ) -> None:
        self.swarm = Swarm(seed, peers_max=CHANNELS_MAX)
        self._rng = random.Random(f"holes {seed}")
        self._fellows: set[PeerId] = set()
        trackers = self.swarm.rendezvous.trackers
        trackers[:hostile_trackers] = [HostileTracker(each.via, self._fellows) for each in trackers[:hostile_trackers]]
        for _ in range(honest):
            self.swarm.add_member()
        disguise = partial(Hole, fellows=self._fellows, dial_seconds=dial_seconds)
        for number in range(honest, honest + holes):
            key = SecretKey.generate(self.swarm.rng)
            self.swarm.members.append(Member(number, key, seed=seed, disguise=disguise))
        for member in self.swarm.members[1:]:
            self.swarm.clock.within(MEET_SECONDS / 2, partial(self.swarm.wake, member))
        self._published: list[Record] = []

    def play(self) -> Kept:
        """Let the newcomer come, let all start anew, and see whom a record reaches."""
        swarm, honest = self.swarm, self.swarm.honest
        swarm.clock.after(PUBLISH_SECONDS, self._publish)
        swarm.run(MEET_SECONDS)
        swarm.wake(honest[0])
        swarm.run(NEWCOMER_SECONDS)
        newcomer = self.neighbours(honest[0])
        for member in honest[1:]:
            swarm.crash(member)
            swarm.wake(member)
            swarm.run(RESTART_SECONDS)
        swarm.run(NEWCOMER_SECONDS - SPREAD_SECONDS)
        record = self._published[-1]
        swarm.run(SPREAD_SECONDS)
        reached = sum(record.id in member.disk for member in honest)
        return Kept(newcomer, min(map(self.neighbours, honest)), reached, len(honest))

    def neighbours(self, member: Member) -> int:
        """Count the honest neighbours of *member*."""
        peers = [] if member.node is None else member.node.peers
        return sum(
            peer.state == "established" and peer.id in self.swarm.by_peer_id and peer.id not in self._fellows
            for peer in peers
        )

    def _publish(self) -> None:
        alive = [member for member in self.swarm.honest if member.is_alive]
        if alive:
            member = self._rng.choice(alive)
            now = self.swarm.moment(member).unix
            tags = [["h", SIMULATED_ROOM.tag.hex()]]
            content = f"record {len(self._published)}"
            record = sign_record(member.key, created_at=now, kind=KIND_RECORD, tags=tags, content=content)
            self._published.append(record)
            self.swarm.publish(member, record)
        self.swarm.clock.after(PUBLISH_SECONDS, self._publish)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play seeds and print a line for each, and what they came to; give 1 when any failed."""
    parser = argparse.ArgumentParser(prog="python -m peerset.testing.holes", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds to play")
    parser.add_argument("--honest", type=int, default=HONEST)
    parser.add_argument("--holes", type=int, default=HOLES)
    parser.add_argument("--dial-seconds", type=float, default=DIAL_SECONDS, help="how often a hole announces itself")
    parser.add_argument("--hostile-trackers", type=int, default=0, help="how many of the two trackers are hostile")
    options = parser.parse_args(arguments)
    world = {"honest": options.honest, "holes": options.holes, "hostile_trackers": options.hostile_trackers}
    failed = 0
    for seed in range(options.seed, options.seed + options.seeds):
        kept = Eclipse(seed, dial_seconds=options.dial_seconds, **world).play()
        failed += not kept.is_good
        sys.stdout.write(f"{seed} {'ok' if kept.is_good else 'FAILED'}: newcomer {kept.newcomer}, least {kept.least}, ")
        sys.stdout.write(f"a record reached {kept.reached} of {kept.honest}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{options.seeds} played, {failed} failed\n")
    return 1 if failed else 0


def _deeds(requests: list[Request]) -> list[Deed]:
    return [request for request in requests if isinstance(request, Send)]


if __name__ == "__main__":
    sys.exit(main())
