"""``peerset node``: an always-on peer for many rooms, and the orders it takes while it runs."""

import os
import random
from dataclasses import MISSING, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from peerset.cli.authoring import AuthorOptions
from peerset.cli.exits import ExitCode
from peerset.cli.facing import FaceOptions, Shown, read_token
from peerset.cli.keeping import DiskOptions, RetentionOptions, WindowOptions
from peerset.cli.loading import load
from peerset.cli.meeting import MeetingOptions
from peerset.cli.options import JsonOption, PolicyOptions, RoomOptions, SecondsOption, data_folder
from peerset.cli.output import printable, remark, write
from peerset.cli.running import run, run_online
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.limits import DISK_BYTES_MIN
from peerset.core.network import LOOPBACK
from peerset.errors import ConfigError

MEMORY_BYTES_MIN: Final = 134_217_728
"""A node without rooms takes some hundred megabytes."""

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The node's folder: its stores, and the socket it takes orders at (default: the data directory).",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class KeptOptions(MeetingOptions, AuthorOptions, PolicyOptions, RetentionOptions, WindowOptions, DiskOptions):
    """How rooms are joined of which nothing else is said."""

    app: Annotated[str, typer.Option(envvar="PEERSET_APP", help="Keeps rooms of one name apart.")] = "peerset"


@dataclass(frozen=True, kw_only=True)
class NodeOptions(KeptOptions, FaceOptions):
    """What holds for all rooms together, and where the node is watched and shows them."""

    all_disk_bytes: Annotated[
        int | None,
        typer.Option(
            min=DISK_BYTES_MIN,
            metavar="N",
            help="What the stores of all rooms may take together: beyond it the largest give way, as by --disk-bytes.",
            show_default=False,
        ),
    ] = None
    all_memory_bytes: Annotated[
        int | None,
        typer.Option(
            min=MEMORY_BYTES_MIN,
            metavar="N",
            help="What the process may take of memory: near to it no further neighbours come in and no further rooms "
            "are opened, beyond it the most crowded rooms send neighbours away; records stay (Linux).",
            show_default=False,
        ),
    ] = None
    all_peers: Annotated[
        int,
        typer.Option(
            min=16,
            metavar="N",
            help="How many neighbours all rooms may have together: beyond it the most crowded rooms send some away.",
        ),
    ] = 500
    database: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Keep rooms in a database, as postgresql://user@host/database, and share them with the "
            "other nodes that name it: each room is one node's, and another's when that one dies.",
            show_default=False,
        ),
    ] = ""
    dashboard_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            metavar="N",
            help="Show each room's dashboard in browsers of this machine, at this port; 0 takes a free one.",
            show_default=False,
        ),
    ] = None
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            metavar="N",
            help="Tell figures to Prometheus at this port, and /healthz and /readyz; 0 takes a free one.",
            show_default=False,
        ),
    ] = None
    metrics_host: Annotated[
        str, typer.Option(metavar="HOST", help="The address of that port; another one than loopback wants a token.")
    ] = LOOPBACK
    metrics_token: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A file with what a scraper must say to read the figures.", show_default=False
        ),
    ] = None

    @property
    def shared(self) -> Any:  # noqa: ANN401 - loaded when it is wanted
        """Give the database of the rooms, if there is one.

        Raises:
            ConfigError: it is named wrongly.

        """
        if not self.database:
            return None
        return load("peerset.cli.database:Database")(
            self.database, load("peerset.cli.database:name_node")(os.getpid(), random.SystemRandom().randbytes)
        )

    @property
    def paged(self) -> list[tuple[str, Shown]]:
        """Give what shows the rooms in browsers here, with a word for people; nothing where none is to."""
        if self.dashboard_port is None:
            return []
        return [("dashboards", partial(load("peerset.node.pages:paged"), port=self.dashboard_port))]

    def watched(self, faces: dict[str, Any]) -> list[tuple[str, Shown]]:
        """Give what lets a keeper and its *faces* be watched, with a word for people; nothing where none is to be.

        Raises:
            ConfigError: the file of the token cannot be read, strangers could ask, or Prometheus' library is not here.

        """
        if self.metrics_port is None:
            return []
        token = "" if self.metrics_token is None else read_token(self.metrics_token)
        try:
            watched = load("peerset.node.monitor:watched")
        except ModuleNotFoundError as error:
            if error.name != "prometheus_client":
                raise
            raise ConfigError("--metrics-port wants Prometheus' library: pip install 'peerset[node]'") from error
        watch = load("peerset.node.monitor:Watch")(self.metrics_host, self.metrics_port, token)
        return [("figures", partial(watched, watch=watch, faces=faces))]


