"""Where an archive rests: a folder of this machine, or whatever fsspec reaches, such as S3."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

import fsspec

from peerset.errors import ArchiveError, ConfigError, StoreError
from peerset.files import writing

PRIVATE_MODE: Final = 0o700
PUBLIC_MODE: Final = 0o777
"""Of folders; less what the process's umask takes away."""
_REASON_CHARACTERS_MAX: Final = 200
_DRIVERS: Final = {"s3": "s3fs", "s3a": "s3fs"}


class Place(Protocol):
    """Files by their paths, which have ``/`` between their parts. Every failure is a `StoreError`."""

    def read(self, path: str, *, bytes_max: int) -> bytes | None:
        """Give what the file holds, at most one byte more than *bytes_max*; None where there is none."""

    def size(self, path: str) -> int | None:
        """Say how many bytes the file has; None where there is none."""

    def fetch(self, path: str, into: Path) -> Path:
        """Give a file of this machine that holds the same, *into* if it must be made."""

    def put(self, path: str, source: Path) -> None:
        """Write the file, whole or not at all."""

    def replace(self, path: str, data: bytes) -> None:
        """Write *data* in the place of what is there, whole or not at all."""

    def sizes(self, folder: str) -> dict[str, int]:
        """Give the path of each file in *folder*, and how many bytes it has."""

    def remove(self, path: str) -> None:
        """Delete the file; nothing happens if it is not there."""


def open_place(text: str, *, is_private: bool = False) -> Place:
    """Open the folder or URL *text*; nothing is made, and nobody asked. Of a folder, if *is_private*, for us alone.

    Raises:
        ConfigError: it is neither, or what reaches it is not installed.

    """
    scheme, colon, _ = text.partition("://")
    if not colon:
        if not text:
            raise ConfigError("an archive is in a folder, or at a URL such as s3://bucket/lobby")
        return FolderPlace(Path(text), is_private=is_private)
    if scheme == "file":
        return FolderPlace(Path(unquote(urlsplit(text).path)), is_private=is_private)
    try:
        system, root = fsspec.core.url_to_fs(text, use_listings_cache=False)
    except ImportError as error:
        driver = _DRIVERS.get(scheme)
        wanted = f"pip install {driver}" if driver else str(error)
        raise ConfigError(f"{scheme}:// wants a package of its own: {wanted}") from error
    except (ValueError, TypeError, OSError) as error:
        raise ConfigError(f"an archive cannot be at {text[:80]!a}: {_first_line(error)}") from error
    return RemotePlace(system, root)


class FolderPlace:
    """A folder of this machine; what is made in it if *is_private* may be read by its owner alone."""

    def __init__(self, folder: Path, *, is_private: bool = False) -> None:
        self._folder = folder
        self._is_private = is_private

    def read(self, path: str, *, bytes_max: int) -> bytes | None:
        """Give what the file holds, at most one byte more than *bytes_max*; None where there is none."""
        with _translated(f"{self._folder / path} cannot be read"):
            try:
                with (self._folder / path).open("rb") as file:
                    return file.read(bytes_max + 1)
            except FileNotFoundError:
                return None

    def size(self, path: str) -> int | None:
        """Say how many bytes the file has; None where there is none."""
        with _translated(f"{self._folder / path} cannot be read"):
            try:
                return (self._folder / path).stat().st_size
            except FileNotFoundError:
                return None

    def fetch(self, path: str, into: Path) -> Path:
        """Give the file itself."""
        del into
        return self._folder / path

    def put(self, path: str, source: Path) -> None:
        """Write the file, whole or not at all."""
        with _translated(f"{self._folder} cannot be written"):
            target = self._folder / path
            self._make(target.parent)
            with source.open("rb") as read, writing(target, is_private=self._is_private) as written:
                shutil.copyfileobj(read, written)

    def replace(self, path: str, data: bytes) -> None:
        """Write *data* in the place of what is there, whole or not at all."""
        with _translated(f"{self._folder} cannot be written"):
            self._make(self._folder)
            with writing(self._folder / path, is_private=self._is_private) as written:
                written.write(data)

    def sizes(self, folder: str) -> dict[str, int]:
        """Give the path of each file in *folder*, and how many bytes it has."""
        with _translated(f"{self._folder / folder} cannot be read"):
            found = [each for each in (self._folder / folder).glob("*") if each.is_file()]
            return {f"{folder}/{each.name}": each.stat().st_size for each in found}

    def remove(self, path: str) -> None:
        """Delete the file; nothing happens if it is not there."""
        with _translated(f"{self._folder / path} cannot be deleted"):
            (self._folder / path).unlink(missing_ok=True)

    def _make(self, folder: Path) -> None:
        # Those above the archive are nobody's secret, and have the usual mode.
        for each in (self._folder, folder):
            each.mkdir(mode=PRIVATE_MODE if self._is_private else PUBLIC_MODE, parents=True, exist_ok=True)


class RemotePlace:
    """What a file system of fsspec calls *root*."""

    def __init__(self, system: Any, root: str) -> None:  # noqa: ANN401 - fsspec has no types
        self._system = system
        self._root = root.rstrip("/")

    def read(self, path: str, *, bytes_max: int) -> bytes | None:
        """Give what the file holds, at most one byte more than *bytes_max*; None where there is none."""
        size = self.size(path)
        if size is None:
            return None
        with _translated(f"{self._at(path)} cannot be read"):
            data: bytes = self._system.cat_file(self._at(path), start=0, end=min(size, bytes_max + 1))
            return data

    def size(self, path: str) -> int | None:
        """Say how many bytes the file has; None where there is none."""
        with _translated(f"{self._at(path)} cannot be read"):
            self._system.invalidate_cache()
            try:
                return int(self._system.info(self._at(path))["size"])
            except FileNotFoundError:
                return None

    def fetch(self, path: str, into: Path) -> Path:
        """Download the file."""
        with _translated(f"{self._at(path)} cannot be read"):
            self._system.get_file(self._at(path), str(into))
        return into

    def put(self, path: str, source: Path) -> None:
        """Upload the file; others see it once all of it is there."""
        with _translated(f"{self._at(path)} cannot be written"):
            self._system.put_file(str(source), self._at(path))

    def replace(self, path: str, data: bytes) -> None:
        """Write *data* in one request."""
        with _translated(f"{self._at(path)} cannot be written"):
            self._system.pipe_file(self._at(path), data)

    def sizes(self, folder: str) -> dict[str, int]:
        """Give the path of each file in *folder*, and how many bytes it has."""
        with _translated(f"{self._at(folder)} cannot be read"):
            self._system.invalidate_cache()
            try:
                found = self._system.ls(self._at(folder), detail=True)
            except FileNotFoundError:
                return {}
        return {f"{folder}/{PurePosixPath(each['name']).name}": int(each["size"] or 0) for each in found}

    def remove(self, path: str) -> None:
        """Delete the file; nothing happens if it is not there."""
        with _translated(f"{self._at(path)} cannot be deleted"):
            try:
                self._system.rm_file(self._at(path))
            except FileNotFoundError:
                return

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Say in a `StoreError` what failed."""
    try:
        yield
    except (ConfigError, ArchiveError, StoreError) as error:
        raise StoreError(f"{what}: {error}") from error
    except Exception as error:
        # Each file system behind fsspec raises what its own libraries do.
        raise StoreError(f"{what}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return text.partition("\n")[0][:_REASON_CHARACTERS_MAX]
