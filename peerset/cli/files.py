"""``peerset files``: the files of a room, on this disk and in the room."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.bars import Moved, byte_bar
from peerset.cli.exits import ExitCode, NotFoundError
from peerset.cli.file_rows import change_row, entry_line, entry_row, step_line, step_row
from peerset.cli.local import STDOUT, local_file, local_folder, media_type, target_of, write_parts
from peerset.cli.options import JsonOption, PolicyOptions, RoomOptions, SecondsOption, StoreOptions
from peerset.cli.output import printable, remark, write
from peerset.cli.records import meet, wait_for_peer
from peerset.cli.running import lasting, run, run_online
from peerset.cli.sealed import tell_of_seals
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.typed import is_secret, read_key, shown
from peerset.documents.definition import read_name
from peerset.drive.entry import Entry, read_entry
from peerset.drive.files import Direction, Files, ignoring
from peerset.drive.mirror import Deed, Step
from peerset.drive.paths import fault_of, read_folder, read_path
from peerset.drive.sources import read_source
from peerset.errors import ConfigError
from peerset.room.room import Room

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the files are called.", show_default=False)]
PathArgument = Annotated[str, typer.Argument(metavar="PATH", help="The file's path in the room.", show_default=False)]
FolderArgument = Annotated[
    str, typer.Argument(metavar="[FOLDER]", help="A folder, or one file (default: all).", show_default=False)
]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="Pass over such paths or names, as '*.tmp'; repeatable.", show_default=False),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Show no bar.")]
WaitOption = Annotated[
    float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for peers; 0: not at all.")
]
StayOption = Annotated[
    float, typer.Option("--stay", min=0, metavar="SECONDS", help="Give the bytes to others for so long afterwards.")
]


@dataclass(frozen=True, kw_only=True)
class SharedOptions:
    """Whether files are ours or shared."""

    shared: Annotated[bool, typer.Option("--shared", help="Files that all write together.")] = False

    @property
    def whose(self) -> str:
        """Whose files are meant, where these are not ours."""
        return ""

    def files_of(self, room: Room, name: str) -> Files:
        """Give the files that are meant."""
        return room.files(name, shared=self.shared, author=self.whose or None)

    def check(self, name: str) -> None:
        """Look at what was typed, before anybody hears that we are there.

        Raises:
            ConfigError: it is no name, or no author.

        """
        read_name(name)
        if self.whose:
            read_key(self.whose)


@dataclass(frozen=True, kw_only=True)
class WhoseOptions(SharedOptions):
    """Whose files are meant."""

    author: Annotated[
        str, typer.Option(metavar="NPUB", help="Whose files (default: ours; listed are all).", show_default=False)
    ] = ""

    @property
    def whose(self) -> str:
        """Whose files are meant, where these are not ours."""
        return self.author


@dataclass(frozen=True, kw_only=True)
class ListOptions(StoreOptions, PolicyOptions, WhoseOptions):
    """Which files to list: without an author, everybody's."""


@dataclass(frozen=True, kw_only=True)
class ReadOptions(RoomOptions, WhoseOptions):
    """Which files of which room to read."""


@dataclass(frozen=True, kw_only=True)
class WriteOptions(RoomOptions, SharedOptions):
    """Where files are written."""


@dataclass(frozen=True, kw_only=True)
class MirrorOptions(ReadOptions):
    """Which way a folder is mirrored, and how."""

    direction: Annotated[
        str, typer.Option(metavar="up|down", help="Into the room, or onto this disk.", show_default=False)
    ] = ""
    prune: Annotated[bool, typer.Option("--prune", help="Remove what is only on the side that is written.")] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False
    ignore: IgnoreOption = None
    wait: WaitOption = 30.0
    stay: StayOption = 0.0

    def way(self, local: str) -> tuple[Direction, Path]:
        """Say where it goes, and which folder of this disk is meant.

        Raises:
            ConfigError: one of them is none.

        """
        if self.direction not in ("up", "down"):
            raise ConfigError(f"a mirror goes up or down, not {shown(self.direction)}")
        is_up = self.direction == "up"
        return "up" if is_up else "down", local_folder(local, must_exist=is_up)


Act = Callable[[Room, Files], Awaitable[None]]


