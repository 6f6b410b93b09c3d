"""The live view of a room on a terminal: its peers, its last records, its root."""

from collections import deque
from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from peerset.cli.output import printable
from peerset.cli.rows import ID_CHARACTERS, event_line, short_id, short_key
from peerset.ports import TrackerStatus
from peerset.protocol.events import Event
from peerset.protocol.neighbour import PeerStatus
from peerset.room.room import Room
from peerset.room.stream import Lagged

LINES_SHOWN = 10
PEERS_SHOWN = 20
WIDTH_MAX = 1_000
"""Wider than the table ever is."""
COLUMNS = ("peer", "author", "state", "route", "lag", "gained", "given", "in sync")
DROPPED_FIRST = ("route", "given", "gained", "lag", "author", "in sync")
"""On a narrow terminal these go, one by one: a column that is there can be read."""


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
        trackers = Text("\n".join(map(tracker_line, room.trackers)), style="dim")
        lines = Text("\n".join(self._lines), no_wrap=True, overflow="ellipsis")
        return Group(head, trackers, PeerTable(room.peers), lines)


class PeerTable:
    """The first 20 of *peers*, and how many more there are; as many columns as the terminal has room for."""

    def __init__(self, peers: list[PeerStatus]) -> None:
        self._peers = peers

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        table = peer_table(self._peers)
        for count in range(1, len(DROPPED_FIRST) + 1):
            if console.measure(table, options=options.update(max_width=WIDTH_MAX)).maximum <= options.max_width:
                break
            table = peer_table(self._peers, without=DROPPED_FIRST[:count])
        yield table


def peer_table(peers: list[PeerStatus], *, without: Sequence[str] = ()) -> Table:
    """Draw the first 20 of *peers*, and say how many more there are; columns *without* are left out."""
    places = [place for place, column in enumerate(COLUMNS) if column not in without]
    table = Table(*(COLUMNS[place] for place in places), title_justify="left", expand=False)
    for peer in peers[:PEERS_SHOWN]:
        cells = _cells(peer)
        table.add_row(*(Text(cells[place]) for place in places))
    if len(peers) > PEERS_SHOWN:
        table.caption = f"and {len(peers) - PEERS_SHOWN} more"
    return table


def _cells(peer: PeerStatus) -> tuple[str, ...]:
    author = short_key(peer.key) if peer.key is not None else "-"
    lag = f"{peer.lag_seconds * 1000:.0f} ms" if peer.lag_seconds is not None else "-"
    synced = "yes" if peer.is_synced else "no"
    return (peer.id[:ID_CHARACTERS], author, peer.state, peer.route, lag, str(peer.gained), str(peer.given), synced)


def tracker_line(tracker: TrackerStatus) -> str:
    """Say on one line how a tracker stands."""
    members = "" if tracker.swarm_size is None else f", {tracker.swarm_size} members"
    problem = "" if tracker.error is None else f": {printable(tracker.error)}"
    return f"tracker {tracker.url} {tracker.state.value}{members}{problem}"
