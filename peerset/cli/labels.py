"""``peerset label`` and ``revoke``: what moderators and owners hide from readers on all peers alike."""

from typing import Annotated

import typer

from peerset.cli.options import JsonOption, RoomOptions, find_record
from peerset.cli.records import WaitOption, write_record
from peerset.cli.running import run_online
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.record import Record
from peerset.core.typed import read_id, read_key
from peerset.room.room import Room

ReasonOption = Annotated[str, typer.Option(metavar="TEXT", help="Why, for all who ask.", show_default=False)]


def label(
    room: RoomArgument,
    record_id: Annotated[
        str, typer.Argument(metavar="ID", help="A record's id, or its beginning.", show_default=False)
    ],
    *,
    options: RoomOptions,
    reason: ReasonOption = "",
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Hide a record on all peers of a room whose rule `moderators` names you; who deletes the label shows it again."""
    read_id(record_id)
    options.existing_store_of(room)

    async def sign(joined: Room) -> Record:
        return await joined.label(await find_record(joined, record_id), reason)

    run_online(write_record(room, options=options, wait=wait, sign=sign, as_json=json))


def revoke(
    room: RoomArgument,
    writer: Annotated[
        str, typer.Argument(metavar="NPUB", help="Whose key: an npub, or a key in hex.", show_default=False)
    ],
    *,
    options: RoomOptions,
    reason: ReasonOption = "",
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Hide what a key dates from now on, on all peers of a room whose rule `revoked` names you."""
    read_key(writer)

    async def sign(joined: Room) -> Record:
        return await joined.revoke(writer, reason)

    run_online(write_record(room, options=options, wait=wait, sign=sign, as_json=json))
