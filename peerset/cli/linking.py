"""Codes that link devices: ``peerset devices link`` shows one, ``peerset devices ask`` opens one of another device."""

import asyncio
import sys
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Annotated, Final

import typer

from peerset.cli.addresses import PageOption, QrOption
from peerset.cli.exits import ExitCode
from peerset.cli.granting import CollectionsOption, DaysOption
from peerset.cli.options import JsonOption, RoomOptions
from peerset.cli.output import printable, remark, write
from peerset.cli.qr import show_qr
from peerset.cli.records import WaitOption, wait_for_peer
from peerset.cli.rows import time_text
from peerset.cli.running import in_background, run_online, unix_now
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.address import make_address
from peerset.core.keys import SecretKey, npub
from peerset.core.linking import LINK_SECONDS_MAX, Device, LinkRequest
from peerset.core.linking_code import LinkingCode
from peerset.errors import ConfigError
from peerset.room.arguments import Signer
from peerset.room.devices import LINK_MINUTES
from peerset.room.permission import GRANT_DAYS

PARTING_SECONDS: Final = 5.0
"""So long a new device stays, so that the other one sees that it has its answer."""

MinutesOption = Annotated[
    float, typer.Option(min=0.001, max=LINK_SECONDS_MAX / 60, help="For how long it may be accepted.")
]


def link(
    room: RoomArgument,
    *,
    options: RoomOptions,
    collections: CollectionsOption = None,
    days: DaysOption = GRANT_DAYS,
    minutes: MinutesOption = LINK_MINUTES,
    page: PageOption = "",
    qr: QrOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Let the first write that opens it, without asking.")] = False,
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Show a code that a new device opens to ask, and let it write for your key, which stays here."""
    if not yes and not sys.stdin.isatty():
        raise ConfigError("whether a device may write is asked at a terminal; without one, say --yes")
    run_online(
        _link(
            room,
            options=options,
            collections=collections or [],
            days=days,
            minutes=minutes,
            page=page,
            qr=qr,
            yes=yes,
            wait=wait,
            as_json=json,
        )
    )


async def _link(
    room: str,
    *,
    options: RoomOptions,
    collections: list[str],
    days: float,
    minutes: float,
    page: str,
    qr: bool,
    yes: bool,
    wait: float,
    as_json: bool,
) -> None:
    async with options.join(room) as joined:
        offer = joined.devices.offer(minutes=minutes, page=page or None)
        write({"code": offer.text, "until": offer.until}, line=offer.text, as_json=as_json)
        where = "open it on the new device" if page else "give it to the new device: peerset devices ask - NAME"
        remark(f"{where}; until {time_text(offer.until)}, whoever has it can ask, and the key stays here")
        if qr:
            show_qr(offer.text)
        try:
            request = await offer.asked()
        except TimeoutError as error:
            remark("nobody asked in time")
            raise typer.Exit(ExitCode.ALONE) from error
        if not yes and not await in_background(partial(_confirm, request)):
            await offer.refuse()
            await wait_for_peer(joined, wait)
            raise typer.Abort
        device = await offer.accept(request, collections=collections, days=days)
        write_device(device, as_json=as_json)
        try:
            async with asyncio.timeout(wait):
                await offer.taken()
        except TimeoutError as error:
            remark("the device has not said that it has its grant; it is kept, and goes out at the next join")
            raise typer.Exit(ExitCode.ALONE) from error


async def ask_by(code: LinkingCode, name: str, *, options: RoomOptions, as_json: bool) -> None:
    """Ask by *code*, wait for what its owner says, and print the address by which this device writes for it."""
    key = _key_of(options, code)
    if code.until < unix_now():
        remark("the code has run out: have the other device show a new one")
        raise typer.Exit(ExitCode.ALONE)
    remark(f"say yes on the other device, if it shows the key {npub(key.public_key)}")
    # What is asked is nobody else's matter: nothing of it stays here.
    here = replace(options, store="memory:", grant=None)
    async with here.join(code.asking, signer=Signer(code.key)) as joined:
        try:
            link = await joined.devices.ask_by(code, name, key=key)
        except TimeoutError as error:
            remark(str(error) or "nobody answered in time")
            raise typer.Exit(ExitCode.ALONE) from error
        with suppress(TimeoutError):
            await joined.synced(timeout=PARTING_SECONDS)
    address = make_address(replace(code.address, grants=(link.grant,)))
    remark(f"this device writes for {npub(link.owner)} until {time_text(link.until)}: join by the next line")
    row = {"grant": link.grant, "owner": link.owner.hex(), "name": link.name, "until": link.until, "address": address}
    write(row, line=address, as_json=as_json)


def write_device(device: Device, *, as_json: bool) -> None:
    """Print a device that writes for us."""
    row = {"key": device.key.hex(), "name": device.name, "until": device.until}
    line = f"{npub(device.key)}  until {time_text(device.until)}  {printable(device.name)}"
    write(row, line=line, as_json=as_json)


def device_text(request: LinkRequest) -> str:
    """Say which device asks, for the user to compare with what that shows."""
    return f"the device {printable(request.name)!r}, whose key is {npub(request.device)}"


def _key_of(options: RoomOptions, code: LinkingCode) -> SecretKey:
    signer = options.signer_in(code.address.name)
    if isinstance(signer, str):
        raise ConfigError("who signs elsewhere signs records alone: link this device by a key that is here")
    return signer.take()


def _confirm(request: LinkRequest) -> bool:
    return typer.confirm(f"Let {device_text(request)}, write for you?", err=True)
