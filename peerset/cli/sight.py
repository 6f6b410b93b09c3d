"""What a running node shows of its rooms to ``peerset top``: plain values, which cross its socket as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

from peerset.cli.output import discreet
from peerset.cli.rows import budget_line, event_line, short_key
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.node.keeper import Standing
from peerset.protocol.health import Budget
from peerset.protocol.neighbour import PeerStatus
from peerset.room.room import Room

DECISIONS_SHOWN: Final = 100
PEERS_SHOWN: Final = 100
OPEN: Final = "open"
STORED: Final = "stored"
"""The state of a room that no node keeps now."""


class _Row:
    """A row of plain values."""

    @classmethod
    def read(cls, row: object) -> Self:
        """Read a row that came as JSON.

        Raises:
            ConfigError: it has other fields: the node is of another version.

        """
        names = {field.name for field in fields(cls)}  # type: ignore[arg-type]  # each of them is a dataclass
        if not isinstance(row, dict) or row.keys() != names:
            raise ConfigError("the node is of another version of peerset: start it anew")
        return cls(**row)


@dataclass(frozen=True, slots=True)
class RoomRow(_Row):
    """How one room stands."""

    app: str
    room: str
    state: str
    """As `peerset.node.keeper.State` says it, or `STORED`."""
    reason: str = ""
    records: int = 0
    peers: int = 0
    synced: int = 0
    """Of the peers, those whose set was ours a moment ago."""
    lag_seconds: float | None = None
    """The longest round trip to one of them."""
    received_bytes: int = 0
    sent_bytes: int = 0
    """On channels, since the room was opened."""
    refused: int = 0
    """Records, since then."""
    places: int = 0
    """Where peers are met."""
    places_open: int = 0
    budgets: int = 0
    """That bite."""
    skew_seconds: int | None = None
    """By how much our clock is ahead of the peers'."""


@dataclass(frozen=True, slots=True)
class PeerRow(_Row):
    """How one peer of a room stands."""

    peer: str
    author: str
    state: str
    route: str
    lag_seconds: float | None
    is_synced: bool
    gained: int
    given: int


@dataclass(frozen=True, slots=True)
class DecisionRow(_Row):
    """What was decided in a room."""

    at: int
    app: str
    room: str
    text: str
    """In words, on one line."""


@dataclass(frozen=True, slots=True)
class Sight:
    """All that is shown at a time."""

    rooms: Sequence[RoomRow]
    decisions: Sequence[DecisionRow] = ()
    """Of all rooms, or of the one that is looked into; the last `DECISIONS_SHOWN`, oldest first."""
    peers: Sequence[PeerRow] = ()
    """Of the room that is looked into; the first `PEERS_SHOWN`."""
    notes: Sequence[str] = ()
    """Which budgets of it bite, and where peers are met; where none is looked into, which of all together bite."""

    def row(self) -> dict[str, Any]:
        """Write it as JSON has it."""
        return asdict(self)

    @classmethod
    def read(cls, row: object) -> Self:
        """Read what came as JSON.

        Raises:
            ConfigError: it is something else: the node is of another version.

        """
        match row:
            case {"rooms": list(rooms), "decisions": list(decisions), "peers": list(peers), "notes": list(notes)}:
                return cls(
                    [RoomRow.read(row) for row in rooms],
                    [DecisionRow.read(row) for row in decisions],
                    [PeerRow.read(row) for row in peers],
                    [str(note) for note in notes],
                )
            case _:
                raise ConfigError("the node is of another version of peerset: start it anew")


def look(
    standings: Iterable[Standing],
    rooms: Iterable[Room],
    into: RoomName | None = None,
    *,
    budgets: Iterable[Budget] = (),
) -> Sight:
    """Look at the rooms that stand as *standings* say, of which *rooms* are open; closer at the one named *into*.

    *budgets* are those of all together.
    """
    open_rooms = {room.name: room for room in rooms}
    rows = [_room_row(standing, open_rooms.get(standing.name)) for standing in standings]
    seen = [room for name, room in open_rooms.items() if into in (None, name)]
    decisions = sorted((row for room in seen for row in _decisions(room)), key=lambda row: row.at)[-DECISIONS_SHOWN:]
    near = None if into is None else open_rooms.get(into)
    if near is None:
        return Sight(rows, decisions, notes=[budget_line(budget) for budget in budgets if budget.since is not None])
    notes = [budget_line(budget) for budget in near.health.biting]
    notes += [
        f"{place.strategy} {discreet(place.place)} {place.state.value}{f': {place.error}' if place.error else ''}"
        for place in near.signaling
    ]
    return Sight(rows, decisions, [_peer_row(peer) for peer in near.peers[:PEERS_SHOWN]], notes)


def look_at_disk(folder: Path) -> Sight:
    """Show what is stored in *folder*, of which no node tells more than the names of the files."""
    files = sorted((folder / "rooms").glob("*.db"))
    return Sight([RoomRow("", path.stem, STORED, f"{path.stat().st_size:,} bytes") for path in files])


def _room_row(standing: Standing, room: Room | None) -> RoomRow:
    name, state, reason = standing.name, standing.state.value, discreet(standing.reason)
    if room is None:
        return RoomRow(name.app, name.room, state, reason)
    peers, tally, places, health = room.peers, room.tally, room.signaling, room.health
    return RoomRow(
        name.app,
        name.room,
        state,
        reason,
        records=room.count,
        peers=len(peers),
        synced=sum(peer.is_synced for peer in peers),
        lag_seconds=max((peer.lag_seconds for peer in peers if peer.lag_seconds is not None), default=None),
        received_bytes=tally.received_bytes,
        sent_bytes=tally.sent_bytes,
        refused=tally.refused.total(),
        places=len(places),
        places_open=sum(place.state.value == OPEN for place in places),
        budgets=len(health.biting),
        skew_seconds=health.skew_seconds,
    )


def _peer_row(peer: PeerStatus) -> PeerRow:
    author = "-" if peer.key is None else short_key(peer.key)
    gained = peer.gained, peer.given
    return PeerRow(peer.id, author, peer.state, peer.route, peer.lag_seconds, peer.is_synced, *gained)


def _decisions(room: Room) -> Iterable[DecisionRow]:
    name = room.name
    return [DecisionRow(at, name.app, name.room, event_line(event)) for at, event in room.tally.decisions]
