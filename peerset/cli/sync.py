"""``peerset sync``: a room over standard streams, a child process or a socket; no tracker is asked."""

from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.keeping import WindowOptions
from peerset.cli.loading import load
from peerset.cli.options import ImportOptions, JsonOption
from peerset.cli.running import run_online
from peerset.cli.typed_rooms import RoomArgument
from peerset.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class SyncOptions(ImportOptions, WindowOptions):
    """Which room, and where the stream comes from."""

    command: Annotated[
        str,
        typer.Option(
            "--with",
            metavar="COMMAND",
            help="Run this, and sync over its standard streams: 'ssh box peerset sync lobby'.",
            show_default=False,
        ),
    ] = ""
    listen: Annotated[
        str,
        typer.Option(
            metavar="[HOST:]PORT",
            help="Sync with whoever connects, until Ctrl-C; on this machine alone unless a host is named.",
            show_default=False,
        ),
    ] = ""
    connect: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="Sync with who listens there.", show_default=False),
    ] = ""
    once: Annotated[bool, typer.Option("--once", help="With --listen, end after the first connection.")] = False

    def check(self) -> None:
        """Make sure that one way is meant.

        Raises:
            ConfigError: several are, or *once* without listening.

        """
        if sum(map(bool, (self.command, self.listen, self.connect))) > 1:
            raise ConfigError("--with, --listen and --connect are three ways; one of them is enough")
        if self.once and not self.listen:
            raise ConfigError("--once is said with --listen")


def sync(
    room: RoomArgument,
    *,
    options: SyncOptions,
    live: Annotated[
        bool, typer.Option("--live", help="Stay until the other end goes, and pass on what comes.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Bring a room's records together with another peerset's over standard streams, a command or a socket.

    Both hold the same afterwards. No tracker is asked, and nothing else goes over the network.
    """
    options.check()
    syncing = load("peerset.cli.syncing:Syncing")(room, options, is_live=live, as_json=json)
    if options.command:
        run_online(syncing.over_command(options.command))
    elif options.listen:
        run_online(syncing.listen(options.listen, once=options.once))
    elif options.connect:
        run_online(syncing.connect(options.connect))
    else:
        run_online(syncing.over_standard_streams())
