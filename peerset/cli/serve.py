"""``peerset serve``: a page that joins a room, for browsers."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.loading import load
from peerset.cli.meeting import split_list
from peerset.cli.options import JsonOption
from peerset.cli.output import remark
from peerset.cli.running import run_online
from peerset.cli.tracker import load_certificate
from peerset.cli.typed_rooms import RoomArgument, meant
from peerset.core.address import Address, make_address
from peerset.core.network import LOOPBACK
from peerset.core.typed import read_retention
from peerset.page.files import BUILT

PlacesOption = Annotated[
    list[str] | None,
    typer.Option(
        envvar="PEERSET_SIGNALING",
        metavar="SPEC",
        help="A way for the page to meet others, as for join; repeatable (default: Trystero's public trackers).",
        show_default=False,
    ),
]

KeptOption = Annotated[
    str,
    typer.Option(
        envvar="PEERSET_RETENTION",
        metavar="TIME",
        help="The page keeps records for so long, from 1h to 3700d, or forever; peers should agree on it "
        "(default: as the room's address says, else as the browser did before, at first 90d).",
        show_default=False,
    ),
]


def serve(
    room: RoomArgument,
    *,
    app: Annotated[str, typer.Option(envvar="PEERSET_APP", help="Keeps rooms of one name apart.")] = "peerset",
    signaling: PlacesOption = None,
    retention: KeptOption = "",
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 8080,
    cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The TLS certificate chain (PEM), for https://.", show_default=False),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The certificate's key (PEM).", show_default=False)
    ] = None,
    files: Annotated[
        Path,
        typer.Option(metavar="DIR", help="The page's built scripts (default: the package's own).", show_default=False),
    ] = BUILT,
    json: JsonOption = False,
) -> None:
    """Serve a page until Ctrl-C that joins ROOM in every browser that opens it, and shows all that happens there.

    The page meets others as Python peers do: its server only hands it out. The first line is its address.
    """
    said = meant(room, app)
    if said != said.public:
        remark(
            "the page is served without the secrets of the address: peerset invite --page writes links that have them"
        )
    serving = load("peerset.cli.serving:serve")(
        said.name,
        host,
        port,
        signaling=split_list(signaling) or list(said.signaling),
        src=src_of(said, retention),
        files=files,
        ssl_context=None if cert is None and key is None else load_certificate(cert, key),
        as_json=json,
    )
    run_online(serving)


def src_of(said: Address, retention: str) -> str:
    """Give the address that the page goes by, without secrets; nothing where the room's name says it all.

    Raises:
        ConfigError: *retention* is none.

    """
    kept = read_retention(retention) if retention else said.retention
    public = replace(said.public, retention=kept)
    return "" if public == Address(said.name, signaling=said.signaling) else make_address(public)
