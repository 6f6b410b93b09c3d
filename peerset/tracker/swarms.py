"""A tracker's memory: which members are in which swarm, and who gets whose offers. Does no I/O."""

import random
from dataclasses import dataclass
from typing import Final, NamedTuple

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.census import Census
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.quotas import Quotas
from peerset.tracker.swarm import ConnectionId, Member, Source, Swarm
from peerset.tracker.waiting import WaitingOffers
from peerset.tracker.wire import (
    Announced,
    Answered,
    OfferWriter,
    Scraped,
    encode_answer,
    encode_reply,
    encode_scrape,
    encode_warning,
)

MEMBER_AGE_MAX_SECONDS: Final = 1_200.0
"""Members that do not announce for so long are forgotten, though their sockets may be open."""

INTERVAL_SECONDS_MIN: Final = 20
"""Of small swarms: a member may wait for another's next announcement to meet it."""
INTERVAL_SECONDS_MAX: Final = 120
"""Of large ones: somebody always announces."""
SMALL_NETWORKS_MAX: Final = 50
"""With more networks the interval grows, so that the announcements of a swarm stay as many. It does not with members:
anybody may invent them, and would make all others wait."""
WELCOME_ANNOUNCES: Final = 2
"""A second announcement comes 166 ms after the first (233 ms of a page): by then who answers at once has done so."""
WARM_UP_ANNOUNCES: Final = 4
"""Within 1.4 seconds; none of them asks a network again while there are others."""
WAITING_GIVEN_MAX: Final = 10
"""So many members' waiting offers are given to a newcomer."""
WAITING_DRAWN_MAX: Final = 2 * SMALL_NETWORKS_MAX
"""So many members are looked at for that, of each network one first."""
WAITING_GRACE_SECONDS: Final = 10
"""A member whose announcement is overdue by so much has left the room, though its socket is open."""
WARNING_INTERVAL_SECONDS: Final = 60.0
"""A member is told so often at most that its offers are too many."""


class Delivery(NamedTuple):
    """A text to send to one connection."""

    connection: ConnectionId
    text: str


@dataclass(slots=True)
class SwarmCounts:
    """What a tracker has passed on since it started, and what it has not."""

    announces: int = 0
    offers: int = 0
    offers_limited: int = 0
    answers: int = 0
    scrapes: int = 0


