"""``peerset export``, ``import`` and ``gc``: a room's records as files, and the end of old ones."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from peerset.cli.bars import count_bar
from peerset.cli.exits import ExitCode, NotFoundError
from peerset.cli.keeping import RetentionOptions
from peerset.cli.lines import BadLine, GoodLine, read_lines, write_line
from peerset.cli.options import ImportOptions, JsonOption, StoreOptions
from peerset.cli.output import printable, remark, write
from peerset.cli.rows import time_text
from peerset.cli.running import in_background, run, unix_now
from peerset.cli.streams import open_input
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.record import Record, RecordId
from peerset.core.typed import read_retention, read_since
from peerset.errors import ConfigError
from peerset.files import is_replaced, writing
from peerset.moderation.rulebook import open_policies
from peerset.plugins import open_store
from peerset.ports import Store
from peerset.protocol.events import RecordPostponed, RecordRejected
from peerset.protocol.retention import window
from peerset.room.day import Day
from peerset.room.remembered import kept_retention
from peerset.room.room import Room
from peerset.room.stream import EventStream

GC_SHARE_UNASKED: Final = 10
"""Up to one record in so many goes without a question."""
BATCH_LINES: Final = 500
"""Each line may cause two events; the room buffers 1,024 for a reader."""

FileArgument = Annotated[
    str, typer.Argument(metavar="[FILE]", help="The file of JSON lines; - for standard input or output.")
]


@dataclass(slots=True)
class Tally:
    """What came of an import."""

    added: int = 0
    known: int = 0
    """Were here before."""
    ephemeral: int = 0
    """Are of kinds that nobody keeps, and were left out; each was reported."""
    postponed: int = 0
    """Are dated ahead of this machine's clock, and were left out; each was reported."""
    refused: int = 0
    """Records that may not be members; each was reported."""
    malformed: int = 0
    """Lines that are no records; each was reported."""


def export(
    room: RoomArgument,
    file: FileArgument = "-",
    *,
    options: StoreOptions,
    since: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="Only from then on: 2h (ago), 2026-01-31, or Unix seconds.", show_default=False
        ),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write a room's records as JSON lines of NIP-01 events, oldest first."""
    begin = read_since(since, now=unix_now()) if since else 0
    if file == "-":
        run(_export(room, options=options, target=sys.stdout.buffer, since=begin))
        return
    path = Path(file)
    if is_replaced(path) and not force:
        raise ConfigError(f"{path} exists already; --force replaces it")
    options.existing_store_of(room)
    with writing(path, is_private=options.is_private(room)) as target:
        run(_export(room, options=options, target=target, since=begin))


def import_(room: RoomArgument, file: FileArgument = "-", *, options: ImportOptions, json: JsonOption = False) -> None:
    """Add records from JSON lines of NIP-01 events; signatures and policies are checked, bad lines left out."""
    name, size_bytes = ("standard input", None) if file == "-" else (file, _size_of(Path(file)))
    with _open(file) as source:
        tally = run(_import(room, options=options, source=source, name=name, size_bytes=size_bytes))
    line = ", ".join(f"{count} {what}" for what, count in asdict(tally).items())
    write(asdict(tally), line=line, as_json=json)
    if tally.refused or tally.postponed or tally.malformed:
        raise typer.Exit(ExitCode.REFUSED)


@dataclass(frozen=True, kw_only=True)
class CollectOptions(StoreOptions, RetentionOptions):
    """Which room, and what is old in it."""


