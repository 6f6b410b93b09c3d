"""Bars on the terminal: how many of how many are there, and for bytes how fast and for how much longer."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from peerset.cli.output import printable

Moved = Callable[[int, int | None], None]
"""Is told how many bytes are there by now, and of how many in all if that is known."""

WHAT_CHARACTERS_MAX = 30


@contextmanager
def byte_bar(what: str, *, is_quiet: bool) -> Iterator[Moved]:
    """Show a bar on standard error while it is a terminal; *what* may be a stranger's path."""
    console = Console(stderr=True)
    columns: list[ProgressColumn] = [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
    ]
    # What is printed meanwhile stands above the bar, but goes where it is meant to go.
    is_off, is_terminal = is_quiet or not console.is_terminal, sys.stdout.isatty()
    with Progress(*columns, console=console, disable=is_off, redirect_stdout=is_terminal) as progress:
        task = progress.add_task(printable(what, characters_max=WHAT_CHARACTERS_MAX), total=None)

        def moved(done: int, total: int | None) -> None:
            progress.update(task, completed=done, total=total)

        yield moved


def count_bar(what: str) -> Progress:
    """Give a bar of what is counted, on standard error while it is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)
