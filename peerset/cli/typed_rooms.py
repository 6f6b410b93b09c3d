"""Rooms as they are typed: a name or an address, on the command line or, as it may hold secrets, on standard input."""

import sys
from typing import Annotated, Final

import typer

from peerset.cli.output import remark
from peerset.core.address import Address, is_address, parse_address
from peerset.core.limits import ADDRESS_CHARACTERS_MAX
from peerset.core.linking_code import is_code
from peerset.core.signal import RoomName
from peerset.errors import ConfigError

STDIN: Final = "-"


def hear(context: typer.Context, value: str) -> str:
    """Give *value*, or what `heard` makes of it where a verb is to run."""
    return value if context.resilient_parsing else heard(value)


def hear_code(context: typer.Context, value: str) -> str:
    """Do as `hear`, where a code for a new device will do, too."""
    given = value if context.resilient_parsing or value != STDIN else _first_line()
    if is_code(value):
        remark("this code is a secret, which others on this machine can list: give - and write it to standard input")
    return given if context.resilient_parsing or is_code(given) else heard(given)


def heard(value: str) -> str:
    """Give *value*, or the first line of standard input for ``-``; tell of secrets that stand where others see them.

    Raises:
        ConfigError: standard input has no such line, or *value* begins as an address does and is none.

    """
    if value == STDIN:
        return _first_line()
    address = parse_address(value) if is_address(value) else None
    if address is not None and address != address.public:
        remark("this address has secrets, which others on this machine can list: give - and write it to standard input")
    return value


def _first_line() -> str:
    line = sys.stdin.readline(ADDRESS_CHARACTERS_MAX + 1).strip(" \t\r\n")
    if not line:
        raise ConfigError("standard input has no line that names a room")
    return line


RoomArgument = Annotated[
    str,
    typer.Argument(
        metavar="ROOM", help="The room's name or address; - reads it from stdin.", show_default=False, callback=hear
    ),
]


def meant(room: str, app: str) -> Address:
    """Give which room is meant, by its address, or by its name in *app*.

    Raises:
        ConfigError: it is neither.

    """
    return parse_address(room) if is_address(room) else Address(RoomName(app, room))
