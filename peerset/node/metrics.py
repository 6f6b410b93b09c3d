"""What a node tells of itself to Prometheus: figures of each room, and of the process, as its own library writes them.

Names and units are as Prometheus has them (seconds, bytes, ``_total``):
https://prometheus.io/docs/practices/naming/. The library comes with the extra ``peerset[node]``.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from peerset.faces.tally import FaceTallies, FaceTally
from peerset.node.keeper import Standing, State
from peerset.protocol.health import Budget
from peerset.room.room import Room
from peerset.room.tally import Tally


@dataclass(frozen=True, slots=True)
class Family:
    """Figures of one name."""

    name: str
    kind: type[GaugeMetricFamily | CounterMetricFamily]
    labels: tuple[str, ...]
    about: str


OF_A_ROOM: Final = ("app", "room")

ROOMS: Final = Family(
    "peerset_rooms", GaugeMetricFamily, ("state",), "Rooms that are kept, by how it stands with them."
)
NODE_USED: Final = Family(
    "peerset_node_budget_used",
    GaugeMetricFamily,
    ("budget",),
    "How much of a budget of the whole node is taken; disk and memory are in bytes.",
)
NODE_LIMIT: Final = Family("peerset_node_budget_limit", GaugeMetricFamily, ("budget",), "How much of it there may be.")
NODE_SPENT: Final = Family(
    "peerset_node_budget_exceeded_total", CounterMetricFamily, ("budget",), "How often rooms gave way to it."
)
RECORDS: Final = Family("peerset_room_records", GaugeMetricFamily, OF_A_ROOM, "Records of the room's set.")
PEERS: Final = Family(
    "peerset_room_peers",
    GaugeMetricFamily,
    (*OF_A_ROOM, "state"),
    "Peers with a channel, by the state of their session.",
)
SYNCED: Final = Family(
    "peerset_room_peers_synced", GaugeMetricFamily, OF_A_ROOM, "Peers whose set was ours a moment ago."
)
LAG: Final = Family(
    "peerset_room_peer_lag_seconds_max", GaugeMetricFamily, OF_A_ROOM, "The longest round trip to a peer."
)
USED: Final = Family(
    "peerset_room_budget_used",
    GaugeMetricFamily,
    (*OF_A_ROOM, "budget"),
    "How much of a budget is taken; the disk's is in bytes.",
)
LIMIT: Final = Family(
    "peerset_room_budget_limit", GaugeMetricFamily, (*OF_A_ROOM, "budget"), "How much of it there may be."
)
SPENT: Final = Family(
    "peerset_room_budget_exceeded_total",
    CounterMetricFamily,
    (*OF_A_ROOM, "budget"),
    "How often something gave way to it.",
)
PLACES: Final = Family(
    "peerset_room_signaling_places",
    GaugeMetricFamily,
    (*OF_A_ROOM, "strategy", "state"),
    "Trackers and the like, by strategy and state.",
)
ANNOUNCES: Final = Family(
    "peerset_room_announces_total", CounterMetricFamily, (*OF_A_ROOM, "strategy"), "Announcements to them."
)
SKEW: Final = Family(
    "peerset_room_clock_skew_seconds", GaugeMetricFamily, OF_A_ROOM, "How far our clock is ahead of the peers' median."
)
MESSAGES: Final = Family(
    "peerset_room_messages_total",
    CounterMetricFamily,
    (*OF_A_ROOM, "direction"),
    "Messages on channels, by direction: in or out.",
)
CROSSED: Final = Family(
    "peerset_room_message_bytes_total",
    CounterMetricFamily,
    (*OF_A_ROOM, "direction"),
    "Their bytes, before channels encrypt them.",
)
SESSIONS: Final = Family(
    "peerset_room_sessions_total", CounterMetricFamily, OF_A_ROOM, "Peers that proved a key, each time they came."
)
ROUNDS: Final = Family(
    "peerset_room_rounds_total",
    CounterMetricFamily,
    (*OF_A_ROOM, "end"),
    "Rounds of sync, by what both sets were at the end: equal or unequal.",
)
ADDED: Final = Family("peerset_room_records_added_total", CounterMetricFamily, OF_A_ROOM, "Records that were new here.")
REFUSED: Final = Family(
    "peerset_room_records_refused_total",
    CounterMetricFamily,
    (*OF_A_ROOM, "cause", "rule"),
    "Records that were refused, by cause and by the rule that did.",
)
STRIKES: Final = Family("peerset_room_strikes_total", CounterMetricFamily, OF_A_ROOM, "What peers did that is illegal.")
COLLECTIONS: Final = Family(
    "peerset_room_collections_total", CounterMetricFamily, OF_A_ROOM, "How often what is old was taken out."
)
COLLECTED: Final = Family(
    "peerset_room_records_collected_total",
    CounterMetricFamily,
    (*OF_A_ROOM, "why"),
    "Records that were: deleted as old, or emptied since they expired.",
)
COLLECTED_AT: Final = Family(
    "peerset_room_last_collection_timestamp_seconds", GaugeMetricFamily, OF_A_ROOM, "When it was done last."
)
ASKED: Final = Family(
    "peerset_face_requests_total",
    CounterMetricFamily,
    ("face", "code"),
    "Requests to a face, by the status of the answer.",
)
ASKING: Final = Family(
    "peerset_face_requests_open",
    GaugeMetricFamily,
    ("face",),
    "Requests that are being answered, such as web sockets.",
)
FACE_REFUSED: Final = Family(
    "peerset_face_refusals_total",
    CounterMetricFamily,
    ("face", "reason"),
    "What clients asked for on a web socket and did not get, by the word that they were told.",
)
FAMILIES: Final = (
    *(
        ROOMS,
        NODE_USED,
        NODE_LIMIT,
        NODE_SPENT,
        RECORDS,
        PEERS,
        SYNCED,
        LAG,
        USED,
        LIMIT,
        SPENT,
        PLACES,
        ANNOUNCES,
        SKEW,
        MESSAGES,
        CROSSED,
        SESSIONS,
    ),
    *(ROUNDS, ADDED, REFUSED, STRIKES, COLLECTIONS, COLLECTED, COLLECTED_AT, ASKED, ASKING, FACE_REFUSED),
)
SERIES_OF_A_ROOM_MAX: Final = 200
"""No label tells of a peer, a key or an address: a room has so many figures at most, whoever comes."""

Sample = tuple[Family, tuple[str, ...], float]
"""Its labels' values, in the order of the family."""


