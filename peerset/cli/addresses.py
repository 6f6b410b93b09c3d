"""``peerset address``, ``invite`` and ``open``: where rooms are, and what is there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

import typer

from peerset.cli.document_rows import doc_line, doc_row
from peerset.cli.exits import NotFoundError
from peerset.cli.file_rows import entry_row
from peerset.cli.granting import CollectionsOption, DaysOption, GrantOptions, granted
from peerset.cli.keeping import RetentionOptions
from peerset.cli.local import STDOUT, write_parts
from peerset.cli.local import target_of as target_of_disk
from peerset.cli.meeting import MeetingOptions
from peerset.cli.options import JsonOption, PolicyOptions, RoomOptions, SecondsOption, StoreOptions
from peerset.cli.output import printable, remark, write
from peerset.cli.qr import show_qr
from peerset.cli.records import meet
from peerset.cli.rows import record_line, record_row, short_key
from peerset.cli.running import lasting, run, run_online
from peerset.cli.sealed import tell_of_seals
from peerset.cli.secret import room_password
from peerset.cli.typed_rooms import RoomArgument, heard
from peerset.core.action import Missing
from peerset.core.address import (
    Address,
    FileTarget,
    KeyTarget,
    RecordTarget,
    Target,
    make_address,
    make_link,
    parse_address,
)
from peerset.core.limits import PAGE_DOCUMENTS_MAX, RETENTION_SECONDS
from peerset.core.seal import make_seals
from peerset.core.signal import RoomName
from peerset.core.typed import is_secret, read_key, read_phases, read_retention, shown
from peerset.drive.entry import Entry, read_entry
from peerset.drive.files import Files
from peerset.errors import ConfigError
from peerset.room.addressed import Directions, target_of
from peerset.room.binding import bound_room
from peerset.room.host import Veil
from peerset.room.permission import GRANT_DAYS
from peerset.room.room import Room

QrOption = Annotated[bool, typer.Option("--qr", help="Draw it as a QR code, too, on stderr.")]
PageOption = Annotated[
    str,
    typer.Option(
        "--page", metavar="URL", help="Write a link to this page, which joins such rooms.", show_default=False
    ),
]
WAIT_SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class WhereOptions(StoreOptions, MeetingOptions, PolicyOptions, RetentionOptions):
    """What an address says of how its room is joined."""

    def address(self, room: str, password: str = "") -> Address:
        """Give the address of *room* with what these options say, and what it says already."""
        if is_secret(room):
            raise ConfigError("that is a secret key, and no name of a room")
        said = self.meant(room)
        kept = self.said_retention
        directions = Directions(
            said.name,
            self.specs or said.signaling,
            Veil(password or said.password, read_phases(self.phases or None) or said.phases),
            self.policies or said.policies,
            (said.retention or RETENTION_SECONDS) if isinstance(kept, Missing) else read_retention(kept),
        )
        # An address holds the secret that a passphrase makes, in this room alone.
        seals = tuple(make_seals(self.seals, said.name.tag).texts) if self.seals else said.seals
        found = replace(directions.to(said.target), seals=seals, grants=said.grants)
        if any(map(is_secret, (found.name.app, *found.signaling, *found.policies))):
            raise ConfigError("one of the options is a secret key, which an address would tell everybody who sees it")
        return found


@dataclass(frozen=True, kw_only=True)
class InviteOptions(WhereOptions, GrantOptions):
    """What an invitation says, and who signs the grant that it may carry."""


def address(
    room: RoomArgument,
    *,
    options: WhereOptions,
    record: Annotated[
        str, typer.Option(metavar="ID", help="Of this record, by its whole id.", show_default=False)
    ] = "",
    collection: Annotated[str, typer.Option(help="Of something in this collection.", show_default=False)] = "",
    register: Annotated[
        str, typer.Option(metavar="KEY", help="Of the collection's register of this key.", show_default=False)
    ] = "",
    path: Annotated[str, typer.Option(help="Of the file at this path in the collection.", show_default=False)] = "",
    author: Annotated[str, typer.Option(metavar="NPUB", help="Of this author's.", show_default=False)] = "",
    at: Annotated[str, typer.Option(metavar="ID", help="As of this version.", show_default=False)] = "",
    bind: Annotated[bool, typer.Option("--bind", help="Let the room's name say its rules.")] = False,
    qr: QrOption = False,
    json: JsonOption = False,
) -> None:
    """Write the address of a room, or of what is in it; without secrets, and without touching the network."""
    found = options.address(room)
    target = target_of(
        record or None,
        collection=collection or None,
        key=register or None,
        path=path or None,
        author=author or None,
        at=at or None,
    )
    found = replace(found, target=target or found.target)
    if bind:
        found = replace(found, name=run(_bound(found, options.policies or found.policies)))
    _tell(make_address(found.public), json=json, qr=qr)


def invite(
    room: RoomArgument,
    *,
    options: InviteOptions,
    password_file: Annotated[
        str, typer.Option(metavar="FILE", help="The password is FILE's first line; - asks for it.", show_default=False)
    ] = "",
    grant: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="A grant for whoever is invited; repeatable.")
    ] = None,
    writer: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="NPUB",
            help="Let who is invited write, too, by a grant of yours for this key.",
            show_default=False,
        ),
    ] = "",
    collections: CollectionsOption = None,
    days: DaysOption = GRANT_DAYS,
    page: PageOption = "",
    qr: QrOption = False,
    json: JsonOption = False,
) -> None:
    """Write the address of a room with all that it takes to join, such as its password: to be kept as a secret."""
    found = replace(options.address(room, room_password(password_file)), target=None)
    texts = [*found.grants, *(grant or ())]
    if writer:
        read_key(writer)
        texts.append(run(granted(room, writer, options=options, collections=collections or (), days=days)))
    elif collections:
        raise ConfigError("--collections says where the key of --for may write, and there is none")
    found = replace(found, grants=tuple(texts))
    if found != found.public:
        remark("whoever reads the next line can join the room as you invite them")
    _tell(make_link(found, page) if page else make_address(found), json=json, qr=qr)


def open_(
    place: Annotated[
        str,
        typer.Argument(metavar="[ADDRESS]", help="An address or link; read from stdin when left out."),
    ] = "-",
    *,
    options: RoomOptions,
    wait: Annotated[
        float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for what is not here yet.")
    ] = WAIT_SECONDS,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Where a file is written (default: its own name, here); - for stdout.",
            show_default=False,
        ),
    ] = "",
    seconds: SecondsOption = None,
    json: JsonOption = False,
) -> None:
    """Join the room that an address names, and print what it names there; of a room its records, until Ctrl-C.

    A file is fetched and written to this disk, whole or not at all.
    """
    place = heard(place)
    found = parse_address(place)
    if to and not isinstance(found.target, FileTarget):
        raise ConfigError("--to says where a file is written, and this address names none")
    if found.target is None:
        run_online(_show_room(place, options=options, seconds=seconds, as_json=json))
    elif isinstance(found.target, FileTarget):
        run_online(_fetch(place, found.target, options=options, wait=wait, to=to, as_json=json))
    else:
        run_online(_show_target(place, found.target, options=options, wait=wait, as_json=json))


async def _show_room(place: str, *, options: RoomOptions, seconds: float | None, as_json: bool) -> None:
    async with options.join(place) as joined:
        remark(f"joined {joined.name.room} as {short_key(joined.key)}, with {joined.count} records")
        await tell_of_seals(joined)
        found = joined.subscribe()
        await found.ready()
        async with lasting(seconds):
            async for record in found:
                write(record_row(record), line=record_line(record), as_json=as_json)


async def _show_target(
    place: str, target: RecordTarget | KeyTarget, *, options: RoomOptions, wait: float, as_json: bool
) -> None:
    async with options.join(place) as joined:
        rows = await _look(joined, target) if _is_fixed(target) else []
        if not rows:
            # What is here may be older than what others have.
            await meet(joined, wait)
            rows = await _look(joined, target)
        await tell_of_seals(joined)
        for row, line in rows:
            write(row, line=line, as_json=as_json)
    if not rows:
        raise NotFoundError("what the address names is not here, and nobody who was met has it")


async def _fetch(place: str, target: FileTarget, *, options: RoomOptions, wait: float, to: str, as_json: bool) -> None:
    goal = None if to == STDOUT else target_of_disk(to, target.path)
    async with options.with_used.join(place) as joined:
        files = joined.files(target.collection)
        entries = await _entries(files, target) if _is_fixed(target) else []
        if not entries:
            await meet(joined, wait)
            entries = await _entries(files, target)
        await tell_of_seals(joined)
        if not entries:
            raise NotFoundError("the file that the address names is not here, and nobody who was met has it")
        if len(entries) > 1:
            raise ConfigError(f"{len(entries)} authors have this file: say whose, by author= in the address")
        [entry] = entries
        if entry.link is not None:
            raise ConfigError(f"that is a link, to {shown(entry.link)}, and has no bytes")
        await write_parts(aiter(await files.open(entry)), goal, is_executable=entry.is_executable)
    if goal is not None:
        write(entry_row(entry) | {"to": str(goal)}, line=printable(str(goal)), as_json=as_json)


async def _entries(files: Files, target: FileTarget) -> list[Entry]:
    """Give the file as each author has it who is meant."""
    if target.at is not None:
        doc = await files.registers.doc(target.at)
        docs = [] if doc is None or doc.key != target.path else [doc]
    else:
        page = await files.registers.find({"key": target.path}, author=target.author, limit=PAGE_DOCUMENTS_MAX)
        docs = list(page.docs)
    found = [read_entry(target.path, doc.value, doc.record) for doc in docs if not doc.is_deleted]
    return [entry for entry in found if entry is not None]


def _is_fixed(target: Target) -> bool:
    """Say whether *target* is one record for ever, of which no newer version is meant."""
    return isinstance(target, RecordTarget) or target.at is not None


async def _look(joined: Room, target: RecordTarget | KeyTarget) -> list[tuple[dict[str, object], str]]:
    """Give what is here of *target*, as rows and as lines."""
    if isinstance(target, RecordTarget):
        record = await joined.get(target.id)
        return [] if record is None else [(record_row(record), record_line(record))]
    found = await joined.recall(target.collection)
    if target.at is not None:
        doc = await found.doc(target.at)
        docs = [] if doc is None or doc.key != target.key else [doc]
    else:
        page = await found.find({"key": target.key}, author=target.author, limit=PAGE_DOCUMENTS_MAX)
        docs = list(page.docs)
    return [(doc_row(doc), doc_line(doc)) for doc in docs]


def _tell(text: str, *, json: bool, qr: bool) -> None:
    write({"address": text}, line=text, as_json=json)
    if qr:
        show_qr(text)


async def _bound(found: Address, policies: Sequence[str]) -> RoomName:
    retention, seal = found.retention or RETENTION_SECONDS, found.seals or None
    name = await bound_room(found.name.room, policies=policies, retention=retention, seal=seal)
    return RoomName(found.name.app, name)
