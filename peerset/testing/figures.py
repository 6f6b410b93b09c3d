"""What a run of a large swarm came to: one line of figures, or all of them as JSON."""

import json
import math
from dataclasses import dataclass

from peerset.testing.meter import quantile


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Who had whom at the end, by the numbers of members, and when the last record reached them."""

    networks: tuple[str, ...]
    """Of each member."""
    hostile: frozenset[int]
    edges: tuple[tuple[int, int], ...]
    arrivals: dict[int, float]
    """Seconds from its publication."""


@dataclass(frozen=True, slots=True)
class Ideal:
    """How long deliveries would have taken, ascending, over the same links with the same delays."""

    flood: tuple[float, ...]
    """If everybody had sent each record to all its neighbours: the fastest that there is and ten times the copies."""
    tree: tuple[float, ...]
    """Along one tree, whose root is few links from everybody: the fastest with one copy for each, or nearly."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to; of honest members only, but for `members`."""

    members: int
    honest: int
    living: int
    """How many of them lived at the end,"""
    unmet: int
    """and how many of these never met anybody: unless nobody did, they count neither as parts nor for records."""
    late: int
    """How many of those that met nobody came too late for it: the trackers stopped before, or a moment after."""
    seed: int
    degrees: tuple[int, ...]
    """Established neighbours of each."""
    parts: int
    """Into how many parts they fell at worst; one is good."""
    reached: float
    """The part of all records that all living members of the swarm have in the end, on average,"""
    converged: float
    """and the part of the members that have every record,"""
    converge_seconds: float
    """which took so long after the last one was written; infinity when it never happened."""
    lost: int
    """Records that somebody had saved, and that nobody alive has."""
    seconds: tuple[float, ...]
    """How long each delivery took, ascending."""
    ideal: Ideal
    copies: float
    """How often a record was sent for each that needed it."""
    framed_bytes: float
    """What a record cost a member, everything that was said meanwhile included."""
    idle_bytes: float
    """What a member sent in a second while nobody wrote."""
    banned: int
    """Honest members that another one bans."""
    happened: int
    """Inputs and effects in all."""
    snapshot: Snapshot

    @property
    def degree(self) -> float:
        """The mean of all degrees."""
        return sum(self.degrees) / max(1, len(self.degrees))

    def delivery(self, part: float) -> float:
        """Give the seconds within which *part* of the deliveries happened."""
        return quantile(self.seconds, part)

    def line(self, *, cpu_seconds: int, rss_mib: int) -> str:
        """Write the figures for a terminal, and what the run took."""
        hostile = self.members - self.honest
        after = f"within {self.converge_seconds:.0f} s" if math.isfinite(self.converge_seconds) else "in time"
        tree, flood = quantile(self.ideal.tree, 0.99), quantile(self.ideal.flood, 0.99)
        best = f"along an ideal tree {tree:.2f} s, flooded {flood:.2f} s"
        words = [
            f"{self.members:,} members, seed {self.seed}" + (f", {hostile:,} of them hostile" if hostile else ""),
            f"{self.converged:.2%} converged {after}, {self.reached:.2%} of all records reached",
            f"a record's way p50 {self.delivery(0.5):.2f} s, p99 {self.delivery(0.99):.2f} s ({best})",
            f"{self.framed_bytes:.0f} B framed a record and peer, {self.copies:.2f} copies",
            f"idle {self.idle_bytes:.0f} B/s a peer",
            f"{self.degree:.1f} neighbours ({min(self.degrees, default=0)} to {max(self.degrees, default=0)})",
            f"{self.parts} part" + ("s" if self.parts > 1 else ""),
            *([f"{self.unmet} met nobody" + (f", {self.late} came too late" if self.late else "")] * bool(self.unmet)),
            f"{self.lost} records lost",
            f"{self.banned} honest banned",
            f"{cpu_seconds:,} s of the processor, {rss_mib:,} MiB",
        ]
        return "; ".join(words)

    def to_json(self, *, cpu_seconds: int, rss_mib: int) -> str:
        """Write the figures for a script, and what the run took."""
        values = {
            "members": self.members,
            "hostile": self.members - self.honest,
            "living": self.living,
            "unmet": self.unmet,
            "late": self.late,
            "seed": self.seed,
            "converged": self.converged,
            "converge_seconds": self.converge_seconds if math.isfinite(self.converge_seconds) else None,
            "reached": self.reached,
            "lost": self.lost,
            "p50_seconds": self.delivery(0.5),
            "p99_seconds": self.delivery(0.99),
            "tree_p99_seconds": quantile(self.ideal.tree, 0.99),
            "flood_p99_seconds": quantile(self.ideal.flood, 0.99),
            "framed_bytes": self.framed_bytes,
            "copies": self.copies,
            "idle_bytes_per_second": self.idle_bytes,
            "degree": self.degree,
            "degree_least": min(self.degrees, default=0),
            "degree_most": max(self.degrees, default=0),
            "parts": self.parts,
            "banned": self.banned,
            "happened": self.happened,
            "cpu_seconds": cpu_seconds,
            "rss_mib": rss_mib,
        }
        return json.dumps(values)
