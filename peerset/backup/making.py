"""Makes a backup: collects what belongs to it, and writes it as one file, whole or not at all."""

import os
import random
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from peerset.backup.container import CHUNK_BYTES, Packer, Sink
from peerset.backup.copying import Tell, copy_database, explaining, is_database
from peerset.backup.manifest import FIRST, LAST, Kept, Manifest, encode_first
from peerset.backup.sealing import Sealer
from peerset.backup.workshop import keep, workshop
from peerset.errors import ConfigError
from peerset.files import PRIVATE_MODE

REPLACED: Final = "replaced"
"""The folder in which `restore --force` leaves what was there before."""
BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file; it is in the copy, and of a file that is not there it means nothing."""
_UNFINISHED: Final = "new-"
"""How blobs begin that never were finished."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file that is to be in a backup."""

    name: str
    """What it is called there."""
    path: Path


def files_below(folder: Path, *, left_out: list[str]) -> list[Item]:
    """Give all files below *folder*; what is none, or cannot be read as one, is named in *left_out*.

    Links are followed: what they lead to belongs to it. Hidden files do not, nor what SQLite keeps beside a database,
    nor what an earlier restoring replaced.

    Raises:
        ConfigError: the folder cannot be read.

    """
    found: list[Item] = []
    try:
        _walk(folder, "", frozenset(), found, left_out)
    except OSError as error:
        raise ConfigError(f"{error.filename or folder} cannot be read: {error.strerror}") from error
    # The tree of a blob says which pieces are there, and they only become more.
    return sorted(found, key=lambda each: (not each.name.endswith(".tree"), each.name))


def store_and_files(path: Path, name: str, *, left_out: list[str]) -> list[Item]:
    """Give the store at *path*, to be called *name*, and the files of its room beside it."""
    blobs, folder = path.with_suffix(".blobs"), str(Path(name).with_suffix(".blobs").as_posix())
    beside = files_below(blobs, left_out=left_out) if blobs.is_dir() else []
    return [*(Item(f"{folder}/{each.name}", each.path) for each in beside), Item(name, path)]


def make(
    target: Path, items: Iterable[Item], *, passphrase: str | None, now: int, rng: random.Random, tell: Tell
) -> Manifest:
    """Write *items* to the file *target*, sealed if there is a *passphrase*; what was there is replaced at last.

    Beside *target* there must be room for it and the largest store.

    Raises:
        ConfigError: a name is too long, the passphrase cannot be used, or another process makes the same backup.
        StoreError: a store is damaged or of a newer version, or the disk is full.

    """
    with explaining(f"cannot write {target}"), workshop(target.with_name(f".{target.name[:200]}.making")) as bench:
        whole = bench / "backup"
        with _written(whole, passphrase, rng=rng) as sink:
            manifest = _pack(items, bench / "copy.db", sink, now=now, tell=tell)
        whole.replace(target)
        keep(target.absolute().parent)
    return manifest


def _pack(items: Iterable[Item], copy: Path, sink: Sink, *, now: int, tell: Tell) -> Manifest:
    packer, kept = Packer(sink), list[Kept]()
    first = encode_first()
    packer.add(FIRST, len(first), [first])
    for item in items:
        if (done := _add(packer, item, copy, tell=tell)) is not None:
            kept.append(done)
    manifest = Manifest(now, tuple(kept))
    data = manifest.encode()
    packer.add(LAST, len(data), [data])
    packer.end()
    return manifest


def _add(packer: Packer, item: Item, copy: Path, *, tell: Tell) -> Kept | None:
    """Add a file; None when it is gone."""
    try:
        if not is_database(item.path):
            with item.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                return Kept(item.name, size, packer.add(item.name, size, _chunks(file, tell)).hex())
    except FileNotFoundError:
        return None
    held = copy_database(item.path, copy, tell=tell)
    with copy.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest = packer.add(item.name, size, _chunks(file, lambda _: None)).hex()
    copy.unlink()
    return Kept(item.name, size, digest, held)


@contextmanager
def _written(path: Path, passphrase: str | None, *, rng: random.Random) -> Iterator[Sink]:
    """Give what writes to *path*, which is on the disk afterwards."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE), "wb") as file:
        if passphrase is None:
            yield file
        else:
            sealer = Sealer(file, passphrase, rng=rng)
            yield sealer
            sealer.end()
        file.flush()
        os.fsync(file.fileno())


def _chunks(file: BinaryIO, tell: Tell) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        tell(len(chunk))
        yield chunk


def _walk(folder: Path, prefix: str, above: frozenset[tuple[int, int]], found: list[Item], left_out: list[str]) -> None:
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        left_out.append(f"{folder} (a link to a folder above it)")
        return
    names = sorted(os.listdir(folder))
    for name in names:
        path = folder / name
        if name.startswith(".") or (not prefix and name == REPLACED) or _is_beside(name, names):
            continue
        try:
            mode = path.stat().st_mode
        except OSError as error:
            left_out.append(f"{path} ({error.strerror})")
            continue
        if stat.S_ISDIR(mode):
            _walk(path, f"{prefix}{name}/", above | {here}, found, left_out)
        elif stat.S_ISREG(mode) and not (folder.suffix == ".blobs" and name.startswith(_UNFINISHED)):
            found.append(Item(f"{prefix}{name}", path))


def _is_beside(name: str, names: list[str]) -> bool:
    return any(name.endswith(f".db{end}") or (name.endswith(end) and name.removesuffix(end) in names) for end in BESIDE)
