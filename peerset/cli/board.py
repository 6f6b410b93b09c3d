"""The board that ``peerset top`` draws: rooms above what is decided in them, and one room with its peers.

Whatever strangers wrote (names of rooms, reasons) is shown on one line with everything escaped that could steer a
terminal, and is no markup.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from rich.cells import cell_len
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Footer, Static

from peerset.cli.output import printable
from peerset.cli.rows import ID_CHARACTERS, time_text
from peerset.cli.running import lasting
from peerset.cli.sight import PeerRow, RoomRow, Sight, look_at_disk
from peerset.errors import ConfigError
from peerset.node.control import ask

LOOK_SECONDS: Final = 1.0
NAME_CHARACTERS_MAX: Final = 24
LINES_SHOWN: Final = 50

Named = tuple[str, str]
"""The app and the name of a room."""
Key = Callable[[RoomRow], Any]
ROOM_COLUMNS: Final = ("room", "state", "records", "synced", "refused", "in/s", "out/s", "lag")
DROPPED_FIRST: Final = ("lag", "out/s", "in/s", "refused", "author", "route", "given", "gained")
"""What a narrow terminal goes without, one by one: a column that is there can be read."""
PADDING: Final = 2
"""Columns of the terminal beside those of a cell."""
PEER_COLUMNS: Final = ("peer", "author", "state", "route", "lag", "synced", "gained", "given")
SORTS: Final[Mapping[str, Key]] = {
    "room": lambda row: (row.room, row.app),
    "records": lambda row: -row.records,
    "peers": lambda row: -row.peers,
    "refused": lambda row: -row.refused,
    "state": lambda row: (row.state == "open", row.state, row.room),
}
"""By what rooms can be sorted; those that are not open come first by their state."""


async def see(folder: Path, into: Named | None = None) -> tuple[Sight, str]:
    """Look at the rooms of the node of *folder*, or at what is stored there; give a word for the latter.

    Raises:
        ConfigError: there is neither, or what answers is of another version.

    """
    order = {} if into is None else dict(zip(("app", "room"), into, strict=True))
    try:
        answer = await ask(folder, {"verb": "look", **order})
    except ConfigError as error:
        stored = look_at_disk(folder)
        if not stored.rooms:
            raise
        return stored, str(error)
    return Sight.read(answer), ""


async def show(board: "Board", seconds: float | None) -> None:
    """Draw *board* until its reader leaves, or for so many *seconds*."""
    async with lasting(seconds):
        await board.run_async()


class Rates:
    """How much crosses the channels of each room a second, between two looks."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[float, int, int]] = {}

    def take(self, row: RoomRow, now: float) -> tuple[float, float]:
        """Give what came in and went out a second since the last look at the room; nothing at the first."""
        name = row.app, row.room
        before, received, sent = self._last.get(name, (now, row.received_bytes, row.sent_bytes))
        self._last[name] = now, row.received_bytes, row.sent_bytes
        seconds = max(now - before, 1e-9)
        # A room that was opened again counts from 0.
        return max(0, row.received_bytes - received) / seconds, max(0, row.sent_bytes - sent) / seconds


