"""Kinds of simulated histories, by the names the command line knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS
from peerset.core.limits import RETENTION_SECONDS_MAX
from peerset.testing.bylaws import OPEN, STRICT, Bylaws
from peerset.testing.faults import CALM, Faults
from peerset.testing.machine import SPAM

NOISE: Final = "noise"
"""What content begins with that only some members refuse."""
PARTIES: Final = (
    OPEN,
    STRICT,
    Bylaws(refuses=(NOISE,)),
    Bylaws(retention_seconds=30 * DAY_SECONDS),
    Bylaws(refuses=(NOISE, SPAM), retention_seconds=10 * DAY_SECONDS),
)
"""Members of one room who do not hold the same for right."""


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
    records_large: int = 0
    """Of so many more, members have all, none, a few or a half that others have not."""
    record_bytes: int = 0
    """How much longer than usual records are."""
    quiet_seconds: float = 0.0
    """For so long the traffic is measured of a swarm that has settled."""
    deletions: float = 0.0
    """The part of publications that delete an earlier record of the same author."""
    spam: float = 0.0
    """The part of publications that some policy refuses, where members have any."""
    spam_at_start: float = 0.0
    """The same of records at the start."""
    ephemerals: float = 0.0
    """The part of publications that are never stored."""
    briefs: float = 0.0
    """The part of publications that expire within an hour; in the end their content is nowhere."""
    near_edge: float = 0.0
    """The part of the records at the start that are about 90 days old."""
    hibernations: tuple[float, ...] = field(default=())
    """After the storm: everyone is away for so many days, then comes back; once for each number."""
    days: int = 0
    """In place of all that: so many days, on each of which some come by for the time of a storm
    (`peerset.testing.halfyear`)."""
    has_pins: bool = False
    """On those days they come once in a while, keep what is theirs, and pin (`peerset.testing.years`)."""
    has_hours: bool = False
    """On those days they come and go all the time, and write (`peerset.testing.hours`)."""


VILLAIN_NAMES: Final = (
    *("garbage", "replay", "forge", "lie", "flood", "silence", "offers", "breach", "spam", "repeat", "courteous"),
    "prune",
    "naming",
    "sketch",
)
"""The kinds of hostile members, in `peerset.testing.villains.VILLAINS`."""

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
        Faults(breaks=4.0, crashes=2.0, bylaws=(STRICT,)), peers_max=10, deletions=0.3, spam=0.1, ephemerals=0.1
    ),
    "retention": Scenario(
        Faults(skew_seconds_max=60), peers_max=5, storm_seconds=30.0, near_edge=0.6, hibernations=(30.0, 59.9, 45.0)
    ),
    "halfyear": Scenario(
        Faults(breaks=2.0, crashes=4.0, bylaws=(Bylaws(retention_seconds=30 * DAY_SECONDS),)),
        peers_min=4,
        peers_max=4,
        storm_seconds=15.0,
        records_at_start=0,
        publications=40.0,
        deletions=0.15,
        days=180,
    ),
    **{
        name: Scenario(
            Faults(bylaws=(Bylaws(retention_seconds=seconds),)),
            peers_min=5,
            peers_max=5,
            storm_seconds=10.0,
            records_at_start=0,
            days=400,
            has_pins=True,
        )
        for name, seconds in (("years", 45 * DAY_SECONDS), ("permanent", RETENTION_SECONDS_MAX))
    },
    "hours": Scenario(
        # Two clocks are at most a quarter of an hour apart: the margin of such a room.
        Faults(
            breaks=2.0,
            crashes=1.0,
            departures=1.0,
            skew_seconds_max=450,
            bylaws=(Bylaws(retention_seconds=HOUR_SECONDS),),
        ),
        peers_min=4,
        peers_max=4,
        storm_seconds=180.0,
        records_at_start=0,
        publications=12.0,
        deletions=0.15,
        days=2,
        has_hours=True,
    ),
    "hostile": Scenario(Faults(villains=VILLAIN_NAMES, bylaws=(STRICT,)), peers_min=3, peers_max=8),
    **{
        f"hostile-{name}": Scenario(
            Faults(villains=(name,), bylaws=(STRICT,), judge_seconds=0.0002, light=0.6 * (name == "naming")),
            peers_min=3,
            peers_max=6,
            records_at_start=300 if name == "sketch" else 30,
        )
        for name in VILLAIN_NAMES
    },
    "rules": Scenario(
        Faults(bylaws=PARTIES, breaks=2.0),
        peers_max=6,
        records_at_start=60,
        spam=0.4,
        spam_at_start=0.6,
        quiet_seconds=600.0,
    ),
    "purge": Scenario(
        Faults(purges=60.0, breaks=4.0, crashes=2.0, partitions=1.0), peers_max=6, deletions=0.1, quiet_seconds=600.0
    ),
    "expiry": Scenario(
        Faults(breaks=4.0, crashes=4.0, partitions=1.0, full_disks=2.0, skew_seconds_max=30),
        peers_min=3,
        peers_max=6,
        deletions=0.1,
        briefs=0.6,
        hibernations=(0.02, 0.3),
        quiet_seconds=900.0,
    ),
    "light": Scenario(
        Faults(light=0.6, breaks=4.0, crashes=2.0, partitions=1.0, bylaws=(STRICT,)),
        peers_min=3,
        peers_max=10,
        records_at_start=60,
        deletions=0.1,
        spam=0.1,
        quiet_seconds=600.0,
    ),
    "slow": Scenario(
        Faults(judge_seconds_max=1.0, breaks=2.0),
        peers_max=5,
        publications=30.0,
        records_at_start=150,
        storm_seconds=90.0,
    ),
    "sizes": Scenario(Faults(bylaws=(OPEN, STRICT)), peers_max=4, records_large=20_000, quiet_seconds=600.0),
    "young": Scenario(
        Faults(slow_bytes_per_second=150_000.0),
        peers_max=4,
        records_at_start=0,
        publications=400.0,
        record_bytes=60_000,
    ),
    "clocks": Scenario(Faults(wrong_clocks=12.0, breaks=2.0), peers_max=8, deletions=0.1, hibernations=(2.0,)),
    "disks": Scenario(
        Faults(full_disks=12.0, failing_disks=8.0, breaks=4.0, crashes=2.0, bylaws=(STRICT,)),
        peers_max=8,
        deletions=0.2,
        spam=0.1,
    ),
    "honest": Scenario(
        Faults(
            latency_median=0.1,
            connect_failures=0.1,
            breaks=5.0,
            partitions=1.0,
            crashes=3.0,
            departures=2.0,
            full_disks=3.0,
            failing_disks=2.0,
            purges=20.0,
            wrong_clocks=2.0,
            save_seconds_max=0.2,
            judge_seconds_max=0.1,
            skew_seconds_max=30,
            bylaws=PARTIES,
        ),
        peers_min=3,
        peers_max=8,
        deletions=0.1,
        ephemerals=0.05,
        spam=0.2,
        spam_at_start=0.4,
        quiet_seconds=600.0,
    ),
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
            bylaws=(STRICT,),
        ),
        peers_min=3,
        peers_max=12,
        deletions=0.1,
        spam=0.05,
        ephemerals=0.05,
    ),
}
"""Kinds of histories, by the names the command line knows."""
