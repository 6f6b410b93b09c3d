"""A tracker's memory: which members are in which swarm, and who gets whose offers. Does no I/O."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NewType

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.waiting import WaitingOffers
from peerset.tracker.wire import (
    Announced,
    Answered,
    Scraped,
    encode_answer,
    encode_offer,
    encode_reply,
    encode_scrape,
)

ConnectionId = NewType("ConnectionId", int)

MEMBER_AGE_MAX_SECONDS: Final = 1_200.0
"""Members that do not announce for so long are forgotten, though their sockets may be open."""

INTERVAL_SECONDS_MIN: Final = 20
"""Of small swarms: a member may wait for another's next announcement to meet it."""
INTERVAL_SECONDS_MAX: Final = 120
"""Of large ones: somebody always announces."""
SMALL_MEMBERS_MAX: Final = 50
"""Above so many members the interval grows with them, so that the announcements of a swarm stay as many."""
WELCOME_ANNOUNCES: Final = 2
"""A page's second announcement comes 233 ms after its first; by then those who answer at once have done so."""
WAITING_GIVEN_MAX: Final = 10
"""So many members' waiting offers are given to a newcomer."""
WAITING_GRACE_SECONDS: Final = 10
"""A member whose announcement is overdue by so much has left the room, though its socket is open."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message comes from."""

    connection: ConnectionId
    address: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A text to send to one connection."""

    connection: ConnectionId
    text: str


@dataclass(slots=True)
class SwarmCounts:
    """What a tracker has passed on since it started."""

    announces: int = 0
    offers: int = 0
    answers: int = 0
    scrapes: int = 0


@dataclass(slots=True)
class Member:
    """One peer in one swarm."""

    peer_id: str
    source: Source
    is_seeder: bool
    heard: Monotonic
    announces: int
    position: int
    """Its place in the swarm's list, so that drawing and removing need no search."""


class Swarm:
    """The members of one info hash."""

    def __init__(self) -> None:
        self.seeders = 0
        self._members: dict[str, Member] = {}
        self._listed: list[Member] = []

    def __len__(self) -> int:
        """Give the number of members."""
        return len(self._listed)

    def __iter__(self) -> Iterator[Member]:
        """Iterate the members in no particular order."""
        return iter(self._listed)

    def get(self, peer_id: str) -> Member | None:
        """Give the member *peer_id*, if it is here."""
        return self._members.get(peer_id)

    def put(self, peer_id: str, source: Source, *, is_seeder: bool, now: Monotonic) -> Member:
        """Add *peer_id* or renew it, and give it."""
        member = self._members.get(peer_id)
        if member is None:
            member = Member(peer_id, source, is_seeder=False, heard=now, announces=0, position=len(self._listed))
            self._members[peer_id] = member
            self._listed.append(member)
        self.seeders += is_seeder - member.is_seeder
        member.source, member.is_seeder, member.heard = source, is_seeder, now
        return member

    def remove(self, peer_id: str) -> Member:
        """Remove *peer_id*, which must be here, and give what it was."""
        member = self._members.pop(peer_id)
        last = self._listed.pop()
        if last is not member:
            self._listed[member.position] = last
            last.position = member.position
        self.seeders -= member.is_seeder
        return member

    def draw_others(self, peer_id: str, count: int, rng: random.Random) -> list[Member]:
        """Draw up to *count* members other than *peer_id*, in random order."""
        positions = rng.sample(range(len(self._listed)), min(count + 1, len(self._listed)))
        others = [self._listed[position] for position in positions if self._listed[position].peer_id != peer_id]
        return others[:count]


