"""``peerset keys bunker``: sign for other machines with a key that stays here (NIP-46)."""

from pathlib import Path
from typing import Annotated, Final

import typer

from peerset.cli.keys import KeyArgument
from peerset.cli.loading import load
from peerset.cli.options import JsonOption, SecondsOption
from peerset.cli.running import run_online
from peerset.cli.secret import existing_key
from peerset.core.limits import KIND_MAX
from peerset.core.signal import RoomName
from peerset.keyfiles import NAME_DEFAULT, key_path

SUFFIX: Final = ".clients"


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
    run_online(serve(existing_key(name), relay or [], clients, kinds=kinds, rooms=tags, seconds=seconds, as_json=json))


def clients_path(name: str) -> Path:
    """Give the file of who may have something signed by the key *name*."""
    return key_path(name).with_suffix(SUFFIX)
