"""By which secrets a verb joins a private room, or reads a sealed one."""

from dataclasses import dataclass
from typing import Annotated, Final

import typer

from peerset.cli.output import remark
from peerset.cli.secret import room_seals
from peerset.room.room import Room
from peerset.room.sealing import is_unread

LOOKED_AT: Final = 20
"""So many of the newest records tell whether a room is sealed, for who has no secret."""


@dataclass(frozen=True, kw_only=True)
class SealOptions:
    """What seals a room."""

    seal_file: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_SEAL_FILE",
            metavar="FILE",
            help="Seal what is written, and read it, by the secret or passphrase in FILE; - asks. Or set PEERSET_SEAL.",
            show_default=False,
        ),
    ] = ""

    @property
    def seals(self) -> list[str] | None:
        """The secrets, the newest first; None for a room that is not sealed.

        Raises:
            ConfigError: the file cannot be read, or holds none.

        """
        return room_seals(self.seal_file)


@dataclass(frozen=True, kw_only=True)
class PasswordOptions:
    """What keeps strangers out of a room."""

    password_file: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_PASSWORD_FILE",
            metavar="FILE",
            help="A private room's password is FILE's first line; - asks for it. Or set PEERSET_PASSWORD.",
            show_default=False,
        ),
    ] = ""


async def tell_of_seals(room: Room, *, is_writing: bool = False) -> None:
    """Tell the user what of *room* is sealed and not open here; who *is writing* in the clear, for whom that is."""
    if room.seal is not None:
        if room.seal.foreign:
            some = "1 record here is" if room.seal.foreign == 1 else f"{room.seal.foreign} records here are"
            remark(f"{some} sealed by a secret that was not given, and not shown")
        return
    if not any(map(is_unread, await room.members(limit=LOOKED_AT))):
        return
    remark("records here are sealed, and are not shown: --seal-file or PEERSET_SEAL gives the secret of the room")
    if is_writing:
        remark("what you write without it is in the clear for all, and is not shown to those who have it")
