"""``peerset grant``: let somebody write in a room of ours, by a text to hand over."""

from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.authoring import AuthorOptions
from peerset.cli.options import JsonOption, PolicyOptions, StoreOptions
from peerset.cli.output import write
from peerset.cli.running import run
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.typed import read_key
from peerset.room.permission import GRANT_DAYS


@dataclass(frozen=True, kw_only=True)
class GrantOptions(StoreOptions, AuthorOptions, PolicyOptions):
    """Which room it is for, and who signs."""


def grant(
    room: RoomArgument,
    writer: Annotated[
        str, typer.Argument(metavar="NPUB", help="Who may write: an npub, or a key in hex.", show_default=False)
    ],
    *,
    options: GrantOptions,
    collections: Annotated[
        list[str] | None,
        typer.Option(
            "--collections",
            metavar="NAME",
            help="In this collection; repeatable (default: in all).",
            show_default=False,
        ),
    ] = None,
    days: Annotated[float, typer.Option(help="For how many days it holds.")] = GRANT_DAYS,
    json: JsonOption = False,
) -> None:
    """Print the text by which somebody may write in a room of yours; nothing is stored, and nobody hears of it."""
    read_key(writer)
    run(_grant(room, writer, options=options, collections=collections or [], days=days, as_json=json))


async def _grant(
    room: str, writer: str, *, options: GrantOptions, collections: list[str], days: float, as_json: bool
) -> None:
    signer = options.signer_in(options.name(room))
    async with options.offline(room, store="memory:", key=signer, policies=options.policies or None) as joined:
        text = joined.grant(writer, collections=collections, days=days)
    write({"grant": text}, line=text, as_json=as_json)
