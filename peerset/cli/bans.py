"""``peerset bans``: whose sessions are refused here."""

from functools import partial
from typing import Annotated

import typer

from peerset.cli.exits import NotFoundError
from peerset.cli.options import JsonOption, StoreOptions
from peerset.cli.output import printable, remark, write
from peerset.cli.rows import time_text
from peerset.cli.running import run
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.keys import PublicKey, npub
from peerset.core.limits import BAN_SECONDS
from peerset.core.typed import read_subject
from peerset.moderation.bans import Ban, read_ban_seconds

SubjectArgument = Annotated[
    str, typer.Argument(metavar="KEY|ADDRESS", help="An npub, a key in hex, or an IP address.", show_default=False)
]


def list_(room: RoomArgument, *, options: StoreOptions, json: JsonOption = False) -> None:
    """Show the bans that run, the first to end first."""
    run(_list(room, options=options, as_json=json))


def add(
    room: RoomArgument,
    subject: SubjectArgument,
    *,
    options: StoreOptions,
    seconds: Annotated[float, typer.Option(metavar="N", help="How long.")] = BAN_SECONDS,
    reason: Annotated[str, typer.Option(help="Why, for yourself.")] = "banned by the user",
) -> None:
    """Refuse the sessions of a key or address, from the room's next start here."""
    run(_add(room, read_subject(subject), options=options, seconds=read_ban_seconds(seconds), reason=reason))


def lift(room: RoomArgument, subject: SubjectArgument, *, options: StoreOptions) -> None:
    """End a ban early."""
    run(_lift(room, read_subject(subject), options=options))


async def _list(room: str, *, options: StoreOptions, as_json: bool) -> None:
    async with options.looked_at(room) as opened:
        for ban in opened.moderation.bans():
            line = f"{_name(ban.subject)}  until {time_text(ban.until)}  {printable(ban.reason)}"
            write(_row(ban), line=line, as_json=as_json)


async def _add(room: str, subject: PublicKey | str, *, options: StoreOptions, seconds: float, reason: str) -> None:
    async with options.offline(room, store=partial(options.open_store_of, room)) as opened:
        await opened.moderation.ban(subject, seconds=seconds, reason=reason)
    remark(f"{_name(subject)} is banned for {seconds:g} s")


async def _lift(room: str, subject: PublicKey | str, *, options: StoreOptions) -> None:
    async with options.offline(room, store=options.existing_store_of(room)) as opened:
        if subject not in [ban.subject for ban in opened.moderation.bans()]:
            raise NotFoundError(f"{_name(subject)} is not banned")
        await opened.moderation.lift(subject)
    remark(f"{_name(subject)} is banned no more")


def _row(ban: Ban) -> dict[str, object]:
    is_key = isinstance(ban.subject, bytes)
    who = {"key": _hex(ban.subject), "address": None if is_key else ban.subject}
    return {**who, "until": ban.until, "reason": ban.reason}


def _hex(subject: PublicKey | str) -> str | None:
    return subject.hex() if isinstance(subject, bytes) else None


def _name(subject: PublicKey | str) -> str:
    return npub(subject) if isinstance(subject, bytes) else subject
