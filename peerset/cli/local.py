"""Files and folders of this disk as they are typed, looked at before anything is done."""

import os
import re
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from peerset.cli.exits import NotFoundError
from peerset.core.typed import shown
from peerset.drive.folder import write_file
from peerset.errors import ConfigError

STDIN: Final = "-"
STDOUT: Final = "-"
_MEDIA_TYPE: Final = re.compile(r"[!-~]+(; ?[!-~]+)*", re.ASCII)
MEDIA_TYPE_CHARACTERS_MAX: Final = 128


@dataclass(frozen=True, slots=True)
class Local:
    """A local file to read."""

    source: Path | BinaryIO
    size: int | None
    """In bytes; None when that is not known, as of a pipe."""
    is_executable: bool


def local_file(text: str) -> Local:
    """Find the file that is meant, or standard input.

    Raises:
        NotFoundError: there is none.
        ConfigError: it is a folder, or cannot be looked at.

    """
    if text == STDIN:
        return Local(sys.stdin.buffer, None, is_executable=False)
    status = _status_of(text)
    if status is None:
        raise NotFoundError(f"there is no file {shown(text)}")
    if stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{shown(text)} is a folder: mirror --direction up takes it")
    is_plain = stat.S_ISREG(status.st_mode)
    return Local(Path(text), status.st_size if is_plain else None, bool(is_plain and status.st_mode & stat.S_IXUSR))


def local_folder(text: str, *, must_exist: bool) -> Path:
    """Find the folder that is meant.

    Raises:
        ConfigError: it is no folder, or cannot be looked at.
        NotFoundError: it is not there, and must be.

    """
    status = _status_of(text)
    if status is None and must_exist:
        raise NotFoundError(f"there is no folder {shown(text)}")
    if status is not None and not stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{shown(text)} is no folder")
    return Path(text)


def target_of(text: str, path: str) -> Path:
    """Say where the room's file *path* is written to: where *text* says, or here by its own name if nothing has that.

    Raises:
        ConfigError: a file cannot be written there.

    """
    name = text or path.rsplit("/", 1)[-1]
    status = _status_of(name)
    if status is not None and stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{shown(name)} is a folder: say which file in it")
    if status is not None and not text:
        raise ConfigError(f"{shown(name)} exists already: say where to write it")
    if not Path(name).absolute().parent.is_dir():
        raise ConfigError(f"there is no folder for {shown(name)}")
    return Path(name).absolute()


def media_type(text: str) -> str | None:
    """Read a media type; None for that of the path.

    Raises:
        ConfigError: it is none.

    """
    if text and (len(text) > MEDIA_TYPE_CHARACTERS_MAX or "/" not in text or not _MEDIA_TYPE.fullmatch(text)):
        raise ConfigError(f"a media type is such as text/plain, not {shown(text)}")
    return text or None


async def write_parts(parts: AsyncIterator[bytes], target: Path | None, *, is_executable: bool) -> None:
    """Write a file to *target*, whole or not at all; to standard output where it is None.

    Raises:
        StoreError: it cannot be written: the disk is full, or the folder is not ours.

    """
    if target is not None:
        return await write_file(target.parent, target.name, parts, is_executable=is_executable)
    async for part in parts:
        sys.stdout.buffer.write(part)
    return None


def _status_of(text: str) -> os.stat_result | None:
    if not text:
        raise ConfigError("a file or folder of this disk has a name")
    try:
        return Path(text).stat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{shown(text)} cannot be used: {getattr(error, 'strerror', None) or error}") from error
