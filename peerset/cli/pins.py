"""``peerset pin``, ``unpin`` and ``pins``: what outlasts a room's window, since a member says so."""

from typing import Annotated

import typer

from peerset.cli.options import JsonOption, RoomOptions, StoreOptions, find_record
from peerset.cli.output import printable, write
from peerset.cli.records import WaitOption, write_record
from peerset.cli.rows import record_row, short_id, short_key, time_text
from peerset.cli.running import run, run_online
from peerset.cli.sealed import tell_of_seals
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.record import Record
from peerset.core.typed import read_id
from peerset.room.room import Room

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A record's id, or its beginning.", show_default=False)]


def pin(
    room: RoomArgument,
    record_id: IdArgument,
    *,
    options: RoomOptions,
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Keep a record, anybody's, for longer than the room's window, where a policy such as pins:allow=... lets you."""
    _check(room, record_id, options)

    async def sign(joined: Room) -> Record:
        return await joined.pin(await find_record(joined, record_id))

    run_online(write_record(room, options=options, wait=wait, sign=sign, as_json=json))


def unpin(
    room: RoomArgument,
    record_id: IdArgument,
    *,
    options: RoomOptions,
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Withdraw your pins of a record; those of others stay."""
    _check(room, record_id, options)

    async def sign(joined: Room) -> Record:
        return await joined.unpin(await find_record(joined, record_id))

    run_online(write_record(room, options=options, wait=wait, sign=sign, as_json=json))


def pins(room: RoomArgument, *, options: StoreOptions, json: JsonOption = False) -> None:
    """Print a room's pins, the newest first, without touching the network: who pinned, and the record inside."""
    run(_list(room, options=options, as_json=json))


def _check(room: str, record_id: str, options: RoomOptions) -> None:
    # Before anybody hears that we are there.
    read_id(record_id)
    options.existing_store_of(room)


async def _list(room: str, *, options: StoreOptions, as_json: bool) -> None:
    async with options.looked_at(room) as opened:
        await tell_of_seals(opened)
        for each in await opened.pins():
            row = {
                "id": each.id.hex(),
                "author": each.author.hex(),
                "created_at": each.created_at,
                "record": record_row(each.record),
            }
            record = f"{short_id(each.record.id)}  {short_key(each.record.author)}  {printable(each.record.content)}"
            write(row, line=f"{time_text(each.created_at)}  {short_key(each.author)}  {record}", as_json=as_json)
