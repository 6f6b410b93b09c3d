"""``peerset mutes``: authors whose records are not shown here."""

from functools import partial
from typing import Annotated

import typer

from peerset.cli.exits import NotFoundError
from peerset.cli.options import JsonOption, StoreOptions
from peerset.cli.output import remark, write
from peerset.cli.running import run
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.keys import PublicKey, npub
from peerset.core.typed import read_key

AuthorArgument = Annotated[
    str, typer.Argument(metavar="AUTHOR", help="The author: an npub, or a key in hex.", show_default=False)
]


def list_(room: RoomArgument, *, options: StoreOptions, json: JsonOption = False) -> None:
    """Show the muted authors."""
    run(_list(room, options=options, as_json=json))


def add(room: RoomArgument, author: AuthorArgument, *, options: StoreOptions) -> None:
    """Hide everything by an author, from the room's next start here."""
    run(_add(room, read_key(author), options=options))


def remove(room: RoomArgument, author: AuthorArgument, *, options: StoreOptions) -> None:
    """Show an author's records again."""
    run(_remove(room, read_key(author), options=options))


async def _list(room: str, *, options: StoreOptions, as_json: bool) -> None:
    async with options.looked_at(room) as opened:
        for author in opened.moderation.muted():
            write({"author": author.hex()}, line=npub(author), as_json=as_json)


async def _add(room: str, author: PublicKey, *, options: StoreOptions) -> None:
    async with options.offline(room, store=partial(options.open_store_of, room)) as opened:
        await opened.moderation.mute(author)
    remark(f"{npub(author)} is muted")


async def _remove(room: str, author: PublicKey, *, options: StoreOptions) -> None:
    async with options.offline(room, store=options.existing_store_of(room)) as opened:
        if author not in opened.moderation.muted():
            raise NotFoundError(f"{npub(author)} is not muted")
        await opened.moderation.unmute(author)
    remark(f"{npub(author)} is muted no more")
