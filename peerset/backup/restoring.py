"""Checks a backup, and brings it back: all of it is verified before anything that exists is touched."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final

from peerset.backup.container import BLOCK_BYTES, Unpacker, read_header
from peerset.backup.copying import Tell, check_database, explaining
from peerset.backup.making import BESIDE, REPLACED
from peerset.backup.manifest import (
    FIRST,
    FIRST_BYTES_MAX,
    LAST,
    MANIFEST_BYTES_MAX,
    Kept,
    Manifest,
    check_first,
    decode_manifest,
)
from peerset.backup.sealing import FAMILY, MAGIC, Ask, Opener
from peerset.backup.workshop import keep, make_private, workshop
from peerset.errors import ArchiveError, ConfigError, StoreError
from peerset.files import PRIVATE_MODE

HIDDEN: Final = ".restoring"
"""The folder in which what is restored is verified."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    manifest: Manifest
    replaced: Path | None
    """Where that lies which was there before; None when nothing was in the way."""


def is_backup(path: Path) -> bool:
    """Say whether *path* begins as a backup, of whatever version.

    Raises:
        OSError: it cannot be read.

    """
    with path.open("rb") as file:
        head = file.read(BLOCK_BYTES)
    try:
        return head.startswith(FAMILY) or read_header(head)[0] == FIRST
    except ArchiveError:
        return False


def check(backup: Path, *, ask: Ask, tell: Tell) -> Manifest:
    """Read all of *backup*; give what it says of itself, which is true. Nothing is written.

    Raises:
        ConfigError: it was made by a newer version, or the passphrase is another one.
        ArchiveError: it is damaged, or no backup.
        StoreError: it cannot be read.

    """
    with explaining(f"cannot read {backup}"), _naming(backup), backup.open("rb") as file:
        return _read(file, None, ask=ask, tell=tell, taken=None)


def restore(backup: Path, folder: Path, *, force: bool, ask: Ask, tell: Tell) -> Restored:
    """Bring *backup* back into *folder*, which is made when it is not there.

    All is written into a hidden folder beside, and verified, first. A folder that was not there appears at once. In one
    that was, each file does; what was there goes to the folder `replaced` in it, with *force* alone.

    Raises:
        ConfigError: as `check`, or something of it is there already.
        ArchiveError: it is damaged, or no backup.
        StoreError: the disk is full, what is to be replaced is in use, or a store in it is damaged or too new.

    """
    is_new = not folder.exists()
    place = folder.with_name(f".{folder.name[:200]}{HIDDEN}") if is_new else folder / HIDDEN
    with explaining(f"cannot restore {backup}"), workshop(place) as bench:
        into, taken = bench / "new", None if is_new or force else folder
        into.mkdir(mode=0o700)
        with _naming(backup), backup.open("rb") as file:
            manifest = _read(file, into, ask=ask, tell=tell, taken=taken)
            for kept in manifest.files:
                _check_store(into, kept)
        _keep_all(into)
        if is_new:
            into.rename(folder)
            keep(folder.absolute().parent)
            return Restored(manifest, None)
        return Restored(manifest, _place(into, folder, manifest))


def _read(file: BinaryIO, into: Path | None, *, ask: Ask, tell: Tell, taken: Path | None) -> Manifest:
    """Read a backup to its end, and write its files *into* a folder; complain of what is *taken* at once."""
    unpacker = Unpacker(_opened(file, ask))
    files = unpacker.files()
    name, size = next(files, ("", 0))
    if name != FIRST or size > FIRST_BYTES_MAX:
        raise ArchiveError("it is no backup of peerset's")
    check_first(b"".join(unpacker.chunks()))
    found, in_the_way = list[Kept](), list[str]()
    for name, size in files:
        if name == LAST:
            if size > MANIFEST_BYTES_MAX:
                raise ArchiveError("its manifest is too long to be one")
            manifest = decode_manifest(b"".join(unpacker.chunks()))
            # Nothing may follow.
            if next(files, None) is not None:
                raise ArchiveError("something follows after its manifest")
            _compare(manifest, found)
            _complain(in_the_way, taken)
            return manifest
        if taken is not None and (taken / name).exists():
            in_the_way.append(name)
        found.append(Kept(name, size, _take(unpacker, name, None if into is None else into / name, tell)))
    raise ArchiveError("it ends before its manifest")


