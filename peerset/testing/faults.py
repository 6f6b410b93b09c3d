"""Everything that may go wrong in a simulated swarm, as one plain struct."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from peerset.testing.bylaws import OPEN, Bylaws


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
    failing_disks: float = 0.0
    """Disks that answer nothing for a while."""
    purges: float = 0.0
    """Users who destroy the content of a few records, for good."""
    wrong_clocks: float = 0.0
    """Wall clocks that are set wrong by hours to years for a while; half of these members start anew with it."""
    save_seconds_max: float = 0.02
    verify_seconds_max: float = 0.02
    judge_seconds: float = 0.0
    """What a policy takes for each record of a batch."""
    judge_seconds_max: float = 0.0
    """When above 0, the policies of each member take a time of their own, from a millisecond up to this."""
    slow_bytes_per_second: float = 0.0
    """What the first member's line takes in; as much as comes, when 0."""
    skew_seconds_max: int = 0
    """Wall clocks are off by up to this much, either way, for good."""
    villains: tuple[str, ...] = ()
    """What hostile members may be, out of `VILLAIN_NAMES`; up to half of the swarm is hostile when there are any."""
    light: float = 0.0
    """The part of members, but for the first, that keep the content of a week only."""
    bylaws: tuple[Bylaws, ...] = (OPEN,)
    """What members hold for right: each draws one of these."""

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
            failing_disks=0.0,
            purges=0.0,
            wrong_clocks=0.0,
        )


CALM: Final = Faults()