async def sample(
    standings: Sequence[Standing],
    rooms: Iterable[Room],
    faces: FaceTallies | None = None,
    budgets: Iterable[Budget] = (),
) -> list[Sample]:
    """Read the figures of a node whose rooms stand as *standings* say, of those *rooms* that are open, and of *faces*.

    *budgets* are those of all rooms together.

    Between rooms others have their turn: a node has hundreds.
    """
    states = Counter(standing.state for standing in standings)
    samples: list[Sample] = [(ROOMS, (state.value,), states[state]) for state in State]
    for budget in budgets:
        samples += _of_budget(budget)
    for face, tally in (faces or {}).items():
        samples += _of_face(face, tally)
    for room in rooms:
        if room.is_open:
            samples += _of_room(room)
        await asyncio.sleep(0)
    return samples


def exposition(samples: Iterable[Sample]) -> bytes:
    """Write *samples*, and what the process takes; may be called on any thread, since it takes a millisecond a room.

    They are of the content type ``CONTENT_TYPE_PLAIN_0_0_4`` of the library.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Figures(samples))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples: dict[str, list[Sample]] = {family.name: [] for family in FAMILIES}
        for each in samples:
            self._samples[each[0].name].append(each)

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Give all families, those of which there is nothing to tell among them."""
        for family in FAMILIES:
            told = family.kind(family.name, family.about, labels=family.labels)
            for _, values, figure in self._samples[family.name]:
                told.add_metric(values, figure)
            yield told


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
    yield from _counted(own, room.tally)


def _counted(own: tuple[str, str], tally: Tally) -> Iterable[Sample]:
    yield MESSAGES, (*own, "in"), tally.received_messages
    yield MESSAGES, (*own, "out"), tally.sent_messages
    yield CROSSED, (*own, "in"), tally.received_bytes
    yield CROSSED, (*own, "out"), tally.sent_bytes
    yield SESSIONS, own, tally.sessions
    yield ROUNDS, (*own, "equal"), tally.rounds
    yield ROUNDS, (*own, "unequal"), tally.unequal
    yield ADDED, own, tally.added
    for (cause, rule), count in tally.refused.items():
        yield REFUSED, (*own, cause.value, rule), count
    yield STRIKES, own, tally.strikes
    yield COLLECTIONS, own, tally.collections
    yield COLLECTED, (*own, "old"), tally.collected
    yield COLLECTED, (*own, "expired"), tally.expired
    if tally.collected_at is not None:
        yield COLLECTED_AT, own, tally.collected_at


def _of_budget(budget: Budget) -> Iterable[Sample]:
    named = (budget.name,)
    return (NODE_USED, named, budget.used), (NODE_LIMIT, named, budget.limit), (NODE_SPENT, named, budget.count)


def _of_face(face: str, tally: FaceTally) -> Iterable[Sample]:
    yield ASKING, (face,), tally.open
    for status, count in tally.answered.items():
        yield ASKED, (face, str(status)), count
    for reason, count in tally.refused.items():
        yield FACE_REFUSED, (face, reason), count
