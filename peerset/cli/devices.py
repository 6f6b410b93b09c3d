"""``peerset devices``: let a device write for a key that stays where it is."""

import random
import sys
from contextlib import AbstractAsyncContextManager
from typing import Annotated

import typer

from peerset.cli.exits import ExitCode
from peerset.cli.granting import CollectionsOption, DaysOption
from peerset.cli.linking import MinutesOption, ask_by, device_text, write_device
from peerset.cli.options import JsonOption, RoomOptions
from peerset.cli.output import remark, write
from peerset.cli.qr import show_qr
from peerset.cli.records import WaitOption, wait_for_peer
from peerset.cli.rows import short_key, time_text
from peerset.cli.running import run, run_online, unix_now
from peerset.cli.typed_rooms import RoomArgument, hear_code
from peerset.core.keys import SecretKey, npub
from peerset.core.linking import LINK_NONCE_BYTES, PREFIX, LinkRequest, sign_link
from peerset.core.linking_code import is_code, parse_code
from peerset.core.typed import read_key
from peerset.errors import ConfigError, MalformedError
from peerset.room.devices import LINK_MINUTES
from peerset.room.permission import GRANT_DAYS
from peerset.room.room import Room

TextArgument = Annotated[
    str, typer.Argument(metavar="TEXT", help="What the new device shows: peerset-link:...", show_default=False)
]

WhereArgument = Annotated[
    str,
    typer.Argument(
        metavar="ROOM|CODE",
        help="The room's name or address, or the code that the other device shows; - reads it from stdin.",
        show_default=False,
        callback=hear_code,
    ),
]


def ask(
    room: WhereArgument,
    name: Annotated[str, typer.Argument(help="What you call this device.", show_default=False)],
    *,
    options: RoomOptions,
    minutes: MinutesOption = LINK_MINUTES,
    qr: Annotated[bool, typer.Option("--qr", help="Show a QR code, too.")] = False,
    json: JsonOption = False,
) -> None:
    """Show a text by which another device lets this one write for its key, wait, and print the grant for --grant.

    With the code that the other device shows there is no text: it is asked through the room.
    """
    if is_code(room):
        code = parse_code(room)
        _rehearse(code.room, name, options)
        run_online(ask_by(code, name, options=options, as_json=json))
        return
    _rehearse(room, name, options)
    run_online(_ask(room, name, options=options, minutes=minutes, qr=qr, as_json=json))


def accept(
    room: RoomArgument,
    text: TextArgument,
    *,
    options: RoomOptions,
    collections: CollectionsOption = None,
    days: DaysOption = GRANT_DAYS,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether this is the device.")] = False,
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Let a new device write for your key, which stays here, by the text that it shows."""
    if not text.startswith(PREFIX):
        raise ConfigError(f"what a new device shows begins with {PREFIX}")
    run_online(
        _accept(room, text, options=options, collections=collections or [], days=days, yes=yes, wait=wait, as_json=json)
    )


def list_(room: RoomArgument, *, options: RoomOptions, json: JsonOption = False) -> None:
    """Print the devices that write for your key, without touching the network."""
    run(_list(room, options=options, as_json=json))


def unlink(
    room: RoomArgument,
    device: Annotated[str, typer.Argument(metavar="NPUB", help="The device's key.", show_default=False)],
    *,
    options: RoomOptions,
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Grant a device nothing more; what it has holds until its time is over, unless you revoke it."""
    read_key(device)
    options.existing_store_of(room)
    run_online(_unlink(room, device, options=options, wait=wait, as_json=json))


def _rehearse(room: str, name: str, options: RoomOptions) -> None:
    """Make sure that a device can be called so, before a key or a store is there for it."""
    key, tag = SecretKey.generate(random.SystemRandom()), options.name(room).tag
    try:
        sign_link(key, room_tag=tag, nonce=bytes(LINK_NONCE_BYTES), until=unix_now(), name=name)
    except MalformedError as error:
        raise ConfigError(str(error)) from error


async def _ask(room: str, name: str, *, options: RoomOptions, minutes: float, qr: bool, as_json: bool) -> None:
    async with options.join(room) as joined:
        request = joined.devices.ask(name, minutes=minutes)
        write({"request": request.text}, line=request.text, as_json=as_json)
        remark("accept it where the other key is: peerset devices accept; it can be once")
        if qr:
            show_qr(request.text)
        try:
            link = await joined.devices.answered(request)
        except TimeoutError as error:
            remark("nobody accepted it in time")
            raise typer.Exit(ExitCode.ALONE) from error
        # Whoever saw the text could accept it.
        remark(f"this device writes for {npub(link.owner)} until {time_text(link.until)}, if that is you: --grant")
        row = {"grant": link.grant, "owner": link.owner.hex(), "name": link.name, "until": link.until}
        write(row, line=link.grant, as_json=as_json)


async def _accept(
    room: str,
    text: str,
    *,
    options: RoomOptions,
    collections: list[str],
    days: float,
    yes: bool,
    wait: float,
    as_json: bool,
) -> None:
    async with _offline(room, options) as alone:
        request = alone.devices.read(text)
    if not yes:
        _confirm(request)
    async with options.join(room) as joined:
        device = await joined.devices.accept(request, collections=collections, days=days)
        write_device(device, as_json=as_json)
        await wait_for_peer(joined, wait)


async def _list(room: str, *, options: RoomOptions, as_json: bool) -> None:
    async with _offline(room, options, store=options.existing_store_of(room)) as opened:
        for device in await opened.devices.all():
            write_device(device, as_json=as_json)


async def _unlink(room: str, device: str, *, options: RoomOptions, wait: float, as_json: bool) -> None:
    async with options.join(room) as joined:
        await joined.devices.unlink(device)
        key = read_key(device)
        write({"key": key.hex()}, line=f"{short_key(key)} is granted nothing more", as_json=as_json)
        await wait_for_peer(joined, wait)


def _offline(room: str, options: RoomOptions, *, store: str = "memory:") -> AbstractAsyncContextManager[Room]:
    signer = options.signer_in(options.name(room))
    return options.offline(room, store=store, key=signer, policies=options.policies or None)


def _confirm(request: LinkRequest) -> None:
    """Let the user compare what is accepted with what the device shows; whoever cannot be asked says --yes."""
    what = device_text(request)
    if not sys.stdin.isatty():
        raise ConfigError(f"nothing was granted: look at {what}, and say --yes")
    typer.confirm(f"Let {what}, write for you?", abort=True, err=True)
