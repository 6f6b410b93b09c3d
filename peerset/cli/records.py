"""``peerset publish``, ``records`` and ``delete``: writing and reading a room's records."""

import random
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.exits import ExitCode, NotFoundError
from peerset.cli.nip19 import nip19_line
from peerset.cli.options import (
    FilterOptions,
    JsonOption,
    PolicyOptions,
    RoomOptions,
    StoreOptions,
    find_record,
    parse_tag,
)
from peerset.cli.output import remark, write
from peerset.cli.rows import record_line, record_row
from peerset.cli.running import run, run_online, unix_now
from peerset.cli.sealed import tell_of_seals
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_RECORD, Record, sign_record
from peerset.core.typed import read_id
from peerset.documents.definition import read_name
from peerset.documents.document import read_document_key
from peerset.room.content import text_of
from peerset.room.room import Room

WaitOption = Annotated[
    float,
    typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for a peer to take it; 0: not at all."),
]


@dataclass(frozen=True, kw_only=True)
class RecordsOptions(StoreOptions, FilterOptions, PolicyOptions):
    """Which of a room's stored records to print."""


def publish(
    room: RoomArgument,
    content: Annotated[str, typer.Argument(help="The content, or - to read it from stdin.", show_default=False)],
    *,
    options: RoomOptions,
    kind: Annotated[int, typer.Option(min=0, max=65_535, help="The record's kind (NIP-01).")] = KIND_RECORD,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A tag; may be given several times.", show_default=False),
    ] = None,
    collection: Annotated[str, typer.Option(help="The collection it belongs to.", show_default=False)] = "",
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Sign a record, store it here, and hand it to the room's peers."""
    text = sys.stdin.read() if content == "-" else content
    tags = [*([("c", collection)] if collection else []), *map(parse_tag, tag or ())]
    rehearse(text, kind, [("h", options.name(room).tag.hex()), *tags])

    async def sign(joined: Room) -> Record:
        return await joined.publish(text, kind=kind, tags=tags)

    run_online(write_record(room, options=options, wait=wait, sign=sign, as_json=json))


def delete(
    room: RoomArgument,
    record_id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A record's id, or its beginning; or a register's key.",
            show_default=False,
        ),
    ],
    *,
    options: RoomOptions,
    collection: Annotated[
        str, typer.Option(help="Delete this collection's register of that key instead.", show_default=False)
    ] = "",
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Delete a record of yours here and at every peer (NIP-09), or a register of a collection."""
    # Before anybody hears that we are there.
    if collection:
        read_name(collection)
        read_document_key(record_id)
    else:
        read_id(record_id)
    options.existing_store_of(room)

    async def sign(joined: Room) -> Record:
        if collection:
            return await _delete_register(joined, collection, record_id)
        return await joined.delete(await find_record(joined, record_id))

    run_online(write_record(room, options=options, wait=wait, sign=sign, as_json=json))


def records(
    room: RoomArgument,
    *,
    options: RecordsOptions,
    names: Annotated[bool, typer.Option("--names", help="Print the nevent or naddr text of each (NIP-19).")] = False,
    json: JsonOption = False,
) -> None:
    """Print a room's stored records, newest first, without touching the network."""
    run(_print_records(room, options=options, line_of=nip19_line if names else record_line, as_json=json))


async def write_record(
    room: str, *, options: RoomOptions, wait: float, sign: Callable[[Room], Awaitable[Record]], as_json: bool
) -> None:
    """Join *room*, print what *sign* writes there, and wait for a peer to take it."""
    async with options.join(room) as joined:
        await tell_of_seals(joined, is_writing=True)
        record = await sign(joined)
        write(record_row(record), line=record_line(record), as_json=as_json)
        await wait_for_peer(joined, wait)


def rehearse(text: str, kind: int, tags: Sequence[Sequence[str]]) -> None:
    """Make sure that this can be a record, before a key, a store or a peer is there for it.

    Raises:
        MalformedError: it breaks the limits or text rules of records.

    """
    key = SecretKey.generate(random.SystemRandom())
    sign_record(key, created_at=unix_now(), kind=kind, tags=tags, content=text_of(text))


async def meet(joined: Room, wait: float) -> None:
    """Have what peers have, as far as they give it in so many seconds."""
    if wait:
        with suppress(TimeoutError):
            await joined.synced(timeout=wait)


async def wait_for_peer(joined: Room, wait: float) -> None:
    """Wait so many seconds until a peer has what was written; the verb ends with its own code when none has."""
    if wait == 0:
        return
    try:
        await joined.synced(timeout=wait)
    except TimeoutError as error:
        remark(f"no peer took it within {wait:g} s; it is kept and goes out at the next join")
        raise typer.Exit(ExitCode.ALONE) from error


async def _delete_register(joined: Room, collection: str, key: str) -> Record:
    found = await joined.recall(collection)
    if await found.get(key) is None:
        raise NotFoundError(f"there is no register {key!r} of ours in {collection!r} here")
    return (await found.delete(key)).record


async def _print_records(
    room: str, *, options: RecordsOptions, line_of: Callable[[Record], str], as_json: bool
) -> None:
    async with options.looked_at(room, policies=options.policies) as opened:
        await tell_of_seals(opened)
        await opened.moderation.judged()
        for record in await opened.records(**options.query):
            write(record_row(record), line=line_of(record), as_json=as_json)
        if shells := await opened.shells(**options.query):
            remark(f"{len(shells)} more have no content here: they were purged")
