"""By which secrets a verb joins a private room, or reads a sealed one."""

from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.secret import room_seals


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