def put(
    room: RoomArgument,
    name: NameArgument,
    path: PathArgument,
    source: Annotated[str, typer.Argument(metavar="FILE", help="The local file; - reads stdin.", show_default=False)],
    *,
    options: WriteOptions,
    type: Annotated[
        str, typer.Option(metavar="TYPE", help="Its media type (default: as PATH ends).", show_default=False)
    ] = "",
    wait: WaitOption = 30.0,
    stay: StayOption = 0.0,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Write a file of yours into a room; its bytes are given to others while we are there."""
    _check_path(path)
    media, local = media_type(type), local_file(source)

    async def act(joined: Room, files: Files) -> None:
        with byte_bar(path, is_quiet=quiet) as moved:
            parts = _counted(read_source(local.source), moved, local.size)
            entry = await files.put(path, parts, type=media, executable=local.is_executable)
        write(entry_row(entry), line=entry_line(entry), as_json=json)
        await _give(joined, wait, stay)

    _take_part(room, name, options, act)


def get(
    room: RoomArgument,
    name: NameArgument,
    path: PathArgument,
    to: Annotated[
        str, typer.Argument(metavar="[FILE]", help="Where to (default: its own name, here); - for stdout.")
    ] = "",
    *,
    options: ReadOptions,
    wait: WaitOption = 30.0,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Fetch a file of a room, and write it to this disk, whole or not at all."""
    read_path(path)
    target = None if to == STDOUT else target_of(to, path)

    async def act(joined: Room, files: Files) -> None:
        await meet(joined, wait)
        entry = await files.entry(path, follow=True)
        if entry is None:
            await tell_of_seals(joined)
            raise NotFoundError(f"there is no file {shown(path)} in {name!r} here")
        with byte_bar(path, is_quiet=quiet or target is None) as moved:
            parts = _counted(await files.open(entry), moved, entry.size)
            await write_parts(parts, target, is_executable=entry.is_executable)
        if target is not None:
            write(entry_row(entry) | {"to": str(target)}, line=printable(str(target)), as_json=json)

    _take_part(room, name, options, act)


def list_(
    room: RoomArgument,
    name: NameArgument,
    folder: FolderArgument = "",
    *,
    options: ListOptions,
    ignore: IgnoreOption = None,
    json: JsonOption = False,
) -> None:
    """Print the files of a room by path, whoever wrote them, without touching the network."""
    options.check(name)
    read_folder(folder)
    ignored = ignoring(ignore or ())

    async def show() -> None:
        async with options.looked_at(room, policies=options.policies) as opened:
            await tell_of_seals(opened)
            await opened.moderation.judged()
            files = options.files_of(opened, name)
            whole = options.shared or options.whose
            entries = files.list(folder) if whole else _of_all(files, read_folder(folder))
            for entry in await entries:
                if not ignored(entry.path):
                    write(entry_row(entry), line=entry_line(entry), as_json=json)

    run(show())


def delete(
    room: RoomArgument,
    name: NameArgument,
    path: PathArgument,
    *,
    options: WriteOptions,
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Delete a file of yours, for all who read."""
    read_path(path)
    read_name(name)
    options.existing_store_of(room)

    async def act(joined: Room, files: Files) -> None:
        if not await files.delete(path):
            raise NotFoundError(f"there is no file {shown(path)} of ours in {name!r} here")
        write({"path": path, "deleted": True}, line=printable(path), as_json=json)
        await wait_for_peer(joined, wait)

    _take_part(room, name, options, act)


def watch(
    room: RoomArgument,
    name: NameArgument,
    folder: FolderArgument = "",
    *,
    options: ReadOptions,
    seconds: SecondsOption = None,
    json: JsonOption = False,
) -> None:
    """Print a line for each file that changes, until Ctrl-C."""
    read_folder(folder)

    async def act(_: Room, files: Files) -> None:
        async for change in files.watch(folder):
            gone = f"- {printable(change.path)}"
            line = gone if change.entry is None else f"+ {entry_line(change.entry)}"
            write(change_row(change), line=line, as_json=json)

    _take_part(room, name, options, act, seconds=seconds)


def download(
    room: RoomArgument,
    name: NameArgument,
    folder: FolderArgument = "",
    *,
    options: ReadOptions,
    ignore: IgnoreOption = None,
    wait: WaitOption = 30.0,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Fetch all bytes of a folder or file into the store, from where others can have them, too."""
    read_folder(folder)

    async def act(joined: Room, files: Files) -> None:
        await meet(joined, wait)
        one = await files.entry(folder, follow=True) if folder and not folder.endswith("/") else None
        entries = [one] if one is not None else await files.list(folder, ignore=ignore or ())
        if not ignore:
            await _check_there(joined, entries, folder or name)
        total, done = sum(entry.size for entry in entries), 0
        with byte_bar(folder or name, is_quiet=quiet) as moved:

            def progress(_: Entry, size: int) -> None:
                nonlocal done
                done += size
                moved(done, total)

            count = await files.download(folder, ignore=ignore or (), progress=progress)
        write({"files": count, "bytes": done}, line=f"{count} files, {done} bytes are here", as_json=json)

    _take_part(room, name, options, act)


def mirror(
    room: RoomArgument,
    name: NameArgument,
    local: Annotated[str, typer.Argument(metavar="LOCAL", help="The folder on this disk.", show_default=False)],
    folder: Annotated[
        str, typer.Argument(metavar="[FOLDER]", help="The room's folder (default: all).", show_default=False)
    ] = "",
    *,
    options: MirrorOptions,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Make a folder of this disk what one of the room is, or the other way round; 1 when a file was left alone."""
    direction, place = options.way(local)
    read_folder(folder)
    ignoring(options.ignore or ())

    def told(step: Step) -> None:
        if step.deed is not Deed.EQUAL:
            write(step_row(step), line=step_line(step), as_json=json)

    async def act(joined: Room, files: Files) -> None:
        await meet(joined, options.wait)
        if direction == "down":
            await _check_there(joined, await files.list(folder), folder or name)
        with byte_bar(local, is_quiet=quiet or options.dry_run) as moved:
            manner = {"prune": options.prune, "dry_run": options.dry_run}
            ignore = options.ignore or ()
            done = await files.mirror(
                place, folder, direction=direction, ignore=ignore, told=told, moved=moved, **manner
            )
        remark(f"{done.count(Deed.EQUAL)} files were equal")
        if direction == "up" and not options.dry_run:
            await _give(joined, options.wait, options.stay)
        if done.count(Deed.SKIP):
            raise typer.Exit(ExitCode.FAILED)

    _take_part(room, name, options, act)


def _take_part(
    room: str, name: str, options: ReadOptions | WriteOptions, act: Act, *, seconds: float | None = None
) -> None:
    """Join *room*, do with its files what *act* says, and leave."""
    options.check(name)
    able = options.with_used

    async def take_part() -> None:
        async with able.join(room) as joined, lasting(seconds):
            await act(joined, able.files_of(joined, name))

    run_online(take_part())


def _check_path(path: str) -> None:
    if is_secret(read_path(path)):
        raise ConfigError("a secret key is no path of a file: everybody in the room would read it")


async def _check_there(joined: Room, entries: Sequence[Entry], what: str) -> None:
    """Say that there is none of the files that are meant, before anything is made, or removed, by that."""
    if not entries:
        await tell_of_seals(joined)
        raise NotFoundError(f"there are no files in {shown(what)} here")


async def _of_all(files: Files, prefix: str) -> list[Entry]:
    """Give the files of all authors, by path: who only looks has none of his own."""
    where = {"key": {"prefix": prefix}} if prefix else None
    docs = [doc async for doc in files.registers.all(where, order="key") if doc.key and fault_of(doc.key) is None]
    entries = [read_entry(str(doc.key), doc.value, doc.record) for doc in docs]
    return [entry for entry in entries if entry is not None]


async def _give(joined: Room, wait: float, stay: float) -> None:
    """Hand over what was written, and stay so many seconds, in which others fetch its bytes."""
    await wait_for_peer(joined, wait)
    if stay:
        async with lasting(stay):
            async for _ in joined.events():
                pass


async def _counted(parts: AsyncIterable[bytes], moved: Moved, total: int | None) -> AsyncIterator[bytes]:
    done = 0
    async for part in parts:
        yield part
        done += len(part)
        moved(done, total)
