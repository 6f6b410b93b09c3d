"""``peerset sync``: a room over standard streams, a child process or a socket; no tracker is asked."""

from typing import Annotated

import typer

from peerset.cli.loading import load
from peerset.cli.options import ImportOptions, JsonOption, RoomArgument
from peerset.cli.running import run
from peerset.errors import ConfigError


def sync(
    room: RoomArgument,
    *,
    options: ImportOptions,
    command: Annotated[
        str,
        typer.Option(
            "--with",
            metavar="COMMAND",
            help="Run this, and sync over its standard streams: 'ssh box peerset sync lobby'.",
            show_default=False,
        ),
    ] = "",
    listen: Annotated[
        str,
        typer.Option(
            "--listen",
            metavar="[HOST:]PORT",
            help="Sync with whoever connects, until Ctrl-C; on this machine alone unless a host is named.",
            show_default=False,
        ),
    ] = "",
    connect: Annotated[
        str,
        typer.Option("--connect", metavar="HOST:PORT", help="Sync with who listens there.", show_default=False),
    ] = "",
    once: Annotated[bool, typer.Option("--once", help="With --listen, end after the first connection.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Stay until the other end goes, and pass on what comes.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Bring a room's records together with another peerset's over standard streams, a command or a socket.

    Both hold the same afterwards. No tracker is asked, and nothing else goes over the network.
    """
    if sum(map(bool, (command, listen, connect))) > 1:
        raise ConfigError("--with, --listen and --connect are three ways; one of them is enough")
    if once and not listen:
        raise ConfigError("--once is said with --listen")
    syncing = load("peerset.cli.syncing:Syncing")(room, options, is_live=live, as_json=json)
    if command:
        run(syncing.over_command(command))
    elif listen:
        run(syncing.listen(listen, once=once))
    elif connect:
        run(syncing.connect(connect))
    else:
        run(syncing.over_standard_streams())