class Board(App[None]):
    """Looks at the node of *folder* once a second."""

    CSS = """
    Static { height: auto; padding: 0 1; }
    DataTable { height: 2fr; }
    #lines { height: 1fr; border-top: solid $primary; overflow-y: auto; padding: 0 1; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("s", "sort", "Sort"),
        Binding("enter", "into", "Look into", priority=True),
        Binding("escape", "back", "Back"),
    ]

    def __init__(self, folder: Path) -> None:
        super().__init__(ansi_color="NO_COLOR" in os.environ)
        self.into: Named | None = None
        """The room that is looked into."""
        self.sort = next(iter(SORTS))
        self._folder = folder
        self._rates = Rates()
        self._rooms: list[RoomRow] = []
        """As they are drawn."""
        self._columns: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield Static(id="head", markup=False)
        yield DataTable(cursor_type="row", zebra_stripes=True)
        yield Static(id="lines", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        self.set_interval(LOOK_SECONDS, self.look)
        self.call_after_refresh(self.look)

    async def look(self) -> None:
        """Look now, and draw it; what goes wrong is a word in the first line."""
        try:
            sight, word = await see(self._folder, self.into)
        except ConfigError as error:
            sight, word = Sight([]), str(error)
        self.draw(sight, word)

    def draw(self, sight: Sight, word: str = "") -> None:
        """Draw *sight*, with a *word* on what is wrong."""
        near = [row for row in sight.rooms if self.into == (row.app, row.room)]
        if self.into is not None and not near:
            self.into = None
        if near:
            self._write("head", [*_room_lines(near[0]), *sight.notes], word)
            self._fill(PEER_COLUMNS, [_peer_cells(peer) for peer in sight.peers])
        else:
            now = asyncio.get_running_loop().time()
            self._rooms = sorted(sight.rooms, key=SORTS[self.sort])
            self._write("head", [_summary(sight.rooms, self.sort), *sight.notes], word)
            self._fill(ROOM_COLUMNS, [_room_cells(row, self._rates.take(row, now)) for row in self._rooms])
        lines = [f"{time_text(row.at)[-8:]} {_name(row.app, row.room)} {row.text}" for row in sight.decisions]
        self._write("lines", lines[-LINES_SHOWN:] or ["nothing was refused yet"])

    async def on_resize(self) -> None:
        """Draw anew: there is room for other columns."""
        await self.look()

    async def action_sort(self) -> None:
        """Sort by what comes next."""
        names = list(SORTS)
        self.sort = names[(names.index(self.sort) + 1) % len(names)]
        await self.look()

    async def action_into(self) -> None:
        """Look into the room under the cursor."""
        table = self.query_one(DataTable)
        if self.into is None and self._rooms:
            row = self._rooms[min(table.cursor_row, len(self._rooms) - 1)]
            self.into = row.app, row.room
            await self.look()

    async def action_back(self) -> None:
        """Look at all rooms again."""
        self.into = None
        await self.look()

    async def on_data_table_row_selected(self) -> None:
        """Look into the room that is clicked."""
        await self.action_into()

    def _write(self, part: str, lines: Sequence[str], word: str = "") -> None:
        self.query_one(f"#{part}", Static).update("\n".join(map(printable, [*filter(None, [word]), *lines])))

    def _fill(self, columns: tuple[str, ...], rows: Sequence[Sequence[str]]) -> None:
        table = self.query_one(DataTable)
        cursor = table.cursor_row
        rows = [list(map(printable, cells)) for cells in rows]
        places = _fitting(columns, rows, self.size.width)
        columns = tuple(columns[place] for place in places)
        if columns != self._columns:
            table.clear(columns=True)
            table.add_columns(*columns)
            self._columns, cursor = columns, 0
        else:
            table.clear()
        for cells in rows:
            # A text is no markup.
            table.add_row(*(Text(cells[place]) for place in places))
        table.move_cursor(row=cursor)


def _fitting(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Say which of *columns* a terminal of this *width* has room for."""
    widths = [max(map(cell_len, cells)) + PADDING for cells in zip(columns, *rows, strict=True)]
    places = list(range(len(columns)))
    for dropped in DROPPED_FIRST:
        if sum(widths[place] for place in places) <= width:
            break
        places = [place for place in places if columns[place] != dropped]
    return places


def _summary(rows: Sequence[RoomRow], sort: str) -> str:
    states = [row.state for row in rows]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states)))
    return f"{counts or 'no rooms'} · {sum(row.peers for row in rows)} peers · sorted by {sort}"


def _room_lines(row: RoomRow) -> list[str]:
    reason = f" ({row.reason})" if row.reason else ""
    figures = f"{row.records:,} records, {row.synced} of {row.peers} peers in sync, {row.refused:,} refused"
    return [_name(row.app, row.room, characters_max=200), f"{row.state}{reason} · {figures}"]


def _room_cells(row: RoomRow, rates: tuple[float, float]) -> list[str]:
    figures = [f"{row.records:,}", f"{row.synced}/{row.peers}", f"{row.refused:,}"]
    state = row.state + ("!" if row.budgets else "")
    return [_name(row.app, row.room), state, *figures, *map(_bytes, rates), _lag(row.lag_seconds)]


def _peer_cells(row: PeerRow) -> list[str]:
    synced = "yes" if row.is_synced else "no"
    known = [row.peer[:ID_CHARACTERS], row.author, row.state, row.route, _lag(row.lag_seconds), synced]
    return [*known, f"{row.gained:,}", f"{row.given:,}"]


def _name(app: str, room: str, *, characters_max: int = NAME_CHARACTERS_MAX) -> str:
    return printable(f"{app}/{room}" if app else room, characters_max=characters_max)


def _lag(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1_000:.0f} ms"


def _bytes(per_second: float) -> str:
    return f"{per_second / 1_000:,.1f} kB" if per_second >= 100 else f"{per_second:.0f} B"
