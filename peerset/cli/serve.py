"""``peerset serve``: a page that joins a room, for browsers."""

import asyncio
import ssl
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.options import JsonOption, RoomArgument, all_on_loopback, split_list
from peerset.cli.output import remark, write
from peerset.cli.running import run
from peerset.cli.tracker import load_certificate
from peerset.core.signal import RoomName
from peerset.page.files import BUILT
from peerset.page.page import Page, make_page
from peerset.page.server import serve_page
from peerset.page.settings import PageSettings

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


def serve(
    room: RoomArgument,
    *,
    app: Annotated[str, typer.Option(envvar="PEERSET_APP", help="Keeps rooms of one name apart.")] = "peerset",
    tracker: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PEERSET_TRACKERS",
            metavar="URL",
            help="A websocket tracker where the page meets others; repeatable (default: Trystero's public ones).",
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

    The page meets others at trackers, as Python peers do: its server only hands it out. The first line is its address.
    """
    trackers = tuple(split_list(tracker))
    settings = PageSettings(RoomName(app, room), trackers, has_ice_servers=not all_on_loopback(list(trackers)))
    context = None if cert is None and key is None else load_certificate(cert, key)
    page = make_page(settings, folder=files)
    run(_serve(page, host, port, ssl_context=context, as_json=json))


async def _serve(page: Page, host: str, port: int, *, ssl_context: ssl.SSLContext | None, as_json: bool) -> None:
    async with serve_page(page, host, port, ssl_context=ssl_context) as server:
        write({"url": server.url}, line=server.url, as_json=as_json)
        if ssl_context is None and host not in LOOPBACK_HOSTS:
            remark("browsers on other machines give a page what it needs over https only: use --cert and --key")
        await asyncio.Event().wait()
