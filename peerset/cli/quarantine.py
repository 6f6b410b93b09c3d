"""``peerset quarantine``: what view policies hide here, and the end of a record's content."""

from dataclasses import asdict
from typing import Annotated

import typer

from peerset.cli.exits import NotFoundError
from peerset.cli.options import JsonOption, StoreOptions, find_record
from peerset.cli.output import printable, remark, write
from peerset.cli.rows import short_id, time_text
from peerset.cli.running import run
from peerset.cli.typed_rooms import RoomArgument

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The record's id, or its beginning.", show_default=False)]


def list_(room: RoomArgument, *, options: StoreOptions, json: JsonOption = False) -> None:
    """Show what view policies hide, oldest first."""
    run(_list(room, options=options, as_json=json))


def release(room: RoomArgument, record_id: IdArgument, *, options: StoreOptions) -> None:
    """Show a hidden record again, for good."""
    run(_release(room, record_id, options=options))


def purge(room: RoomArgument, record_id: IdArgument, *, options: StoreOptions) -> None:
    """Destroy a record's content in this store, hidden or not; it is never fetched again."""
    run(_purge(room, record_id, options=options))


async def _list(room: str, *, options: StoreOptions, as_json: bool) -> None:
    async with options.looked_at(room) as opened:
        for hidden in opened.moderation.quarantine():
            line = (
                f"{hidden.id.hex()}  {time_text(hidden.created_at)}  {printable(f'{hidden.policy}: {hidden.reason}')}"
            )
            write(asdict(hidden) | {"id": hidden.id.hex()}, line=line, as_json=as_json)


async def _release(room: str, beginning: str, *, options: StoreOptions) -> None:
    async with options.offline(room, store=options.existing_store_of(room)) as opened:
        record_id = await find_record(opened, beginning)
        if record_id not in [hidden.id for hidden in opened.moderation.quarantine()]:
            raise NotFoundError(f"record {short_id(record_id)} is not in quarantine")
        await opened.moderation.release(record_id)
    remark(f"record {short_id(record_id)} is shown again")


async def _purge(room: str, beginning: str, *, options: StoreOptions) -> None:
    async with options.offline(room, store=options.existing_store_of(room)) as opened:
        record_id = await find_record(opened, beginning)
        await opened.moderation.purge(record_id)
    remark(f"the content of record {short_id(record_id)} is gone from this store")
