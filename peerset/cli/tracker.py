"""``peerset tracker``: a websocket tracker of one's own."""

import ssl
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.loading import load
from peerset.cli.options import JsonOption
from peerset.cli.running import run
from peerset.errors import ConfigError


def tracker(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 8000,
    cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The TLS certificate chain (PEM), for wss://.", show_default=False),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The certificate's key (PEM).", show_default=False)
    ] = None,
    interval: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="SECONDS",
            help="How often members announce themselves; 20, and up to 120 in large swarms, when left out.",
            show_default=False,
        ),
    ] = None,
    proxied: Annotated[
        bool, typer.Option("--proxied", help="A reverse proxy in front tells clients apart by X-Forwarded-For.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Run a tracker until Ctrl-C, for peers of your own; Trystero and WebTorrent clients may use it as well.

    Its first line is its address, its last its statistics, which are at /stats meanwhile.
    """
    context = None if cert is None and key is None else load_certificate(cert, key)
    serving = load("peerset.cli.tracking:serve")
    run(serving(host, port, ssl_context=context, interval_seconds=interval, is_proxied=proxied, as_json=json))


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
