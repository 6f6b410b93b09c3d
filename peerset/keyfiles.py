"""Key files: one secret key each, as nsec text (NIP-19) or sealed by a passphrase as ncryptsec text (NIP-49).

A key is called by its name ("default"), a file in the platform's data directory, or by a path. Secrets come from
files and callers only, and appear in no error, ``repr`` or log. Reading or writing a sealed file takes 0.1 to 0.5
seconds of computing, so it does not belong on an event loop.
"""

import os
import random
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from peerset.core import nip49
from peerset.core.keys import SecretKey
from peerset.core.nip06 import key_of_words
from peerset.core.nip19 import is_pointer
from peerset.errors import ConfigError
from peerset.files import decode_text, write_new

NAME_DEFAULT: Final = "default"
KEY_FILE_BYTES_MAX: Final = 4_096
"""Far more than any key takes; a larger file is something else."""

Passphrase = Callable[[], str]
"""Asked only when a key turns out to be sealed; a prompt, for example."""

_SUFFIX: Final = ".key"
_NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_HEX: Final = re.compile("[0-9a-fA-F]{64}")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A named key on this machine; nothing of it has been read."""

    name: str
    path: Path


def key_directory() -> Path:
    """Give where named keys live on this platform."""
    return platformdirs.user_data_path("peerset", appauthor=False) / "keys"


def key_path(path_or_name: str | Path = NAME_DEFAULT, *, directory: Path | None = None) -> Path:
    """Give the file of a key: a name (letters, digits, ``_`` and ``-``) lies in *directory*, all else is a path.

    Raises:
        ConfigError: it is a secret key itself, which the message does not repeat.

    """
    if str(path_or_name).lower().startswith(("nsec1", nip49.PREFIX)):
        raise ConfigError(
            "a secret key stands where the name or file of one is wanted: keep it off the command line, and take it "
            "over by: peerset keys import"
        )
    if isinstance(path_or_name, str) and _NAME.fullmatch(path_or_name):
        return (directory or key_directory()) / f"{path_or_name}{_SUFFIX}"
    return Path(path_or_name)


def create_key(
    path_or_name: str | Path = NAME_DEFAULT,
    *,
    passphrase: str | None = None,
    directory: Path | None = None,
    rng: random.Random | None = None,
) -> SecretKey:
    """Draw a new key and save it as `save_key` does; *rng* is the system's randomness unless given.

    Raises:
        ConfigError: the file exists already or cannot be written, or the passphrase is empty.

    """
    key = SecretKey.generate(rng or random.SystemRandom())
    save_key(key, path_or_name, passphrase=passphrase, directory=directory, rng=rng)
    return key


def save_key(
    key: SecretKey,
    path_or_name: str | Path = NAME_DEFAULT,
    *,
    passphrase: str | None = None,
    directory: Path | None = None,
    rng: random.Random | None = None,
) -> Path:
    """Write *key* to a new file that only its owner may read (mode 0600), sealed when *passphrase* is given.

    Raises:
        ConfigError: the file exists already or cannot be written, or the passphrase is empty.

    """
    path = key_path(path_or_name, directory=directory)
    text = key.to_nsec() if passphrase is None else seal(key, passphrase, rng=rng)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(path, f"{text}\n".encode())
    except FileExistsError as error:
        raise ConfigError(f"{path} exists already; keys are never overwritten") from error
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be written: {error.strerror}") from error
    return path


def load_key(
    path_or_name: str | Path = NAME_DEFAULT, *, passphrase: Passphrase | None = None, directory: Path | None = None
) -> SecretKey:
    """Read a key; *passphrase* is called when its file is sealed.

    Raises:
        ConfigError: there is no such file, others may read it, it holds no key, or the passphrase is missing or
            wrong.

    """
    path = key_path(path_or_name, directory=directory)
    text = _read_text(path)
    try:
        return parse_key(text, passphrase=passphrase)
    except ConfigError as error:
        raise ConfigError(f"the key file {path}: {error}") from error


def ensure_key(path_or_name: str | Path = NAME_DEFAULT, *, directory: Path | None = None) -> SecretKey:
    """Read a key, or make it when there is none.

    Raises:
        ConfigError: the file cannot be written, others may read it, it holds no key, or it is sealed.

    """
    path = key_path(path_or_name, directory=directory)
    if not path.exists():
        try:
            return create_key(path)
        except ConfigError:
            # Another process, started at the same moment, may have made it.
            if not path.exists():
                raise
    return load_key(path)


def parse_key(text: str, *, passphrase: Passphrase | None = None) -> SecretKey:
    """Read a key from nsec or ncryptsec text, as from a file, a prompt or another program's export.

    Raises:
        ConfigError: it is neither, or the passphrase is missing or wrong; the message does not repeat *text*.

    """
    text = text.strip()
    if not text.lower().startswith(nip49.PREFIX):
        _check_nsec(text)
        return SecretKey.from_nsec(text)
    if passphrase is None:
        raise ConfigError("it is sealed: a passphrase is needed")
    return nip49.unseal_key(text, passphrase())


def import_key(text: str, *, passphrase: Passphrase | None = None, account: int = 0) -> SecretKey:
    """Read a key however another program wrote it: as `parse_key` does, as 64 hex digits, or as words (NIP-06).

    *account* is which of the keys that the words stand for.

    Raises:
        ConfigError: it is none of these, or the passphrase is missing or wrong; the message does not repeat *text*. Or
            another account than 0 is wanted of what is no words.

    """
    text = text.strip()
    if len(text.split()) > 1:
        return key_of_words(text, account=account)
    if account:
        raise ConfigError("an account says which key of some words is wanted, and these are no words")
    return SecretKey(bytes.fromhex(text)) if _HEX.fullmatch(text) else parse_key(text, passphrase=passphrase)


def seal(key: SecretKey, passphrase: str, *, rng: random.Random | None = None) -> str:
    """Write *key* as ncryptsec text, for a file or to take it to another program.

    Raises:
        ConfigError: the passphrase is empty.

    """
    rng = rng or random.SystemRandom()
    salt, nonce = rng.randbytes(nip49.SALT_BYTES), rng.randbytes(nip49.NONCE_BYTES)
    return nip49.seal_key(key, passphrase, salt=salt, nonce=nonce)


def list_keys(*, directory: Path | None = None) -> list[KeyFile]:
    """Give the named keys of *directory*, by name; without a directory there are none."""
    paths = sorted((directory or key_directory()).glob(f"*{_SUFFIX}"))
    return [KeyFile(path.stem, path) for path in paths if _NAME.fullmatch(path.stem)]


def _check_nsec(text: str) -> None:
    if is_pointer(text):
        raise ConfigError("that is a public key, or the name of a record; the nsec1... of the secret key is wanted")
    if _HEX.fullmatch(text) or len(text.split()) > 1:
        what = "hex digits, as which a public key would look alike," if _HEX.fullmatch(text) else "words"
        raise ConfigError(f"nsec1... or ncryptsec1... text is wanted here; {what} are taken by: peerset keys import")
    if not text.lower().startswith("nsec1"):
        raise ConfigError("a secret key is text that begins with nsec1 or ncryptsec1")


def _read_text(path: Path) -> str:
    try:
        # A pipe in the file's place must not make us wait for a writer (O_NONBLOCK does not exist on Windows).
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            _check_file(path, os.fstat(descriptor))
            data = os.read(descriptor, KEY_FILE_BYTES_MAX)
        finally:
            os.close(descriptor)
    except FileNotFoundError as error:
        raise ConfigError(f"there is no key file {path}") from error
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be read: {error.strerror}") from error
    return decode_text(data, f"the key file {path}")


def _check_file(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode) or status.st_size > KEY_FILE_BYTES_MAX:
        raise ConfigError(f"{path} is no key file: not a plain file of at most {KEY_FILE_BYTES_MAX} bytes")
    # Windows has no such modes: there the data directory itself belongs to the user.
    if os.name == "posix" and status.st_mode & _OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise ConfigError(f"others may read or change {path} (mode {mode:04o}); run: chmod 600 '{path}'")
