"""The live view of a room on a terminal: its peers, its last records, its root."""

from collections import deque

from rich.console import Group, RenderableType
from rich.text import Text

from peerset.cli.narrow import NarrowTable, Row
from peerset.cli.output import printable
from peerset.cli.rows import ID_CHARACTERS, budget_line, event_line, short_id, short_key
from peerset.core.typed import span_text
from peerset.ports import SignalingStatus
from peerset.protocol.events import Event
from peerset.protocol.neighbour import PeerStatus
from peerset.room.room import Room
from peerset.room.stream import Lagged

LINES_SHOWN = 10
PEERS_SHOWN = 20
COLUMNS = ("peer", "author", "state", "route", "lag", "gained", "given", "in sync")
DROPPED_FIRST = ("route", "given", "gained", "lag", "author", "in sync")
"""What a narrow terminal goes without, one by one."""


class RoomView:
    """What the last events were, and how the room looks now."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: deque[str] = deque(maxlen=LINES_SHOWN)

    def note(self, event: Event | Lagged) -> None:
        """Remember *event* as one of the last lines."""
        self._lines.append(event_line(event))

    def render(self, room: Room) -> RenderableType:
        """Draw *room* as it is now."""
        # Everything a stranger wrote is Text, so that nothing in it is taken for markup.
        head = Text(f"{self._name}  {room.count} records  root {short_id(room.root)}  as {short_key(room.key)}")
        ways = Text("\n".join(map(signaling_line, room.signaling)), style="dim")
        biting = [Text(budget_line(budget), style="yellow") for budget in room.health.biting]
        lines = Text("\n".join(self._lines), no_wrap=True, overflow="ellipsis")
        return Group(head, ways, *biting, peer_table(room.peers), lines)


def peer_table(peers: list[PeerStatus]) -> NarrowTable:
    """Draw the first 20 of *peers*, and say how many more there are."""
    more = len(peers) - PEERS_SHOWN
    rows = [Row(_cells(peer)) for peer in peers[:PEERS_SHOWN]]
    return NarrowTable(COLUMNS, rows, DROPPED_FIRST, caption=f"and {more} more" if more > 0 else None)


def _cells(peer: PeerStatus) -> tuple[str, ...]:
    author = short_key(peer.key) if peer.key is not None else "-"
    lag = f"{peer.lag_seconds * 1000:.0f} ms" if peer.lag_seconds is not None else "-"
    synced = "yes" if peer.is_synced else progress_of(peer) or ("other rules" if peer.has_other_rules else "no")
    synced += "" if peer.keeps_seconds is None else f", keeps {span_text(peer.keeps_seconds)}"
    return (peer.id[:ID_CHARACTERS], author, peer.state, peer.route, lag, str(peer.gained), str(peer.given), synced)


def retention_line(peer: PeerStatus) -> str:
    """Say that a peer keeps records for another time than we do; nothing where it does not."""
    if peer.keeps_seconds is None:
        return ""
    name, span = peer.id[:ID_CHARACTERS], span_text(peer.keeps_seconds)
    return f"peer {name} keeps records for {span}, and we for another time: what both keep is shared (--retention)"


def progress_of(peer: PeerStatus) -> str:
    """Say how much of what a peer has more is here, while it comes."""
    way = peer.progress
    return "" if way is None or not 0 <= way.arrived < way.wanted else f"{way.arrived} of {way.wanted}"


def signaling_line(status: SignalingStatus) -> str:
    """Say on one line how a place where peers are met stands."""
    members = "" if status.swarm_size is None else f", {status.swarm_size} members"
    problem = "" if status.error is None else f": {printable(status.error)}"
    return f"{status.strategy} {status.place} {status.state.value}{members}{problem}"
