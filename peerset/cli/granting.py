"""``peerset grant``: let somebody write in a room of ours, by a text to hand over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.authoring import AuthorOptions
from peerset.cli.keeping import RetentionOptions
from peerset.cli.options import JsonOption, PolicyOptions, StoreOptions
from peerset.cli.output import write
from peerset.cli.running import run
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.typed import read_key
from peerset.room.permission import GRANT_DAYS

CollectionsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--collections",
        metavar="NAME",
        help="In this collection; repeatable (default: in all).",
        show_default=False,
    ),
]
DaysOption = Annotated[float, typer.Option(help="For how many days it holds.")]


@dataclass(frozen=True, kw_only=True)
class GrantOptions(StoreOptions, AuthorOptions, PolicyOptions, RetentionOptions):
    """Which room it is for, and who signs."""


def grant(
    room: RoomArgument,
    writer: Annotated[
        str, typer.Argument(metavar="NPUB", help="Who may write: an npub, or a key in hex.", show_default=False)
    ],
    *,
    options: GrantOptions,
    collections: CollectionsOption = None,
    days: DaysOption = GRANT_DAYS,
    on_behalf: Annotated[
        bool,
        typer.Option("--on-behalf", help="It is a device or a server of yours: what it writes is yours."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Print the text by which somebody may write in a room of yours; nothing is stored, and nobody hears of it."""
    read_key(writer)
    text = run(granted(room, writer, options=options, collections=collections or (), days=days, on_behalf=on_behalf))
    write({"grant": text}, line=text, as_json=json)


async def granted(
    room: str,
    writer: str,
    *,
    options: GrantOptions,
    collections: Sequence[str],
    days: float,
    on_behalf: bool = False,
) -> str:
    """Grant *writer* what these options say in *room*, of which nothing else is touched; give the text.

    Raises:
        ConfigError: as `peerset.Room.grant`.

    """
    joining = options.offline(
        room,
        store="memory:",
        key=options.signer_in(options.name(room)),
        policies=options.policies or None,
        # Those of an invitation are for somebody else.
        grants=(),
        retention=options.said_retention,
    )
    async with joining as joined:
        return joined.grant(writer, collections=collections, days=days, on_behalf=on_behalf)
