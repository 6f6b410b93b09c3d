"""What a node tells of itself to Prometheus: figures of each room, in the text format of its scrapers.

Names and units are as Prometheus has them (seconds, bytes, ``_total``). Format:
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from peerset.node.keeper import Standing, State
from peerset.room.room import Room

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class Family:
    """Figures of one name."""

    name: str
    kind: str
    """"gauge" or "counter"."""
    labels: tuple[str, ...]
    about: str


OF_A_ROOM: Final = ("app", "room")

ROOMS: Final = Family("peerset_rooms", "gauge", ("state",), "Rooms that are kept, by how it stands with them.")
RECORDS: Final = Family("peerset_room_records", "gauge", OF_A_ROOM, "Records of the room's set.")
PEERS: Final = Family(
    "peerset_room_peers", "gauge", (*OF_A_ROOM, "state"), "Peers with a channel, by the state of their session."
)
SYNCED: Final = Family("peerset_room_peers_synced", "gauge", OF_A_ROOM, "Peers whose set was ours a moment ago.")
LAG: Final = Family("peerset_room_peer_lag_seconds_max", "gauge", OF_A_ROOM, "The longest round trip to a peer.")
USED: Final = Family(
    "peerset_room_budget_used",
    "gauge",
    (*OF_A_ROOM, "budget"),
    "How much of a budget is taken; the disk's is in bytes.",
)
LIMIT: Final = Family("peerset_room_budget_limit", "gauge", (*OF_A_ROOM, "budget"), "How much of it there may be.")
SPENT: Final = Family(
    "peerset_room_budget_exceeded_total", "counter", (*OF_A_ROOM, "budget"), "How often something gave way to it."
)
PLACES: Final = Family(
    "peerset_room_signaling_places",
    "gauge",
    (*OF_A_ROOM, "strategy", "state"),
    "Trackers and the like, by strategy and state.",
)
ANNOUNCES: Final = Family("peerset_room_announces_total", "counter", (*OF_A_ROOM, "strategy"), "Announcements to them.")
SKEW: Final = Family(
    "peerset_room_clock_skew_seconds", "gauge", OF_A_ROOM, "How far our clock is ahead of the peers' median."
)
COMPUTED: Final = Family("process_cpu_seconds_total", "counter", (), "User and system time that the process computed.")
FAMILIES: Final = (ROOMS, RECORDS, PEERS, SYNCED, LAG, USED, LIMIT, SPENT, PLACES, ANNOUNCES, SKEW, COMPUTED)

Sample = tuple[Family, tuple[str, ...], float]
"""Its labels' values, in the order of the family."""


def exposition(standings: Sequence[Standing], rooms: Iterable[Room]) -> str:
    """Give the figures of a node whose rooms stand as *standings* say, and of those *rooms* that are open."""
    states = Counter(standing.state for standing in standings)
    samples: list[Sample] = [(ROOMS, (state.value,), states[state]) for state in State]
    samples.append((COMPUTED, (), time.process_time()))
    for room in rooms:
        samples += _of_room(room)
    lines: list[str] = []
    for family in FAMILIES:
        lines += [f"# HELP {family.name} {family.about}", f"# TYPE {family.name} {family.kind}"]
        lines += [_line(*sample) for sample in samples if sample[0] is family]
    return "\n".join(lines) + "\n"


def _of_room(room: Room) -> Iterable[Sample]:
    own = (room.name.app, room.name.room)
    yield RECORDS, own, room.count
    peers = room.peers
    for state, count in sorted(Counter(peer.state for peer in peers).items()):
        yield PEERS, (*own, state), count
    yield SYNCED, own, sum(peer.is_synced for peer in peers)
    lags = [peer.lag_seconds for peer in peers if peer.lag_seconds is not None]
    if lags:
        yield LAG, own, max(lags)
    health = room.health
    for budget in health.budgets:
        named = (*own, budget.name)
        yield from ((USED, named, budget.used), (LIMIT, named, budget.limit), (SPENT, named, budget.count))
    if health.skew_seconds is not None:
        yield SKEW, own, health.skew_seconds
    # Their addresses may have a user's name and password in them.
    places = room.signaling
    for (strategy, state), count in sorted(Counter((place.strategy, place.state.value) for place in places).items()):
        yield PLACES, (*own, strategy, state), count
    for strategy in sorted({place.strategy for place in places}):
        said = sum(place.announces for place in places if place.strategy == strategy)
        yield ANNOUNCES, (*own, strategy), said


def _line(family: Family, values: tuple[str, ...], figure: float) -> str:
    pairs = zip(family.labels, values, strict=True)
    named = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in pairs)
    return f"{family.name}{{{named}}} {figure}" if named else f"{family.name} {figure}"
