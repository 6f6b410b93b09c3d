"""``peerset keys bunker``: sign for other machines with a key that stays here (NIP-46)."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from peerset.bunker.remote import CHALLENGE_TIMEOUT_SECONDS
from peerset.cli.keys import KeyArgument
from peerset.cli.loading import load
from peerset.cli.options import JsonOption, SecondsOption
from peerset.cli.running import run_online
from peerset.cli.secret import existing_key
from peerset.core.limits import KIND_MAX
from peerset.core.nip46 import ADDRESS_CHARACTERS_MAX, parse_client_address
from peerset.core.signal import RoomName
from peerset.keyfiles import NAME_DEFAULT, key_path

SUFFIX: Final = ".clients"


ClientOption = Annotated[
    str,
    typer.Option(
        metavar="nostrconnect://...",
        help="Come to the client that shows this, and let it in; - reads it from stdin.",
        show_default=False,
    ),
]


def bunker(
    name: KeyArgument = NAME_DEFAULT,
    *,
    relay: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="A Nostr relay that carries it; repeatable.", show_default=False),
    ] = None,
    kind: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            max=KIND_MAX,
            metavar="N",
            help="A new client may sign this kind alone; repeatable.",
            show_default=False,
        ),
    ] = None,
    room: Annotated[
        list[str] | None,
        typer.Option(metavar="ROOM", help="A new client may sign in this room alone; repeatable.", show_default=False),
    ] = None,
    app: Annotated[str, typer.Option(envvar="PEERSET_APP", help="The application of these rooms.")] = "peerset",
    client: ClientOption = "",
    seconds: SecondsOption = None,
    json: JsonOption = False,
) -> None:
    """Sign for a page or another machine with a key that stays here (NIP-46), until Ctrl-C.

    The first line is an address for one new client, which it connects by once. Who is let in stays known, with what it
    may sign, in a file beside the key; without that file nobody is.
    """
    tags = None if room is None else frozenset(RoomName(app, each).tag for each in room)
    kinds = None if kind is None else frozenset(kind)
    serve = load("peerset.cli.bunkering:serve")
    clients = clients_path(name)
    shown = sys.stdin.readline(ADDRESS_CHARACTERS_MAX + 1).strip() if client == "-" else client
    waiting = parse_client_address(shown) if shown else None
    key = existing_key(name)
    run_online(serve(key, relay or [], clients, kinds=kinds, rooms=tags, client=waiting, seconds=seconds, as_json=json))


def connect(
    *,
    relay: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="A Nostr relay to meet the signer on; repeatable.", show_default=False),
    ] = None,
    kind: Annotated[
        list[int] | None,
        typer.Option(
            min=0, max=KIND_MAX, metavar="N", help="Ask for leave to sign this kind alone.", show_default=False
        ),
    ] = None,
    wait: Annotated[
        float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long a signer may take to answer.")
    ] = CHALLENGE_TIMEOUT_SECONDS,
    qr: Annotated[bool, typer.Option("--qr", help="Draw the invitation as a QR code, too, on stderr.")] = False,
    json: JsonOption = False,
) -> None:
    """Have a signer elsewhere sign for this machine: show it the first line; the second is for --key.

    The first, nostrconnect://..., is to be scanned or pasted there (NIP-46) and counts once. By the second, bunker://...,
    this machine is known again.
    """
    run_online(load("peerset.cli.bunkering:invite")(relay or [], kind, wait=wait, qr=qr, as_json=json))


def clients_path(name: str) -> Path:
    """Give the file of who may have something signed by the key *name*."""
    return key_path(name).with_suffix(SUFFIX)