def gc(
    room: RoomArgument,
    *,
    options: CollectOptions,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be deleted.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask, even when more than a tenth would be deleted.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Delete the stored records that are past their age: --retention, and an hour or a quarter of it more."""
    before, count, total = run(_count_old(room, options=options))
    if not dry_run and not yes and count * GC_SHARE_UNASKED > total:
        _ask(count, total, before=before)
    if not dry_run:
        count = run(_collect(room, options=options, before=before))
    line = f"{count} records {'would be' if dry_run else 'were'} deleted"
    write({"count": count, "before": before, "dry_run": dry_run}, line=line, as_json=json)


async def _export(room: str, *, options: StoreOptions, target: BinaryIO, since: int) -> None:
    async with options.offline(room, store=options.existing_store_of(room)) as opened:
        with count_bar("exporting") as progress:
            days = [each for each in opened.days if (each.day + 1) * DAY_SECONDS > since]
            task = progress.add_task("records", total=sum(each.count for each in days))
            async for record in _oldest_first(opened, days, since=since):
                target.write(write_line(record))
                progress.advance(task)
    target.flush()


async def _oldest_first(room: Room, days: Iterable[Day], *, since: int) -> AsyncIterator[Record]:
    # One day at a time, so that a large room needs little memory; the days that are there, whatever the clock says.
    for day in [each.day for each in days]:
        records = await room.records(since=max(since, day * DAY_SECONDS), until=(day + 1) * DAY_SECONDS - 1)
        for record in reversed(records):
            yield record


async def _import(room: str, *, options: ImportOptions, source: BinaryIO, name: str, size_bytes: int | None) -> Tally:
    tally = Tally()
    # Set rules and views hide what is there; what may be there is a matter of admission.
    policies = open_policies(options.policies).admission
    lines = read_lines(source, name)
    # Whether this is a text of ours is known before anything is made of it.
    batch = await in_background(lambda: _next_batch(lines))
    async with options.offline(
        room, store=partial(options.open_store_of, room), policies=policies, retention=options.said_retention
    ) as opened:
        numbers: dict[RecordId, int] = {}
        events = opened.events()
        reporting = asyncio.create_task(_report_refusals(events, numbers, tally), name="report refusals")
        with count_bar("importing") as progress:
            task = progress.add_task("bytes", total=size_bytes)
            while batch:
                await _add(opened, batch, numbers=numbers, tally=tally)
                progress.update(task, completed=source.tell() if size_bytes else None)
                batch = await in_background(lambda: _next_batch(lines))
        events.close()
        await reporting
    tally.known -= tally.refused + tally.postponed
    return tally


def _next_batch(lines: Iterator[GoodLine | BadLine]) -> list[GoodLine | BadLine]:
    return list(islice(lines, BATCH_LINES))


async def _add(room: Room, batch: list[GoodLine | BadLine], *, numbers: dict[RecordId, int], tally: Tally) -> None:
    numbers.clear()
    good = []
    for line in batch:
        match line:
            case GoodLine(number, record) if record.is_ephemeral:
                tally.ephemeral += 1
                remark(f"line {number}: left out, for nobody keeps records of kind {record.kind}")
            case GoodLine(number, record):
                numbers[record.id] = number
                good.append(record)
            case BadLine(number, reason):
                tally.malformed += 1
                remark(f"line {number}: {printable(reason)}")
    added = await room.add(good)
    tally.added += added
    tally.known += len(good) - added


async def _report_refusals(events: EventStream, numbers: dict[RecordId, int], tally: Tally) -> None:
    async for event in events:
        match event:
            case RecordRejected(record_id, _, source, reason, None) if record_id in numbers:
                tally.refused += 1
                remark(f"line {numbers[record_id]}: refused by {printable(source)}: {printable(reason)}")
            case RecordPostponed(record_id, seconds, None) if record_id in numbers:
                tally.postponed += 1
                remark(f"line {numbers[record_id]}: dated {seconds} s ahead, not imported; try again then")


def _ask(count: int, total: int, *, before: UnixTime) -> None:
    """Let the user confirm what a wrong clock would do as well; whoever cannot be asked says --yes beforehand."""
    what = f"{count} of {total} records are from before {time_text(before)}, by this machine's clock"
    if not sys.stdin.isatty():
        raise ConfigError(f"{what}; nothing was deleted: if the clock is right, --yes deletes them")
    typer.confirm(f"{what}. Delete them?", abort=True, err=True)


async def _count_old(room: str, *, options: CollectOptions) -> tuple[UnixTime, int, int]:
    """Give from when on records are kept, how many are older, and how many there are."""
    said = read_retention(options.retention) if options.retention else None
    async with _open_alone(room, options) as store:
        seconds = await kept_retention(store) if said is None else said
        before = window(unix_now(), retention_seconds=seconds).kept_from
        entries = await store.entries()
        return before, sum(created_at < before for created_at, _ in entries), len(entries)


async def _collect(room: str, *, options: StoreOptions, before: UnixTime) -> int:
    async with _open_alone(room, options) as store:
        return await store.expire(before)


@asynccontextmanager
async def _open_alone(room: str, options: StoreOptions) -> AsyncIterator[Store]:
    store = await open_store(options.existing_store_of(room))
    try:
        await store.bind(options.name(room).tag)
        yield store
    finally:
        await store.aclose()


@contextmanager
def _open(file: str) -> Iterator[BinaryIO]:
    source = open_input() if file == "-" else _open_file(Path(file))
    try:
        yield source
    except Exception:
        source.close()
        raise
    # After Ctrl-C it is left open: a thread may still wait for what comes from it, and closing would wait for that.
    source.close()


def _open_file(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error


def _size_of(path: Path) -> int | None:
    """Give how large *path* is; None when that is not known, as of a pipe."""
    return (path.stat().st_size or None) if path.is_file() else None
