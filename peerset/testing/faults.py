"""Everything that may go wrong in a simulated swarm, as one plain struct."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final


class PartitionKind(Enum):
    """Which pairs of members cannot reach each other."""

    HALVES = "halves"
    """The swarm falls into two parts."""
    ISLAND = "island"
    """One member reaches nobody."""
    PAIRS = "pairs"
    """Every pair on its own is cut with even odds; most still reach each other through others."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How a simulated world behaves; rates are events per minute in the whole swarm, times are in seconds."""

    latency_median: float = 0.05
    latency_spread: float = 0.5
    """Sigma of the lognormal distribution of one-way latencies."""
    connect_failures: float = 0.0
    """The part of channels that never open."""
    offer_failures: float = 0.0
    """The part of requests for offers that bring none."""
    breaks: float = 0.0
    """Channels that break; both ends learn of it, at different times."""
    partitions: float = 0.0
    partition_kinds: tuple[PartitionKind, ...] = tuple(PartitionKind)
    crashes: float = 0.0
    """Members that die between two effects, and come back from their disk under a new peer id."""
    departures: float = 0.0
    """Members that say goodbye, and come back under a new peer id."""
    outages: float = 0.0
    """Trackers that stop serving for a while."""
    full_disks: float = 0.0
    """Disks that refuse writes for a while."""
    save_seconds_max: float = 0.02
    verify_seconds_max: float = 0.02
    judge_seconds: float = 0.0
    """What a policy takes for each record of a batch."""
    skew_seconds_max: int = 0
    """Wall clocks are off by up to this much, either way, for good."""
    villains: tuple[str, ...] = ()
    """What hostile members may be, out of `VILLAIN_NAMES`; up to half of the swarm is hostile when there are any."""
    refuses_spam: bool = False
    """Every member runs a policy that refuses content beginning with "spam"."""

    def calmed(self) -> "Faults":
        """Give the same world after it has healed: slow and skewed as before, but nothing breaks any more."""
        return replace(
            self,
            connect_failures=0.0,
            offer_failures=0.0,
            breaks=0.0,
            partitions=0.0,
            crashes=0.0,
            departures=0.0,
            outages=0.0,
            full_disks=0.0,
        )


CALM: Final = Faults()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of history: the world, who lives in it, and what its members do."""

    faults: Faults
    peers_min: int = 2
    peers_max: int = 20
    storm_seconds: float = 60.0
    """How long faults happen and records are published before the world heals."""
    records_at_start: int = 30
    """Records of the last 90 days, each on some of the disks."""
    publications: float = 20.0
    """Records published in a minute, in the whole swarm."""
    deletions: float = 0.0
    """The part of publications that delete an earlier record of the same author."""
    spam: float = 0.0
    """The part of publications that the policy refuses."""
    ephemerals: float = 0.0
    """The part of publications that are never stored."""
    near_edge: float = 0.0
    """The part of the records at the start that are about 90 days old."""
    hibernations: tuple[float, ...] = field(default=())
    """After the storm: everyone is away for so many days, then comes back; once for each number."""


VILLAIN_NAMES: Final = ("garbage", "replay", "forge", "lie", "flood", "silence", "offers", "breach", "spam", "repeat")
"""The kinds of hostile members, in `peerset.testing.hostile.VILLAINS`."""

SCENARIOS: Final[Mapping[str, Scenario]] = {
    "convergence": Scenario(CALM, ephemerals=0.1),
    "links": Scenario(
        Faults(latency_median=0.2, connect_failures=0.2, offer_failures=0.1, breaks=15.0, departures=4.0, outages=1.0),
        peers_max=14,
    ),
    "partition": Scenario(Faults(partitions=2.0, breaks=2.0), peers_max=14),
    "crash": Scenario(Faults(crashes=10.0, breaks=2.0, full_disks=2.0, save_seconds_max=0.5), peers_max=14),
    "skew": Scenario(Faults(skew_seconds_max=600, latency_median=0.1), peers_max=6),
    "deletion": Scenario(
        Faults(breaks=4.0, crashes=2.0, refuses_spam=True), peers_max=10, deletions=0.3, spam=0.1, ephemerals=0.1
    ),
    "retention": Scenario(
        Faults(skew_seconds_max=60), peers_max=5, storm_seconds=30.0, near_edge=0.6, hibernations=(30.0, 59.9, 45.0)
    ),
    "hostile": Scenario(Faults(villains=VILLAIN_NAMES, refuses_spam=True), peers_min=3, peers_max=8),
    **{
        f"hostile-{name}": Scenario(
            Faults(villains=(name,), refuses_spam=True, judge_seconds=0.0002), peers_min=3, peers_max=6
        )
        for name in VILLAIN_NAMES
    },
    "everything": Scenario(
        Faults(
            latency_median=0.1,
            connect_failures=0.1,
            offer_failures=0.05,
            breaks=5.0,
            partitions=0.5,
            crashes=3.0,
            departures=2.0,
            outages=0.5,
            full_disks=1.0,
            save_seconds_max=0.2,
            verify_seconds_max=0.2,
            skew_seconds_max=30,
            villains=("forge", "lie"),
            refuses_spam=True,
        ),
        peers_min=3,
        peers_max=12,
        deletions=0.1,
        spam=0.05,
        ephemerals=0.05,
    ),
}
"""Kinds of histories, by the names the command line knows."""
