"""``peerset restore``: what was saved of a room, whatever saved it, back into a store."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.archive import archiving
from peerset.cli.exits import ExitCode, NotFoundError
from peerset.cli.options import ImportOptions, JsonOption
from peerset.cli.output import printable, remark, write
from peerset.cli.running import run
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.typed import shown
from peerset.errors import ConfigError


def restore(
    source: Annotated[str, typer.Argument(metavar="FROM", help="An archive: its folder, or a URL such as s3://…")],
    room: RoomArgument,
    *,
    options: ImportOptions,
    json: JsonOption = False,
) -> None:
    """Bring an archive back into a room's store, without touching the network: what the room would have today.

    Every record is checked. What has expired, is older than the room keeps records, or was deleted is left out.
    """
    if not is_archive(source):
        raise ConfigError(f"{shown(source)} is no archive: its folder is one, with a manifest.json, or a URL")
    restored = run(archiving("restore")(source, room, options=options))
    for error in restored.wrong.values():
        remark(f"nothing of that day was restored: {printable(error)}")
    if restored.old:
        remark(f"{restored.old} records are older than this room keeps any; --retention forever keeps all")
    row = asdict(restored)
    line = ", ".join(f"{count} {what}" for what, count in row.items() if what != "wrong")
    write(row | {"wrong": list(restored.wrong)}, line=line, as_json=json)
    if restored.refused or restored.old or restored.wrong:
        raise typer.Exit(ExitCode.REFUSED)


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
