"""A plain folder as the other side of a mirror: what is in it, and how it is written without leaving it."""

import errno
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from peerset.drive.paths import fault_of, is_part, part_of
from peerset.errors import ConfigError, StoreError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows, where two who write one file at once are not told of it
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file below a folder."""

    path: str
    place: Path
    size: int
    is_executable: bool


def scan(root: Path, ignored: Callable[[str], bool]) -> tuple[dict[str, LocalFile], dict[str, str]]:
    """Give the plain files below *root* by path, and why others are left out: links, devices, names that are no paths.

    Raises:
        ConfigError: *root* is no folder, or cannot be read.

    """
    found: dict[str, LocalFile] = {}
    skipped: dict[str, str] = {}
    if not root.is_dir():
        raise ConfigError(f"{root} is no folder")
    try:
        for place in _walk(root):
            path = place.relative_to(root).as_posix()
            if ignored(path) or is_part(place.name):
                continue
            status = place.lstat()
            fault = fault_of(path)
            if not stat.S_ISREG(status.st_mode):
                skipped[path] = "it is a link" if stat.S_ISLNK(status.st_mode) else "it is no plain file"
            elif fault is not None:
                skipped[path] = fault
            else:
                found[path] = LocalFile(path, place, status.st_size, bool(status.st_mode & stat.S_IXUSR))
    except OSError as error:
        raise ConfigError(f"{root} cannot be read: {error.strerror or error}") from error
    return found, skipped


def way_out_of(root: Path, path: str) -> str | None:
    """Say what would lead a file *path* out of *root*, or is in its way; None when nothing does."""
    place = root
    for part in path.split("/")[:-1]:
        place /= part
        if place.is_symlink():
            return f"{place} is a link: nothing is written through it"
        if place.exists() and not place.is_dir():
            return f"{place} is no folder"
    place = root / path
    if place.is_symlink():
        return f"{place} is a link: it is not replaced"
    return f"{place} is a folder" if place.is_dir() else None


async def write_file(root: Path, path: str, parts: AsyncIterator[bytes], *, is_executable: bool) -> None:
    """Write a file below *root*, whole or not at all.

    Raises:
        StoreError: it cannot be written: the disk is full, the folder is not ours, or another process writes it now.

    """
    place = root / path
    part = place.with_name(part_of(place.name))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone_at(part, 0o777 if is_executable else 0o666) as file:
            async for data in parts:
                file.write(data)
            file.flush()
            part.replace(place)
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror or error}") from error


@contextmanager
def _alone_at(part: Path, mode: int) -> Iterator[BinaryIO]:
    """Open *part* anew, which one that was killed may have left, for us alone; it is gone afterwards."""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(part, flags, mode), "wb") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OSError(errno.EBUSY, "another process writes it now") from None
        try:
            # What was there until a moment ago may be the file itself by now.
            if os.stat(part).st_ino != os.fstat(file.fileno()).st_ino:
                raise OSError(errno.EBUSY, "another process wrote it now")
            file.truncate()
            yield file
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def remove_file(root: Path, path: str) -> None:
    """Remove a file, and the folders that are empty without it.

    Raises:
        StoreError: it cannot be removed.

    """
    place = root / path
    try:
        place.unlink(missing_ok=True)
        for folder in place.parents:
            if folder == root or any(folder.iterdir()):
                return
            folder.rmdir()
    except OSError as error:
        raise StoreError(f"{place} cannot be removed: {error.strerror or error}") from error


def _walk(root: Path) -> Iterator[Path]:
    """Give all below *root* but folders; links are not followed."""
    for folder, folders, files in os.walk(root, onerror=_raise):
        yield from (Path(folder, name) for name in sorted(folders) if Path(folder, name).is_symlink())
        yield from (Path(folder, name) for name in sorted(files))


def _raise(error: OSError) -> None:
    raise error
