"""Who signs what a verb writes in a room."""

from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.output import remark
from peerset.cli.secret import own_signer
from peerset.core.nip46 import is_bunker_address
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.room.arguments import Signer
from peerset.room.own_key import OwnKey


def see_key(context: typer.Context, parameter: typer.CallbackParam, value: str) -> str:
    """Give *value*, and tell of a secret in it that stands where others see it."""
    source = context.get_parameter_source(parameter.name or "")
    # Typer has these names in a module that it may rename.
    if source is not None and source.name == "COMMANDLINE" and is_bunker_address(value) and "secret=" in value:
        remark(
            "this address has a secret, which others on this machine can list: set PEERSET_KEY instead; once the "
            "signer knows this machine, the secret may be left out"
        )
    return value


@dataclass(frozen=True, kw_only=True)
class AuthorOptions:
    """Whose key signs."""

    key: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_KEY",
            metavar="NAME|FILE|bunker://...",
            help="Who signs: a key's name or file, or the address of a signer elsewhere (NIP-46) "
            "(default: PEERSET_NSEC, or the key named default, made if missing).",
            show_default=False,
            callback=see_key,
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

    def signer_in(self, name: RoomName) -> Signer | str:
        """Say who signs in the room *name*: a key of this machine, or who is at an address, ``bunker://...``.

        Raises:
            NotFoundError: there is no such key.
            ConfigError: it cannot be read, or a key of the room's own is wanted of a signer elsewhere.

        """
        if is_bunker_address(self.key):
            if self.own_key:
                raise ConfigError("a signer elsewhere does not give its key, so rooms have no keys of their own by it")
            return self.key
        signer = own_signer(self.key)
        return OwnKey(signer, name) if self.own_key else signer
