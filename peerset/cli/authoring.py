"""Who signs what a verb writes in a room."""

from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.secret import own_signer
from peerset.core.signal import RoomName
from peerset.room.arguments import Signer
from peerset.room.own_key import OwnKey


@dataclass(frozen=True, kw_only=True)
class AuthorOptions:
    """Whose key signs."""

    key: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_KEY",
            metavar="NAME|FILE",
            help="Who signs: a key's name or file (default: PEERSET_NSEC, or the key named default, made if missing).",
            show_default=False,
        ),
    ] = ""
    own_key: Annotated[
        bool,
        typer.Option(
            "--own-key",
            envvar="PEERSET_OWN_KEY",
            help="Sign by a key of the room's own, which that key gives: rooms cannot be told to be of one author.",
        ),
    ] = False

    def signer_in(self, name: RoomName) -> Signer:
        """Say who signs in the room *name*.

        Raises:
            NotFoundError: there is no such key.
            ConfigError: it cannot be read.

        """
        signer = own_signer(self.key)
        return OwnKey(signer, name) if self.own_key else signer
