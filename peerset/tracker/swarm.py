"""The members of one swarm: who they are, and who is drawn to meet whom. Does no I/O."""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NewType

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.tracker.census import Census
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.origin import Origin
from peerset.tracker.quotas import Attention, Quota

ConnectionId = NewType("ConnectionId", int)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message comes from."""

    connection: ConnectionId
    origin: Origin


@dataclass(slots=True, eq=False)
class Member:
    """One peer in one swarm."""

    info_hash: str
    peer_id: str
    source: Source
    heard: Monotonic
    pace: Allowance
    """How much it may offer."""
    quota: Quota
    """How much its address may offer."""
    attention: Attention
    """How many offers of each address it is given."""
    is_seeder: bool = False
    announces: int = 0
    introduced: int = 0
    """So many waiting offers of others it was given."""
    asked: frozenset[str] = frozenset()
    """The networks that its first offers went to."""
    warned: Monotonic | None = None
    """When it was last told that it offers too much."""


class Swarm:
    """The members of one info hash, within *limits*."""

    def __init__(self, info_hash: str, limits: TrackerLimits) -> None:
        self.seeders = 0
        self._info_hash = info_hash
        self._limits = limits
        self._members: dict[str, Member] = {}
        self._census: Census[Member] = Census(
            "places of this swarm",
            total_max=limits.members_per_swarm,
            per_address_max=limits.members_per_swarm_and_address,
        )

    def __len__(self) -> int:
        """Give the number of members."""
        return len(self._members)

    @property
    def networks(self) -> int:
        """How many networks the members are of: how large the swarm is to whoever looks for somebody in it."""
        return self._census.networks

    def __iter__(self) -> Iterator[Member]:
        """Iterate the members, oldest first."""
        return iter(self._members.values())

    def get(self, peer_id: str) -> Member | None:
        """Give the member *peer_id*, if it is here."""
        return self._members.get(peer_id)

    def make_room(self, origin: Origin) -> Member | None:
        """Make sure that one more from *origin* may come; give who has to go for it, if anybody.

        Raises:
            SignalingError: there is no place; the reason may be told.

        """
        return self._census.make_room(origin)

    def add(self, peer_id: str, source: Source, quota: Quota, now: Monotonic) -> Member:
        """Add *peer_id*, which is not here and whose address has *quota*, and give it."""
        pace = Allowance(self._limits.offers_per_second, self._limits.offers_burst)
        attention = Attention(self._limits.offers_per_second_and_receiver, self._limits.offers_burst_and_receiver)
        member = self._members[peer_id] = Member(self._info_hash, peer_id, source, now, pace, quota, attention)
        self._census.add(member, source.origin)
        return member

    def renew(self, member: Member, *, is_seeder: bool, now: Monotonic) -> None:
        """Take that *member* was heard, and what it is."""
        self.seeders += is_seeder - member.is_seeder
        member.is_seeder, member.heard = is_seeder, now

    def remove(self, member: Member) -> None:
        """Remove *member*, which is here."""
        del self._members[member.peer_id]
        self._census.remove(member)
        self.seeders -= member.is_seeder

    def draw_others(
        self, member: Member, count: int, rng: random.Random, *, after: Collection[str] = ()
    ) -> list[Member]:
        """Draw up to *count* others, by their networks and addresses first, in random order; networks *after* last."""
        return self._census.draw(count, rng, without=member, after=after)
