"""``peerset serve``: a page that joins a room, for browsers."""

from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.loading import load
from peerset.cli.meeting import split_list
from peerset.cli.options import JsonOption
from peerset.cli.running import run_online
from peerset.cli.tracker import load_certificate
from peerset.cli.typed_rooms import RoomArgument, meant
from peerset.page.files import BUILT


def serve(
    room: RoomArgument,
    *,
    app: Annotated[str, typer.Option(envvar="PEERSET_APP", help="Keeps rooms of one name apart.")] = "peerset",
    signaling: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PEERSET_SIGNALING",
            metavar="SPEC",
            help="A way for the page to meet others, as for join; repeatable (default: Trystero's public trackers).",
            show_default=False,
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
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
    serving = load("peerset.cli.serving:serve")(
        said.name,
        host,
        port,
        signaling=split_list(signaling) or list(said.signaling),
        files=files,
        ssl_context=None if cert is None and key is None else load_certificate(cert, key),
        as_json=json,
    )
    run_online(serving)