def _take(unpacker: Unpacker, name: str, path: Path | None, tell: Tell) -> str:
    """Read one file, write it to *path* if there is one, and give its SHA-256."""
    seen = sha256()
    if path is None:
        for chunk in unpacker.chunks():
            seen.update(chunk)
            tell(len(chunk))
        return seen.hexdigest()
    make_private(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    except FileExistsError as error:
        raise ArchiveError(f"it has two files {name}") from error
    with open(descriptor, "wb") as file:
        for chunk in unpacker.chunks():
            seen.update(chunk)
            # Files of rooms have holes where pieces are missing.
            if chunk.strip(b"\0"):
                file.write(chunk)
            else:
                file.seek(len(chunk), os.SEEK_CUR)
            tell(len(chunk))
        file.truncate()
    return seen.hexdigest()


def _compare(manifest: Manifest, found: list[Kept]) -> None:
    said = {each.name: each for each in manifest.files}
    for name in (f"{each}{end}" for each in said for end in BESIDE):
        if name in said:
            raise ArchiveError(f"{name} in it would be taken for the log of a database")
    for each in found:
        kept = said.pop(each.name, None)
        if kept is None or (kept.size, kept.sha256) != (each.size, each.sha256):
            raise ArchiveError(f"{each.name} in it was changed")
    if said:
        raise ArchiveError(f"{next(iter(said))} is missing in it")


def _complain(in_the_way: list[str], folder: Path | None) -> None:
    if in_the_way:
        more = f" and {len(in_the_way) - 3} more" if len(in_the_way) > 3 else ""
        names = ", ".join(in_the_way[:3])
        raise ConfigError(f"{folder} has {names}{more} already; --force puts what is there aside, and restores")


def _check_store(into: Path, kept: Kept) -> None:
    """Check that a store holds what the manifest says."""
    if kept.contents is not None and check_database(into / kept.name, what=kept.name) != kept.contents:
        raise ArchiveError(f"the store {kept.name} in it holds something else than its manifest says")


def _place(into: Path, folder: Path, manifest: Manifest) -> Path | None:
    """Put what was verified where it belongs, file by file; give where that lies which was there."""
    names = [kept.name for kept in manifest.files]
    old = [f"{name}{end}" for name in names for end in ("", *BESIDE) if (folder / f"{name}{end}").exists()]
    for kept in manifest.stores:
        _free(folder / kept.name)
    aside = next(each for number in count(1) if not (each := folder / REPLACED / str(number)).exists())
    for name in old:
        # A log that SQLite emptied is gone by now.
        if (folder / name).exists():
            _move(folder / name, aside / name)
    for name in names:
        _move(into / name, folder / name)
    return aside if old else None


def _move(source: Path, target: Path) -> None:
    make_private(target.parent)
    source.rename(target)
    keep(target.parent)


def _free(path: Path) -> None:
    """See to it that nobody uses the store at *path*, and that all of it is in the file itself.

    Raises:
        StoreError: somebody uses it.

    """
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as db:
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("BEGIN EXCLUSIVE")
            db.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreError(f"another program uses {path}: stop it and try again") from error
            # Damaged, it is put aside as it is.


def _keep_all(folder: Path) -> None:
    for here, _, names in os.walk(folder, topdown=False):
        for name in names:
            keep(Path(here, name))
        keep(Path(here))


def _opened(file: BinaryIO, ask: Ask) -> "BinaryIO | Opener":
    head = file.read(len(MAGIC))
    file.seek(0)
    if head == MAGIC:
        return Opener(file, ask)
    if head.startswith(FAMILY):
        raise ConfigError("it was made by a newer version of peerset, or changed at its beginning: upgrade peerset")
    return file


@contextmanager
def _naming(backup: Path) -> Iterator[None]:
    """Have errors say which backup they are about."""
    try:
        yield
    except ArchiveError as error:
        raise ArchiveError(f"{backup} is damaged, or no backup: {error}") from error
    except ConfigError as error:
        raise ConfigError(f"{backup}: {error}") from error
