"""What a backup says of itself, in its last file: which files it holds, their SHA-256, and what its stores hold."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from peerset.backup.container import check_name
from peerset.errors import ArchiveError, ConfigError

FIRST: Final = "peerset-backup.json"
"""The file that a backup begins with: which version of the format it has."""
LAST: Final = "manifest.json"
FORMAT: Final = "peerset backup"
VERSION: Final = 1
MANIFEST_BYTES_MAX: Final = 1 << 26
"""Of a few hundred thousand files."""
FIRST_BYTES_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store holds."""

    room: str
    """The room's tag, in hex; empty of a store that was never bound to one."""
    records: int
    root: str
    """Over all days from the first to the last one, in hex, as an archive's; empty without records."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a backup."""

    name: str
    size: int
    """In bytes."""
    sha256: str
    """In hex."""
    contents: Contents | None = None
    """Of a store."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a backup but the first and the last."""

    made_at: int
    """In Unix seconds."""
    files: tuple[Kept, ...]

    @property
    def stores(self) -> list[Kept]:
        """Give the files that are stores."""
        return [each for each in self.files if each.contents is not None]

    @property
    def records(self) -> int:
        """Count the records in all stores."""
        return sum(each.contents.records for each in self.files if each.contents is not None)

    @property
    def keys(self) -> list[str]:
        """Name the secret keys in it."""
        return keys_among(each.name for each in self.files)

    def encode(self) -> bytes:
        """Write it as JSON, a line for each file.

        Raises:
            ConfigError: they are too many.

        """
        head = json.dumps({"format": FORMAT, "version": VERSION, "made_at": self.made_at})
        lines = ",\n".join(json.dumps(_row(each), ensure_ascii=False) for each in self.files)
        data = f'{head[:-1]}, "files": [\n{lines}\n]}}\n'.encode()
        if len(data) > MANIFEST_BYTES_MAX:
            raise ConfigError(f"{len(self.files)} files are too many for one backup: move files of rooms away first")
        return data


def keys_among(names: Iterable[str]) -> list[str]:
    """Give those of *names* that are key files."""
    return [name for name in names if name.startswith("keys/") and name.endswith(".key")]


def encode_first() -> bytes:
    """Write the first file."""
    return json.dumps({"format": FORMAT, "version": VERSION}).encode() + b"\n"


def check_first(data: bytes) -> None:
    """Check that the first file is that of a backup that this version can read.

    Raises:
        ConfigError: it is one of a newer version.
        ArchiveError: it is none.

    """
    row = _loaded(data)
    version = row.get("version")
    if row.get("format") == FORMAT and isinstance(version, int) and version > VERSION:
        raise ConfigError(f"it was made by a newer version of peerset (format {version}): upgrade peerset")
    if data != encode_first():
        raise ArchiveError("its first file is not that of a backup")


def decode_manifest(data: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        ArchiveError: it is none.

    """
    row = _loaded(data)
    try:
        made_at, files = row["made_at"], tuple(_read(each) for each in row["files"])
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise ArchiveError("its manifest was changed, or is none") from error
    manifest = Manifest(made_at if isinstance(made_at, int) else -1, files)
    # There is one way to write what it says.
    if manifest.encode() != data:
        raise ArchiveError("its manifest was changed, or is none")
    return manifest


def _loaded(data: bytes) -> dict[str, Any]:
    try:
        row = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ArchiveError("its manifest was changed, or is none") from error
    if not isinstance(row, dict):
        raise ArchiveError("its manifest was changed, or is none")
    return row


def _row(kept: Kept) -> dict[str, object]:
    row: dict[str, object] = {"name": kept.name, "size": kept.size, "sha256": kept.sha256}
    if kept.contents is not None:
        held = kept.contents
        row["store"] = {"room": held.room, "records": held.records, "root": held.root}
    return row


def _read(row: dict[str, Any]) -> Kept:
    store = row.get("store")
    held = None if store is None else Contents(_text(store["room"]), _number(store["records"]), _text(store["root"]))
    check_name(_text(row["name"]))
    return Kept(row["name"], _number(row["size"]), _text(row["sha256"]), held)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is wanted")
    return value


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("a count is wanted")
    return value