class Swarms:
    """All swarms of a tracker, within limits."""

    def __init__(
        self,
        *,
        interval_seconds: int | None,
        swarms_max: int,
        members_max: int,
        swarms_per_connection_max: int,
        rng: random.Random,
    ) -> None:
        self.counts = SwarmCounts()
        self._interval_seconds = interval_seconds
        self._swarms_max = swarms_max
        self._members_max = members_max
        self._swarms_per_connection_max = swarms_per_connection_max
        self._rng = rng
        self._swarms: dict[str, Swarm] = {}
        self._waiting = WaitingOffers()
        self._joined: dict[ConnectionId, set[tuple[str, str]]] = {}
        """The (info hash, peer id) pairs that each connection announced."""

    def __len__(self) -> int:
        """Give the number of swarms that have members."""
        return len(self._swarms)

    @property
    def members(self) -> int:
        """How many members all swarms have together."""
        return sum(map(len, self._joined.values()))

    def announce(self, source: Source, said: Announced, now: Monotonic) -> list[Delivery]:
        """List the client, reply, and pass each of its offers to another random member.

        At its second announcement, a moment after the first, a client gets what waits for it as well.

        Raises:
            SignalingError: the client may not join; the reason may be told to it.

        """
        self.counts.announces += 1
        if said.has_left:
            self._remove_own(source, said)
            return [Delivery(source.connection, self._reply(said.info_hash))]
        member = self._join(source, said, is_seeder=said.is_seeder, now=now)
        member.announces += 1
        swarm = self._swarms[said.info_hash]
        others = swarm.draw_others(said.peer_id, len(said.offers), self._rng)
        self.counts.offers += len(others)
        passed = [
            Delivery(other.source.connection, encode_offer(said.info_hash, said.peer_id, offer))
            for other, offer in zip(others, said.offers, strict=False)
        ]
        if len(swarm) <= SMALL_MEMBERS_MAX:
            # What was passed on just now comes last: it may be answered.
            unused = (*said.offers[len(others) :], *said.offers[: len(others)])
            self._waiting.keep((said.info_hash, said.peer_id), unused, now)
            passed += self._introduce(member, said.info_hash, now)
        return [Delivery(source.connection, self._reply(said.info_hash)), *passed]

    def _introduce(self, newcomer: Member, info_hash: str, now: Monotonic) -> list[Delivery]:
        """Give *newcomer* waiting offers of those who will not answer its own: of smaller ids."""
        if newcomer.announces != WELCOME_ANNOUNCES:
            return []
        swarm = self._swarms[info_hash]
        since = Monotonic(now - self._interval(len(swarm)) - WAITING_GRACE_SECONDS)
        given: list[Delivery] = []
        for other in swarm.draw_others(newcomer.peer_id, len(swarm), self._rng):
            if other.peer_id > newcomer.peer_id or len(given) >= WAITING_GIVEN_MAX:
                continue
            offer = self._waiting.take((info_hash, other.peer_id), since=since)
            if offer is not None:
                given.append(Delivery(newcomer.source.connection, encode_offer(info_hash, other.peer_id, offer)))
        self.counts.offers += len(given)
        return given

    def answer(self, source: Source, said: Answered, now: Monotonic) -> list[Delivery]:
        """Pass the answer to whom it is for; one for a member that has left is lost.

        Raises:
            SignalingError: the client may not join, which its answer implies.

        """
        known = self._member(said.info_hash, said.peer_id)
        self._join(source, said, is_seeder=known is not None and known.is_seeder, now=now)
        self._waiting.remove((said.info_hash, said.to_peer_id), said.offer_id)
        target = self._member(said.info_hash, said.to_peer_id)
        if target is None:
            return []
        self.counts.answers += 1
        return [Delivery(target.source.connection, encode_answer(said))]

    def scrape(self, source: Source, said: Scraped) -> list[Delivery]:
        """Tell how large the asked swarms are."""
        self.counts.scrapes += 1
        sizes = {info_hash: self._sizes(info_hash) for info_hash in said.info_hashes}
        return [Delivery(source.connection, encode_scrape(sizes, interval_seconds=self._interval(0)))]

    def leave(self, connection: ConnectionId) -> None:
        """Forget what *connection* announced: it is closed."""
        for info_hash, peer_id in sorted(self._joined.get(connection, ())):
            self._remove(info_hash, peer_id)

    def expire(self, now: Monotonic) -> None:
        """Forget members that have not announced for `MEMBER_AGE_MAX_SECONDS`."""
        silent = [
            (info_hash, member.peer_id)
            for info_hash, swarm in self._swarms.items()
            for member in swarm
            if now - member.heard > MEMBER_AGE_MAX_SECONDS
        ]
        for info_hash, peer_id in silent:
            self._remove(info_hash, peer_id)

    def _join(self, source: Source, said: Announced | Answered, *, is_seeder: bool, now: Monotonic) -> Member:
        key = (said.info_hash, said.peer_id)
        self._check_place(source, key)
        known = self._member(*key)
        if known is not None and known.source.connection != source.connection:
            self._remove(*key)
        self._joined.setdefault(source.connection, set()).add(key)
        swarm = self._swarms.setdefault(said.info_hash, Swarm())
        return swarm.put(said.peer_id, source, is_seeder=is_seeder, now=now)

    def _check_place(self, source: Source, key: tuple[str, str]) -> None:
        info_hash, peer_id = key
        known = self._member(info_hash, peer_id)
        if known is not None:
            # Ids are no secret: whoever could take one over would get its owner's answers. A client that reconnects
            # before its old socket is found dead comes from the same address.
            if known.source.connection != source.connection and known.source.address != source.address:
                raise SignalingError("this peer_id is in use from another address")
            return
        if len(self._joined.get(source.connection, ())) >= self._swarms_per_connection_max:
            raise SignalingError(f"more than {self._swarms_per_connection_max} swarms on one connection")
        swarm = self._swarms.get(info_hash)
        if swarm is None and len(self._swarms) >= self._swarms_max:
            raise SignalingError("this tracker has no room for another swarm")
        if swarm is not None and len(swarm) >= self._members_max:
            raise SignalingError("this swarm is full")

    def _remove_own(self, source: Source, said: Announced) -> None:
        if (said.info_hash, said.peer_id) in self._joined.get(source.connection, ()):
            self._remove(said.info_hash, said.peer_id)

    def _remove(self, info_hash: str, peer_id: str) -> None:
        self._waiting.forget((info_hash, peer_id))
        swarm = self._swarms[info_hash]
        connection = swarm.remove(peer_id).source.connection
        self._joined[connection].remove((info_hash, peer_id))
        if not self._joined[connection]:
            del self._joined[connection]
        if not len(swarm):
            del self._swarms[info_hash]

    def _member(self, info_hash: str, peer_id: str) -> Member | None:
        swarm = self._swarms.get(info_hash)
        return None if swarm is None else swarm.get(peer_id)

    def _sizes(self, info_hash: str) -> tuple[int, int]:
        swarm = self._swarms.get(info_hash)
        return (0, 0) if swarm is None else (swarm.seeders, len(swarm) - swarm.seeders)

    def _reply(self, info_hash: str) -> str:
        seeders, leechers = self._sizes(info_hash)
        interval = self._interval(seeders + leechers)
        return encode_reply(info_hash, interval_seconds=interval, seeders=seeders, leechers=leechers)

    def _interval(self, members: int) -> int:
        if self._interval_seconds is not None:
            return self._interval_seconds
        grown = INTERVAL_SECONDS_MIN * members // SMALL_MEMBERS_MAX
        return max(INTERVAL_SECONDS_MIN, min(grown, INTERVAL_SECONDS_MAX))
