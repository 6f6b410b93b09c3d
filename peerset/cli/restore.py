"""``peerset restore``: what was saved, whatever saved it, back where it was."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from peerset.backup.restoring import Restored, is_backup
from peerset.backup.restoring import restore as restore_backup
from peerset.cli.archive import archiving
from peerset.cli.backup import BackupFolderOption, OneRoomArgument, PassphraseOption, progressing, tell_of
from peerset.cli.exits import ExitCode, NotFoundError
from peerset.cli.options import ImportOptions, JsonOption, data_folder
from peerset.cli.output import printable, remark, write
from peerset.cli.running import run
from peerset.cli.secret import backup_passphrase
from peerset.core.typed import shown
from peerset.errors import ConfigError
from peerset.keyfiles import key_directory
from peerset.node.control import SOCKET_NAME, ask


def restore(
    source: Annotated[
        str,
        typer.Argument(metavar="FROM", help="A backup; or an archive: its folder, or a URL such as s3://…"),
    ],
    room: OneRoomArgument = "",
    *,
    options: ImportOptions,
    data: BackupFolderOption = None,
    force: Annotated[bool, typer.Option("--force", help="Of a backup: put aside what is there, and restore.")] = False,
    passphrase_file: PassphraseOption = "",
    json: JsonOption = False,
) -> None:
    """Bring back a backup, or an archive into a room's store, without touching the network.

    Of a backup all is verified before anything is touched. Of an archive every record is checked; what has expired, is
    older than the room keeps records, or was deleted is left out.
    """
    if is_archive(source):
        if not room:
            raise ConfigError("an archive is restored into a room: say which ROOM")
        _restore_archive(source, room, options=options, as_json=json)
        return
    if not is_backup(Path(source)):
        raise ConfigError(f"{shown(source)} is neither a backup nor an archive, or damaged at its very beginning")
    if room:
        raise ConfigError("a backup names its rooms itself: leave ROOM out")
    _restore_backup(Path(source), data or data_folder(), force=force, passphrase_file=passphrase_file, as_json=json)


def is_archive(source: str) -> bool:
    """Say whether *source* names an archive, rather than a file.

    Raises:
        NotFoundError: it is a path at which there is nothing.
        ConfigError: it is no path.

    """
    if "://" in source:
        return True
    try:
        if source and Path(source).exists():
            return Path(source).is_dir()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{shown(source)} cannot be used: {getattr(error, 'strerror', None) or error}") from error
    raise NotFoundError(f"there is nothing at {shown(source)}")


def _restore_archive(source: str, room: str, *, options: ImportOptions, as_json: bool) -> None:
    restored = run(archiving("restore")(source, room, options=options))
    for error in restored.wrong.values():
        remark(f"nothing of that day was restored: {printable(error)}")
    if restored.old:
        remark(f"{restored.old} records are older than this room keeps any; --retention forever keeps all")
    row = asdict(restored)
    line = ", ".join(f"{count} {what}" for what, count in row.items() if what != "wrong")
    write(row | {"wrong": list(restored.wrong)}, line=line, as_json=as_json)
    if restored.refused or restored.old or restored.wrong:
        raise typer.Exit(ExitCode.REFUSED)


def _restore_backup(source: Path, folder: Path, *, force: bool, passphrase_file: str, as_json: bool) -> None:
    if (folder / SOCKET_NAME).exists() and _is_kept(folder):
        raise ConfigError(f"a node runs with {shown(str(folder))}: stop it first")
    passphrase = partial(backup_passphrase, passphrase_file)
    with progressing("restoring", source.stat().st_size) as tell:
        restored = restore_backup(source, folder, force=force, ask=passphrase, tell=tell)
    _tell_where(restored, folder)
    replaced = None if restored.replaced is None else str(restored.replaced)
    tell_of(restored.manifest, as_json=as_json, folder=str(folder), replaced=replaced)


def _tell_where(restored: Restored, folder: Path) -> None:
    if restored.replaced is not None:
        remark(f"what was there is in {printable(str(restored.replaced))}: delete it when all is well")
    if restored.manifest.keys and (folder / "keys").absolute() != key_directory().absolute():
        remark(f"its keys are in {printable(str(folder / 'keys'))}: --key {printable(str(folder / 'keys'))}/NAME.key")
    for name in sorted(each.name for each in restored.manifest.files if each.name.startswith("config/")):
        remark(f"settings that had lain elsewhere: {printable(str(folder / name))}")


def _is_kept(folder: Path) -> bool:
    """Say whether a node runs with *folder*."""
    try:
        run(ask(folder, {"verb": "list"}))
    except ConfigError:
        return False
    return True
