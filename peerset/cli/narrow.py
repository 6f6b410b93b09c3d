"""Tables that leave out columns, and never letters, where a terminal is narrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

WIDTH_MAX: Final = 1_000
"""Wider than any table of ours."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line."""

    cells: Sequence[str]
    """As many as there are columns; whatever strangers wrote in them is no markup."""
    style: str | None = None


@dataclass(frozen=True, slots=True)
class NarrowTable:
    """As many of the *columns* as the terminal has room for."""

    columns: Sequence[str]
    rows: Sequence[Row]
    dropped_first: Sequence[str] = ()
    """These go, one by one: a column that is there can be read."""
    caption: str | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        whole = options.update(max_width=WIDTH_MAX)
        drawn = self._without(())
        for count in range(1, len(self.dropped_first) + 1):
            if console.measure(drawn, options=whole).maximum <= options.max_width:
                break
            drawn = self._without(self.dropped_first[:count])
        yield drawn

    def print(self) -> None:
        """Print it; into a file or a pipe it goes as wide as it is."""
        console = Console()
        if not console.is_terminal:
            console.width = WIDTH_MAX
        console.print(self)

    def _without(self, dropped: Sequence[str]) -> Table:
        places = [place for place, column in enumerate(self.columns) if column not in dropped]
        table = Table(*(self.columns[place] for place in places), caption=self.caption, expand=False)
        for row in self.rows:
            table.add_row(*(Text(row.cells[place]) for place in places), style=row.style)
        return table
