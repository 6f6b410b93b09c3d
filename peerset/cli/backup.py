"""``peerset backup``: all that a node has, or one room's store, as one file."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from peerset.backup.making import Item, files_below, make, store_and_files
from peerset.backup.manifest import Manifest
from peerset.backup.restoring import check
from peerset.cli.bars import byte_bar
from peerset.cli.exits import ExitCode, NotFoundError
from peerset.cli.options import JsonOption, StoreOptions, data_folder, default_store_path
from peerset.cli.origin import user_path
from peerset.cli.output import printable, remark, write
from peerset.cli.running import unix_now
from peerset.cli.secret import backup_passphrase
from peerset.cli.typed_rooms import hear
from peerset.core.typed import shown
from peerset.errors import ConfigError
from peerset.keyfiles import key_directory
from peerset.stores.sqlite import READ_ONLY

KEYS = "keys"
CONFIG = "config"
"""The folders for keys and settings that lie elsewhere."""

PassphraseOption = Annotated[
    str,
    typer.Option(
        metavar="FILE",
        help="The first line of this file is the passphrase; else PEERSET_BACKUP_PASSPHRASE, or a prompt.",
        show_default=False,
    ),
]
BackupFolderOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The node's folder (default: the data directory).", show_default=False),
]
OneRoomArgument = Annotated[
    str, typer.Argument(metavar="[ROOM]", help="The room's name or address; - reads it from stdin.", callback=hear)
]

AlsoOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE",
        help="Put this file into it, too, such as the TOML of the rooms; repeatable.",
        show_default=False,
    ),
]


def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The backup.", show_default=False)],
    room: OneRoomArgument = "",
    *,
    app: Annotated[str, typer.Option(envvar="PEERSET_APP", help="Keeps rooms of one name apart.")] = "peerset",
    store: Annotated[
        str, typer.Option(envvar="PEERSET_STORE", metavar="SCHEME:PATH", help="The store of ROOM.", show_default=False)
    ] = "",
    data: BackupFolderOption = None,
    also: AlsoOption = None,
    no_keys: Annotated[bool, typer.Option("--no-keys", help="Leave secret keys out.")] = False,
    encrypt: Annotated[bool, typer.Option("--encrypt", help="Seal it by a passphrase.")] = False,
    passphrase_file: PassphraseOption = "",
    check_only: Annotated[bool, typer.Option("--check", help="Read FILE and say whether it is whole.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    json: JsonOption = False,
) -> None:
    """Write all that a node has, or one room's store, to one file, while rooms are open; with --encrypt, sealed.

    Without ROOM: the stores of all rooms with their files, secret keys, and settings. Each copy is checked.
    """
    path = backup_path(file)
    if check_only:
        is_alone = not (room or store or data or also or no_keys or encrypt or force)
        _check(path, passphrase_file, is_alone=is_alone, as_json=json)
        return
    if path.exists() and not (force and path.is_file()):
        raise ConfigError(f"{shown(file)} exists already; --force replaces a file")
    left_out: list[str] = []
    if room and (data is not None or no_keys):
        raise ConfigError("a backup of one room takes no --data and no --no-keys: it has its store alone")
    if store and not room:
        raise ConfigError("--store says where a room's records rest: say which ROOM")
    if room:
        items = _of_room(room, StoreOptions(app=app, store=store), left_out)
    else:
        items = _of_folder(data or data_folder(), left_out, with_keys=not no_keys)
    items += [Item(f"{CONFIG}/{Path(each).name}", _existing(each)) for each in also or []]
    _make(path, items, passphrase_file, is_sealed=encrypt or bool(passphrase_file), left_out=left_out, as_json=json)


def _make(
    path: Path, items: list[Item], passphrase_file: str, *, is_sealed: bool, left_out: list[str], as_json: bool
) -> None:
    """Write *items* to *path*, and say what is not in it, and what had better not be seen."""
    _check_names(items)
    passphrase = backup_passphrase(passphrase_file, is_new=True) if is_sealed else None
    with progressing("backing up", sum(each.path.stat().st_size for each in items)) as tell:
        manifest = make(path, items, passphrase=passphrase, now=unix_now(), rng=random.SystemRandom(), tell=tell)
    for each in left_out:
        remark(f"left out: {printable(each)}")
    if manifest.keys and not is_sealed:
        names = ", ".join(Path(name).stem for name in manifest.keys)
        remark(
            f"it holds secret keys in plain ({printable(names)}): keep it from others, or use --encrypt or --no-keys"
        )
    tell_of(manifest, as_json=as_json)
    if left_out:
        raise typer.Exit(ExitCode.FAILED)


def backup_path(text: str) -> Path:
    """Give the path that is meant.

    Raises:
        ConfigError: it is none.

    """
    try:
        if not text or not Path(text).absolute().parent.is_dir():
            raise ConfigError(f"there is no folder for {shown(text)}")
        Path(text).exists()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{shown(text)} cannot be used: {getattr(error, 'strerror', None) or error}") from error
    return Path(text)


@contextmanager
def progressing(what: str, total: int) -> Iterator[partial[None]]:
    """Show a bar of so many bytes; give what is told of more of them."""
    done = 0
    with byte_bar(what, is_quiet=False) as moved:

        def tell(more: int) -> None:
            nonlocal done
            done += more
            moved(done, total)

        yield partial(tell)


def tell_of(manifest: Manifest, *, as_json: bool, **more: object) -> None:
    """Print what a backup holds."""
    rooms = [
        {"file": each.name, "room": each.contents.room, "records": each.contents.records, "root": each.contents.root}
        for each in manifest.stores
        if each.contents is not None
    ]
    size = sum(each.size for each in manifest.files)
    row = {"files": len(manifest.files), "bytes": size, "records": manifest.records, "keys": len(manifest.keys)}
    line = f"{len(rooms)} rooms with {manifest.records} records, {len(manifest.keys)} keys; "
    line += f"{len(manifest.files)} files, {size} bytes"
    write({**row, "rooms": rooms, "made_at": manifest.made_at, **more}, line=line, as_json=as_json)


def _check(path: Path, passphrase_file: str, *, is_alone: bool, as_json: bool) -> None:
    if not is_alone:
        raise ConfigError("--check reads FILE alone: of the other options it takes --passphrase-file")
    if not path.is_file():
        raise NotFoundError(f"there is no backup {shown(str(path))}")
    with progressing("checking", path.stat().st_size) as tell:
        manifest = check(path, ask=partial(backup_passphrase, passphrase_file), tell=tell)
    tell_of(manifest, as_json=as_json)


def _of_room(room: str, options: StoreOptions, left_out: list[str]) -> list[Item]:
    place = options.existing_store_of(room)
    scheme, _, path = place.removesuffix(READ_ONLY).partition(":")
    if scheme != "sqlite":
        raise ConfigError(f"only a file can be backed up, as sqlite:FILE, not {shown(place)}")
    name = f"rooms/{default_store_path(options.name(room)).name}"
    return store_and_files(_existing(path), name, left_out=left_out)


def _of_folder(folder: Path, left_out: list[str], *, with_keys: bool) -> list[Item]:
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {shown(str(folder))}: nothing was kept there")
    items = files_below(folder, left_out=left_out)
    keys = key_directory()
    if keys.is_dir() and not any(each.name.startswith(f"{KEYS}/") for each in items):
        items += [Item(f"{KEYS}/{each.name}", each.path) for each in files_below(keys, left_out=left_out)]
    if user_path().is_file():
        items.append(Item(f"{CONFIG}/{user_path().name}", user_path()))
    return items if with_keys else [each for each in items if not each.name.startswith(f"{KEYS}/")]


def _existing(text: str) -> Path:
    try:
        if text and Path(text).is_file() and os.access(text, os.R_OK):
            return Path(text)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{shown(text)} cannot be used: {getattr(error, 'strerror', None) or error}") from error
    raise NotFoundError(f"there is no file {shown(text)} that may be read")


def _check_names(items: list[Item]) -> None:
    seen: dict[str, Path] = {}
    for each in items:
        if seen.setdefault(each.name, each.path) != each.path:
            raise ConfigError(f"{each.path} and {seen[each.name]} would both be {each.name} in it: rename one")
