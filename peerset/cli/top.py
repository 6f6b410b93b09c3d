"""``peerset top``: the rooms of a running node, as they stand now."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from peerset.cli.loading import load
from peerset.cli.options import SecondsOption, data_folder
from peerset.cli.running import run
from peerset.errors import ConfigError

EXTRA = "textual"


def top(
    *,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="The node's folder (default: the data directory).", show_default=False
        ),
    ] = None,
    seconds: SecondsOption = None,
) -> None:
    """Show the rooms of the running node, with their peers and what is decided there, until q is pressed.

    s sorts them by another column, Enter looks into one, and Escape comes back. Where no node runs, it shows which
    rooms are stored.
    """
    folder = data or data_folder()
    board = _board(folder)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("this draws on a terminal: programs read peerset node list --json, or /metrics")
    # A folder that can have no socket, or has neither node nor rooms, is told of before anything is drawn.
    run(load("peerset.cli.board:see")(folder))
    run(load("peerset.cli.board:show")(board, seconds))


def _board(folder: Path) -> Any:  # noqa: ANN401 - what is loaded late
    try:
        return load("peerset.cli.board:Board")(folder)
    except ModuleNotFoundError as error:
        if error.name != EXTRA:
            raise
        raise ConfigError("peerset top wants textual: pip install 'peerset[top]'") from error
