"""``peerset find``, ``get``, ``count`` and ``put``: a room's records as documents."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from peerset.cli.conditions import read_conditions
from peerset.cli.document_rows import doc_line, doc_row, doc_table, table_of
from peerset.cli.exits import NotFoundError
from peerset.cli.options import JsonOption, PolicyOptions, RoomOptions, StoreOptions
from peerset.cli.output import remark, to_json, write
from peerset.cli.records import WaitOption, wait_for_peer
from peerset.cli.running import run, run_online, unix_now
from peerset.cli.sealed import tell_of_seals
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.action import Json
from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.core.typed import is_secret, read_whole_id, shown
from peerset.data.collection import Collection
from peerset.data.expected import ANY, Expected
from peerset.documents.definition import read_name
from peerset.documents.document import read_document_key
from peerset.documents.value import read_json
from peerset.documents.where import Op, read_stamp
from peerset.errors import ConfigError
from peerset.room.room import Room

CollectionArgument = Annotated[
    str, typer.Argument(metavar="COLLECTION", help="The collection's name.", show_default=False)
]
KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="The register's key.", show_default=False)]
AuthorOption = Annotated[
    str, typer.Option(metavar="NPUB", help="Whose documents or registers (default: all).", show_default=False)
]
AtOption = Annotated[
    str,
    typer.Option(metavar="TIME", help="As of a time: 2h (ago), 2026-01-31, or Unix seconds.", show_default=False),
]


@dataclass(frozen=True, kw_only=True)
class ReadOptions(StoreOptions, PolicyOptions):
    """Where the documents are."""


@dataclass(frozen=True, kw_only=True)
class QueryOptions(ReadOptions):
    """Which documents."""

    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Only what holds: city=Berlin, stars>=4, city!=Rome, title^=Ca (begins), tags~=new (holds), "
            "at (is there), !at, or JSON; repeatable, all must hold.",
            show_default=False,
        ),
    ] = None
    text: Annotated[
        str, typer.Option(metavar="WORDS", help="Only with all these words; * ends a beginning.", show_default=False)
    ] = ""
    author: AuthorOption = ""


def find(
    room: RoomArgument,
    collection: CollectionArgument,
    *,
    options: QueryOptions,
    order: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD", help="Sort by it, -FIELD the other way; repeatable.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=PAGE_DOCUMENTS_MAX, metavar="N", help="At most N.")] = 20,
    after: Annotated[
        str, typer.Option(metavar="CURSOR", help="The next page, after the cursor of one.", show_default=False)
    ] = "",
    at: AtOption = "",
    json: JsonOption = False,
) -> None:
    """Print the documents of a collection that match, without touching the network."""

    async def show(found: Collection[Json]) -> None:
        page = await found.find(
            read_conditions(options.where or [], found.definition),
            order=order or ["-time"],
            limit=limit,
            after=after or None,
            text=options.text or None,
            author=options.author or None,
            at=at or None,
        )
        if json:
            for doc in page:
                typer.echo(to_json(doc_row(doc)))
        elif len(page):
            doc_table(page.docs).print()
        if page.next is not None:
            remark(f"there are more: --after {page.next}")

    run(_read(room, collection, options, show))


def count(
    room: RoomArgument,
    collection: CollectionArgument,
    *,
    options: QueryOptions,
    by: Annotated[
        str, typer.Option(metavar="FIELD", help="One row for each value of a field.", show_default=False)
    ] = "",
    json: JsonOption = False,
) -> None:
    """Print how many documents of a collection match, without touching the network."""

    async def show(found: Collection[Json]) -> None:
        where = read_conditions(options.where or [], found.definition)
        if not by:
            number = await found.count(where, text=options.text or None, author=options.author or None)
            write({"count": number}, line=str(number), as_json=json)
            return
        if options.text or options.author:
            raise ConfigError("--by goes with --where alone: say author=NPUB there, and no --text")
        rows = await found.aggregate({"count": "count"}, where=where, by=by)
        if json:
            for row in rows:
                typer.echo(to_json(row))
        elif rows:
            table_of(rows).print()

    run(_read(room, collection, options, show))


def get(
    room: RoomArgument,
    collection: CollectionArgument,
    register: KeyArgument,
    *,
    options: ReadOptions,
    author: AuthorOption = "",
    at: AtOption = "",
    history: Annotated[bool, typer.Option("--history", help="All its versions that are here, newest first.")] = False,
    json: JsonOption = False,
) -> None:
    """Print a register of a collection, whoever wrote it, without touching the network."""
    read_document_key(register)

    async def show(found: Collection[Json]) -> None:
        if history:
            # A register that was deleted has versions, though no query finds it.
            docs = await (found.history(register, author=author) if author else found.histories(register))
            docs = [each for each in docs if not at or each.stamp <= read_stamp(Op.LTE, at, unix_now())]
        else:
            page = await found.find({"key": register}, author=author or None, at=at or None, limit=PAGE_DOCUMENTS_MAX)
            docs = list(page.docs)
        if not docs:
            raise NotFoundError(f"there is no register {register!r} in {collection!r} here")
        for doc in docs:
            write(doc_row(doc), line=doc_line(doc), as_json=json)

    run(_read(room, collection, options, show))


def put(
    room: RoomArgument,
    collection: CollectionArgument,
    register: KeyArgument,
    value: Annotated[str, typer.Argument(help="The value as JSON, or - to read it from stdin.", show_default=False)],
    *,
    options: RoomOptions,
    expect: Annotated[
        str,
        typer.Option(metavar="ID|none", help="Only if this version is there now, or none is.", show_default=False),
    ] = "",
    ttl: Annotated[
        float | None,
        typer.Option(min=1, metavar="SECONDS", help="For how long it is seen.", show_default=False),
    ] = None,
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Write a register of yours, and hand it to the room's peers."""
    # Before anybody hears that we are there.
    read_name(collection)
    if is_secret(read_document_key(register)):
        raise ConfigError("a secret key is no register's key: everybody in the room would read it")
    expected = _read_expected(expect)
    said = _read_value(sys.stdin.read() if value == "-" else value)

    async def write_it(joined: Room) -> None:
        found = await joined.recall(collection)
        doc = await found.put(register, said, expected=expected, ttl=ttl)
        write(doc_row(doc), line=doc_line(doc), as_json=json)

    run_online(_write(room, options, write_it, wait))


async def _write(room: str, options: RoomOptions, act: Any, wait: float) -> None:  # noqa: ANN401 - a coroutine function
    async with options.join(room) as joined:
        await tell_of_seals(joined, is_writing=True)
        await act(joined)
        await wait_for_peer(joined, wait)


async def _read(room: str, collection: str, options: ReadOptions, show: Any) -> None:  # noqa: ANN401 - as above
    read_name(collection)
    async with opened(room, options) as found:
        await show(await found.recall(collection))


@asynccontextmanager
async def opened(room: str, options: ReadOptions) -> AsyncIterator[Room]:
    """Open a room on its store, without a network."""
    async with options.looked_at(room, policies=options.policies) as found:
        await tell_of_seals(found)
        await found.moderation.judged()
        yield found


def _read_expected(text: str) -> Expected:
    if not text:
        return ANY
    return None if text == "none" else read_whole_id(text)


def _read_value(text: str) -> Json:
    try:
        return read_json(text)
    except ValueError as error:
        raise ConfigError(f"{shown(text)} is no JSON; a text has quotes, as in '\"a text\"': {error}") from error
