"""Where secrets come from: files, the environment or a hidden prompt; never the command line, which others can list."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import typer

from peerset.cli.exits import NotFoundError
from peerset.cli.output import remark
from peerset.cli.setting import (
    BACKUP_VARIABLE,
    NSEC_VARIABLE,
    PASSPHRASE_VARIABLE,
    PASSWORD_VARIABLE,
    SEAL_VARIABLE,
    TURN_CREDENTIAL_VARIABLE,
    TURN_USERNAME_VARIABLE,
)
from peerset.core.ice import IceServer
from peerset.core.keys import SecretKey, npub
from peerset.core.seal import is_seal_text
from peerset.errors import ConfigError
from peerset.files import read_text
from peerset.keyfiles import NAME_DEFAULT, create_key, key_path, load_key, parse_key
from peerset.room.arguments import Signer

SECRET_FILE_BYTES_MAX: Final = 65_536


class NewSigner(Signer):
    """Signs by the key named default, which is made when all else is checked."""

    def __init__(self) -> None:
        super().__init__(NAME_DEFAULT)

    def take(self) -> SecretKey:
        """Give the key, and make its file when it is missing still.

        Raises:
            ConfigError: the file cannot be written.

        """
        return make_default_key()


def own_signer(chosen: str, *, environment: Mapping[str, str] = os.environ) -> Signer:
    """Give who signs: the key that *chosen* names, else that of PEERSET_NSEC, else the key named default.

    Raises:
        NotFoundError: there is no key called *chosen*.
        ConfigError: it cannot be read, or its passphrase is missing or wrong.

    """
    if chosen:
        return Signer(existing_key(chosen))
    if text := environment.get(NSEC_VARIABLE):
        return Signer(parse_key(text, passphrase=ask_passphrase))
    return Signer(existing_key(NAME_DEFAULT)) if key_path().exists() else NewSigner()


def make_default_key() -> SecretKey:
    """Make the key named default, and tell of it.

    Raises:
        ConfigError: the file cannot be written.

    """
    try:
        key = create_key()
    except ConfigError:
        # Another peerset, started at the same moment, may have made it.
        if key_path().exists():
            return existing_key(NAME_DEFAULT)
        raise
    remark(f"made a key for you: {npub(key.public_key)}, kept in {key_path()}")
    return key


def existing_key(name: str) -> SecretKey:
    """Read the key called *name*.

    Raises:
        NotFoundError: there is no such key.
        ConfigError: it cannot be read, or its passphrase is missing or wrong.

    """
    if not key_path(name).exists():
        raise NotFoundError(f"there is no key {name!r}: no file {key_path(name)}; make one by: peerset keys new {name}")
    return load_key(name, passphrase=ask_passphrase)


def ask_passphrase() -> str:
    """Get the passphrase of a sealed key."""
    return _ask("Passphrase of the key", PASSPHRASE_VARIABLE)


def ask_new_passphrase() -> str:
    """Get a passphrase to seal a key with, typed twice."""
    return _ask("New passphrase", PASSPHRASE_VARIABLE, is_new=True)


def ask_nsec(file: str) -> str:
    """Get the text of a secret key: from *file*'s first line, PEERSET_NSEC, a hidden prompt, or a pipe on stdin."""
    if file:
        return first_line_of(Path(file))
    if sys.stdin.isatty() or os.environ.get(NSEC_VARIABLE):
        return _ask("Secret key (nsec1..., ncryptsec1..., hex or words)", NSEC_VARIABLE)
    return sys.stdin.readline().strip()


def ask_share(what: str) -> str:
    """Get a share of a key from a hidden prompt, which calls it *what*."""
    return str(typer.prompt(what, hide_input=True, err=True))


def room_password(file: str) -> str:
    """Get a private room's password: *file*'s first line, a prompt for -, or PEERSET_PASSWORD; "" for an open room."""
    if file == "-":
        return _ask("Password of the room", PASSWORD_VARIABLE)
    return first_line_of(Path(file)) if file else os.environ.get(PASSWORD_VARIABLE, "")


def room_seals(file: str) -> list[str] | None:
    """Get what seals a room: the lines of *file*, the newest first, a prompt for -, or PEERSET_SEAL; None for nothing.

    Raises:
        ConfigError: the file cannot be read as text, or is empty, or a secret stands where it is wanted.

    """
    if is_seal_text(file):
        raise ConfigError("a secret stands where its file is wanted: keep it off the command line, and write it to one")
    if file == "-":
        return [_ask("Secret or passphrase of the seal", SEAL_VARIABLE)]
    if not file:
        return os.environ.get(SEAL_VARIABLE, "").splitlines() or None
    lines = read_text(Path(file), bytes_max=SECRET_FILE_BYTES_MAX).splitlines()
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        raise ConfigError(f"there is no secret in {file}")
    return found


def backup_passphrase(file: str, *, is_new: bool = False) -> str:
    """Get what seals a backup: *file*'s first line, PEERSET_BACKUP_PASSPHRASE, or a prompt, twice if it is new."""
    if file:
        return first_line_of(Path(file))
    return _ask("Passphrase of the backup", BACKUP_VARIABLE, is_new=is_new)


def turn_server(url: str) -> IceServer:
    """Give the TURN server at *url* with the login that PEERSET_TURN_USERNAME and PEERSET_TURN_CREDENTIAL hold."""
    return IceServer(url, os.environ.get(TURN_USERNAME_VARIABLE, ""), os.environ.get(TURN_CREDENTIAL_VARIABLE, ""))


def first_line_of(path: Path) -> str:
    """Read a secret from the first line of *path*.

    Raises:
        ConfigError: the file cannot be read as text, or its first line is empty.

    """
    line = read_text(path, bytes_max=SECRET_FILE_BYTES_MAX).partition("\n")[0].strip()
    if not line:
        raise ConfigError(f"the first line of {path} is empty")
    return line


def _ask(what: str, variable: str, *, is_new: bool = False) -> str:
    if text := os.environ.get(variable):
        return text
    if not sys.stdin.isatty():
        raise ConfigError(f"{what.lower()} needed: set {variable}, or run this on a terminal")
    return str(typer.prompt(what, hide_input=True, confirmation_prompt=is_new, err=True))