class Swarms:
    """All swarms of a tracker, within *limits*."""

    def __init__(self, limits: TrackerLimits, *, interval_seconds: int | None, rng: random.Random) -> None:
        self.counts = SwarmCounts()
        self._limits = limits
        self._interval_seconds = interval_seconds
        self._rng = rng
        self._swarms: dict[str, Swarm] = {}
        self._waiting = WaitingOffers()
        self._offers = Quotas(limits.offers_per_second_and_address, limits.offers_burst_and_address)
        self._members: Census[Member] = Census(
            "places of this tracker", total_max=limits.members, per_address_max=limits.members_per_address
        )
        self._joined: dict[ConnectionId, dict[Member, None]] = {}
        """What each connection announced, oldest first."""

    def __len__(self) -> int:
        """Give the number of swarms that have members."""
        return len(self._swarms)

    @property
    def members(self) -> int:
        """How many members all swarms have together."""
        return len(self._members)

    @property
    def scrape_interval_seconds(self) -> int:
        """How often a client should ask at most."""
        return self._interval(0)

    def announce(self, source: Source, said: Announced, now: Monotonic) -> list[Delivery]:
        """List the client, reply, and pass each of its offers to another random member.

        A newcomer gets what waits for it as well: at once from those to whom its own offers did not go, and from the
        others at its second announcement, a moment later.

        Raises:
            SignalingError: the client may not join; the reason may be told to it.

        """
        self.counts.announces += 1
        if said.has_left:
            self._remove_own(source, said)
            return [Delivery(source.connection, self._reply(said.info_hash))]
        swarm, member = self._join(source, said, now)
        swarm.renew(member, is_seeder=said.is_seeder, now=now)
        member.announces += 1
        wanted = min(len(said.offers), len(swarm) - 1)
        granted = self._grant(member, wanted, now) if wanted else 0
        others = self._choose(swarm, member, granted, now) if granted else []
        self.counts.offers += len(others)
        write = OfferWriter(said.info_hash, said.peer_id)
        deliveries = [Delivery(source.connection, self._reply(said.info_hash))]
        deliveries += [
            Delivery(other.source.connection, write(offer)) for other, offer in zip(others, said.offers, strict=False)
        ]
        if granted < wanted:
            deliveries += self._limit(member, wanted - granted, now)
        if swarm.networks <= SMALL_NETWORKS_MAX:
            # What was passed on just now comes last: it may be answered.
            unused = (*said.offers[len(others) :], *said.offers[: len(others)])
            self._waiting.keep(member, unused, now)
            if member.announces <= WELCOME_ANNOUNCES:
                deliveries += self._introduce(swarm, member, now)
        return deliveries

    def answer(self, source: Source, said: Answered, now: Monotonic) -> list[Delivery]:
        """Pass the answer to whom it is for; one for a member that has left is lost.

        Raises:
            SignalingError: the client may not join, which its answer implies.

        """
        swarm, member = self._join(source, said, now)
        swarm.renew(member, is_seeder=member.is_seeder, now=now)
        target = swarm.get(said.to_peer_id)
        if target is None:
            return []
        self._waiting.remove(target, said.offer_id)
        self.counts.answers += 1
        return [Delivery(target.source.connection, encode_answer(said))]

    def scrape(self, source: Source, said: Scraped) -> list[Delivery]:
        """Tell how large the asked swarms are."""
        text = encode_scrape(self.sizes(said), interval_seconds=self.scrape_interval_seconds)
        return [Delivery(source.connection, text)]

    def sizes(self, said: Scraped) -> dict[str, tuple[int, int]]:
        """Give the numbers of seeders and leechers of each swarm that is asked for."""
        self.counts.scrapes += 1
        return {info_hash: self._sizes(info_hash) for info_hash in said.info_hashes}

    def leave(self, connection: ConnectionId) -> None:
        """Forget what *connection* announced: it is closed."""
        for member in list(self._joined.get(connection, ())):
            self._remove(member)

    def expire(self, now: Monotonic) -> None:
        """Forget members that have not announced for `MEMBER_AGE_MAX_SECONDS`."""
        for member in [each for each in self._members if now - each.heard > MEMBER_AGE_MAX_SECONDS]:
            self._remove(member)

    # Offers.

    def _grant(self, member: Member, wanted: int, now: Monotonic) -> int:
        """Say how many of so many *wanted* offers may be passed on for *member*, and count them."""
        granted = min(wanted, int(member.pace.left(now)), int(member.quota.left(now)))
        member.pace.take(granted)
        member.quota.take(granted)
        return granted

    def _choose(self, swarm: Swarm, member: Member, count: int, now: Monotonic) -> list[Member]:
        """Draw who gets *count* offers of *member*, but for those who had enough of its address."""
        drawn, address = swarm.draw_others(member, count, self._rng, after=member.asked), member.source.origin.address
        if member.announces <= WARM_UP_ANNOUNCES:
            # When all were asked, it begins anew.
            asked = member.asked if len(member.asked) + count < swarm.networks else frozenset[str]()
            member.asked = asked.union([other.source.origin.network for other in drawn])
        elif member.asked:
            member.asked = frozenset()
        return [
            other for other in drawn if other.source.origin.address == address or other.attention.spend(address, now)
        ]

    def _limit(self, member: Member, count: int, now: Monotonic) -> list[Delivery]:
        """Take that *count* offers were not passed on, and tell *member* now and then."""
        self.counts.offers_limited += count
        if member.warned is not None and now - member.warned < WARNING_INTERVAL_SECONDS:
            return []
        member.warned = now
        reason = f"{count} offers were not passed on: you or your address offer too much; others' offers reach you"
        return [Delivery(member.source.connection, encode_warning(reason, member.info_hash))]

    def _introduce(self, swarm: Swarm, newcomer: Member, now: Monotonic) -> list[Delivery]:
        """Give *newcomer* waiting offers of those who will not answer its own: of smaller ids.

        The networks that it asked just now come to their turn at its second announcement.
        """
        since = Monotonic(now - self._interval(swarm.networks) - WAITING_GRACE_SECONDS)
        asked = newcomer.asked if newcomer.announces < WELCOME_ANNOUNCES else ()
        given: list[Delivery] = []
        for other in swarm.draw_others(newcomer, WAITING_DRAWN_MAX, self._rng):
            if other.peer_id > newcomer.peer_id or other.source.origin.network in asked:
                continue
            if newcomer.introduced >= WAITING_GIVEN_MAX:
                break
            offer = self._waiting.take(other, since=since, now=now)
            if offer is not None:
                text = OfferWriter(other.info_hash, other.peer_id)(offer)
                given.append(Delivery(newcomer.source.connection, text))
                newcomer.introduced += 1
        self.counts.offers += len(given)
        return given

    # Members.

    def _join(self, source: Source, said: Announced | Answered, now: Monotonic) -> tuple[Swarm, Member]:
        """Give the member that *said* names, after making it one if need be."""
        swarm = self._swarms.get(said.info_hash)
        known = None if swarm is None else swarm.get(said.peer_id)
        if swarm is not None and known is not None:
            if known.source.connection == source.connection:
                return swarm, known
            # Ids are no secret: whoever could take one over would get its owner's answers. A client that reconnects
            # before its old socket is found dead comes from the same address.
            if known.source.origin.address != source.origin.address:
                raise SignalingError("this peer_id is in use from another address")
            self._remove(known)
        self._make_room(source, said.info_hash)
        swarm = self._swarms.get(said.info_hash)
        if swarm is None:
            swarm = self._swarms[said.info_hash] = Swarm(said.info_hash, self._limits)
        member = swarm.add(said.peer_id, source, self._offers.of(source.origin), now)
        self._members.add(member, source.origin)
        self._joined.setdefault(source.connection, {})[member] = None
        return swarm, member

    def _make_room(self, source: Source, info_hash: str) -> None:
        if len(self._joined.get(source.connection, ())) >= self._limits.swarms_per_connection:
            raise SignalingError(f"more than {self._limits.swarms_per_connection} swarms on one connection")
        swarm = self._swarms.get(info_hash)
        for crowd in (self._members,) if swarm is None else (swarm, self._members):
            leaving = crowd.make_room(source.origin)
            if leaving is not None:
                self._remove(leaving)

    def _remove_own(self, source: Source, said: Announced) -> None:
        swarm = self._swarms.get(said.info_hash)
        member = None if swarm is None else swarm.get(said.peer_id)
        if member is not None and member.source.connection == source.connection:
            self._remove(member)

    def _remove(self, member: Member) -> None:
        self._waiting.forget(member)
        self._members.remove(member)
        swarm = self._swarms[member.info_hash]
        swarm.remove(member)
        if not len(swarm):
            del self._swarms[member.info_hash]
        joined = self._joined[member.source.connection]
        del joined[member]
        if not joined:
            del self._joined[member.source.connection]

    # Sizes.

    def _sizes(self, info_hash: str) -> tuple[int, int]:
        swarm = self._swarms.get(info_hash)
        return (0, 0) if swarm is None else (swarm.seeders, len(swarm) - swarm.seeders)

    def _reply(self, info_hash: str) -> str:
        swarm = self._swarms.get(info_hash)
        seeders, leechers = self._sizes(info_hash)
        interval = self._interval(0 if swarm is None else swarm.networks)
        return encode_reply(info_hash, interval_seconds=interval, seeders=seeders, leechers=leechers)

    def _interval(self, networks: int) -> int:
        if self._interval_seconds is not None:
            return self._interval_seconds
        grown = INTERVAL_SECONDS_MIN * networks // SMALL_NETWORKS_MAX
        return max(INTERVAL_SECONDS_MIN, min(grown, INTERVAL_SECONDS_MAX))
