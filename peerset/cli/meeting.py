"""The options that say how peers find and reach each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.secret import turn_server
from peerset.core.ice import IceServer
from peerset.signaling.specs import all_on_loopback


@dataclass(frozen=True, kw_only=True)
class MeetingOptions:
    """How peers find and reach each other."""

    signaling: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PEERSET_SIGNALING",
            metavar="SPEC",
            help="A way to meet: wss://tracker.example, or torrent:, nostr:, mqtt:, relay: or lan: with or without "
            "a place; repeatable (default: public trackers).",
            show_default=False,
        ),
    ] = None
    phases: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_PHASES",
            metavar="TIME",
            help="Have another name towards trackers every so often, such as 6h; peers must say the same.",
            show_default=False,
        ),
    ] = ""
    ice_server: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PEERSET_ICE_SERVERS",
            metavar="URL",
            help="A STUN or TURN server; may be given several times. "
            "TURN's login is read from PEERSET_TURN_USERNAME and PEERSET_TURN_CREDENTIAL.",
            show_default=False,
        ),
    ] = None
    relay: Annotated[
        bool,
        typer.Option(
            "--relay", envvar="PEERSET_RELAY", help="Connect only through TURN servers, which hides our address."
        ),
    ] = False
    plain_channels: Annotated[
        bool,
        typer.Option(
            "--plain-channels",
            envvar="PEERSET_PLAIN_CHANNELS",
            help="Send data aiortc's own way, at half the pace: should the quick way ever do harm.",
        ),
    ] = False

    @property
    def specs(self) -> list[str] | None:
        """The signaling named, from repeated options or a list in the environment; None for the usual one."""
        return split_list(self.signaling) or None

    @property
    def ice_servers(self) -> list[IceServer] | None:
        """The servers named; none at all when all signaling is on this machine; None for the usual ones."""
        return self.servers_beside(self.specs)

    def servers_beside(self, specs: Sequence[str] | None) -> list[IceServer] | None:
        """Give the servers named, or those that peers need who meet by *specs*."""
        urls = split_list(self.ice_server)
        if not urls:
            return [] if all_on_loopback(specs) else None
        return [turn_server(url) if url.startswith("turn") else IceServer(url) for url in urls]


def split_list(values: list[str] | None) -> list[str]:
    """Take apart what an environment variable may hold: addresses between spaces or commas."""
    return [each for value in values or () for each in re.split(r"[\s,]+", value) if each]
