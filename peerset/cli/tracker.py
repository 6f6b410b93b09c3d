"""``peerset tracker``: a websocket tracker of one's own."""

import ssl
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.loading import load
from peerset.cli.options import JsonOption
from peerset.cli.running import run_online
from peerset.core.network import LOOPBACK
from peerset.errors import ConfigError
from peerset.tracker.limits import ADDRESS_MEMBERS, ADDRESS_MEMBERS_MAX, TrackerLimits

IntervalOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="SECONDS",
        help="How often members announce themselves; 20, and up to 120 in swarms of many networks, when left out.",
        show_default=False,
    ),
]
AddressMembersOption = Annotated[
    int,
    typer.Option(
        min=1,
        max=ADDRESS_MEMBERS_MAX,
        metavar="COUNT",
        help="So many members of a room may share an address; its other shares grow with them.",
    ),
]
ProxyOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ADDRESS",
        help="A reverse proxy in front, or its network: its X-Forwarded-For tells clients apart; repeatable.",
        show_default=False,
    ),
]


def tracker(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 8000,
    cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The TLS certificate chain (PEM), for wss://.", show_default=False),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The certificate's key (PEM).", show_default=False)
    ] = None,
    interval: IntervalOption = None,
    address_members: AddressMembersOption = ADDRESS_MEMBERS,
    proxy: ProxyOption = None,
    json: JsonOption = False,
) -> None:
    """Run a tracker until Ctrl-C, for peers of your own; Trystero and WebTorrent clients may use it as well.

    Its first line is its address, its last its statistics, which are at /stats meanwhile.
    """
    context = None if cert is None and key is None else load_certificate(cert, key)
    serving = load("peerset.cli.tracking:serve")
    limits = TrackerLimits().with_address_members(address_members)
    given = {"ssl_context": context, "interval_seconds": interval, "limits": limits, "proxies": proxy or ()}
    run_online(serving(host, port, **given, as_json=json))


def load_certificate(cert: Path | None, key: Path | None) -> ssl.SSLContext:
    """Prepare TLS.

    Raises:
        ConfigError: one of the two files is not given, cannot be read, or they do not belong together.

    """
    if cert is None or key is None:
        raise ConfigError("TLS needs both: --cert and --key")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"cannot use the certificate {cert} with the key {key}: {error}") from error
    return context