def keep(
    *,
    options: NodeOptions,
    room: Annotated[
        list[str] | None,
        typer.Option(metavar="ROOM", help="Keep this room, by its name or address; repeatable.", show_default=False),
    ] = None,
    rooms_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep the rooms of this TOML file: a table [[rooms]] for each, with room = and options of join; "
            "read again at SIGHUP.",
            show_default=False,
        ),
    ] = None,
    data: FolderOption = None,
    seconds: SecondsOption = None,
) -> None:
    """Keep rooms open until Ctrl-C, for those who sleep: hold their records, and give them to whoever comes.

    What the options say holds for each room of which the file says nothing else. `peerset node add ROOM` adds one while
    it runs, and at its next start.
    """
    nodekeeping, writer = load("peerset.cli.nodekeeping:run"), load("peerset.cli.node_rooms:Writer")
    faces = dict[str, Any]()
    watched = options.watched(faces)
    base = RoomOptions(**{field.name: getattr(options, field.name) for field in fields(KeptOptions)})
    with load("peerset.node.ending:Ending")(ExitCode.TERMINATED) as ending:
        keeping = nodekeeping(
            writer(base, data or data_folder(), options.shared),
            room or [],
            file=rooms_file,
            budgets=load("peerset.cli.nodekeeping:Budgets")(
                options.all_disk_bytes, options.all_memory_bytes, options.all_peers
            ),
            shown=[*watched, *options.paged, *options.faces(base.name, faces)],
            seconds=seconds,
            ending=ending,
        )
        run_online(keeping)


def add(room: RoomArgument, *, options: KeptOptions, data: FolderOption = None, json: JsonOption = False) -> None:
    """Have the running node keep ROOM, now and at its next start.

    Options that are left out are as the node was started with.
    """
    found = _ask(data, {"verb": "add", "room": room, "options": _said(options)})
    write(found, line=printable(f"{found['app']}/{found['room']}"), as_json=json)


def remove(
    room: RoomArgument,
    *,
    app: Annotated[str, typer.Option(envvar="PEERSET_APP", help="Keeps rooms of one name apart.")] = "peerset",
    data: FolderOption = None,
    json: JsonOption = False,
) -> None:
    """Have the running node leave ROOM; what is stored of it stays."""
    found = _ask(data, {"verb": "remove", "room": room, "options": {"app": app}})
    write(found, line=printable(f"{found['app']}/{found['room']}"), as_json=json)
    if found["returns"]:
        remark(
            "a flag or the file of the node names it: it returns when that is read again, unless it is taken out there"
        )


def list_(*, data: FolderOption = None, json: JsonOption = False) -> None:
    """Print the rooms of the running node: how it stands with each, its records and its peers."""
    for row in _ask(data, {"verb": "list"}):
        reason = f"  {row['reason']}" if row["reason"] else ""
        if row["biting"]:
            reason += f"  short of {', '.join(row['biting'])}"
        line = (
            f"{row['state']:8} {row['records']:>9} records {row['peers']:>4} peers  {row['app']}/{row['room']}{reason}"
        )
        write(row, line=printable(line), as_json=json)


def dashboard() -> None:
    """Print a dashboard for Grafana, of what a node tells Prometheus."""
    typer.echo(load("peerset.node.dashboard:read")(), nl=False)


def _ask(folder: Path | None, order: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    return run(load("peerset.node.control:ask")(folder or data_folder(), order))


def _said(options: KeptOptions) -> dict[str, Any]:
    """Give what *options* say, by the names that files have for it, but for what nobody said."""
    settings = {each.argument: name for name, each in load("peerset.cli.node_rooms:room_settings")().items()}
    defaults = {field.name: field.default for field in fields(options) if field.default is not MISSING}
    return {
        settings[name]: value
        for name, default in defaults.items()
        if (value := getattr(options, name)) != default and value not in ([], None)
    }
