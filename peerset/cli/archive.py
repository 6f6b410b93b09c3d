"""``peerset archive`` and ``verify``: a room's closed days as Parquet files, and whether they are what they were."""

from typing import Annotated, Any

import typer

from peerset.cli.exits import ExitCode
from peerset.cli.loading import load
from peerset.cli.options import JsonOption, StoreOptions
from peerset.cli.output import printable, remark, write
from peerset.cli.running import run
from peerset.cli.typed_rooms import RoomArgument
from peerset.errors import ConfigError

PlaceArgument = Annotated[
    str, typer.Argument(metavar="PLACE", help="A folder, or a URL such as s3://bucket/lobby or file:///srv/lobby.")
]
WANTED = ("pyarrow", "fsspec")


def archive(
    room: RoomArgument,
    place: PlaceArgument,
    *,
    options: StoreOptions,
    anew: Annotated[
        bool, typer.Option("--anew", help="Write what the store has, even of days of which it has lost records.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write a room's closed days to a folder or to S3, a Parquet file each, with a manifest of their digests.

    Days that are archived already, and have not changed, are not written again; the manifest is replaced at last.
    """
    archived = run(archiving("archive")(room, place, options=options, is_anew=anew))
    for day, reason in archived.left.items():
        remark(f"{day} is left as it was archived: {printable(reason)}")
    manifest, root = archived.manifest, archived.manifest.root
    digest = None if root is None else root.digest.hex()
    row = {
        "written": archived.written,
        "days": len(manifest.days),
        "records": 0 if root is None else root.count,
        "root": digest,
        "left": archived.left,
    }
    line = f"{len(archived.written)} days written, {row['days']} in all with {row['records']} records; root {digest}"
    write(row, line=line, as_json=json)
    if archived.left:
        raise typer.Exit(ExitCode.REFUSED)


def verify(
    place: PlaceArgument,
    *,
    root: Annotated[
        str,
        typer.Option(metavar="HEX", help="The root must be this one, as it was once printed.", show_default=False),
    ] = "",
    processes: Annotated[
        int | None, typer.Option(min=1, max=256, metavar="N", help="How many at once.", show_default="one a core")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check every day of an archive on all cores: signatures, ids, digests and the root.

    Each day with which something is wrong is named.
    """
    manifest, wrong = run(archiving("verify")(place, processes=processes))
    for error in wrong.values():
        remark(printable(str(error)))
    found = manifest.root
    digest = "" if found is None else found.digest.hex()
    count = 0 if found is None else found.count
    is_other = bool(root) and root.lower() != digest
    if is_other:
        remark(f"its root is {digest or 'none, for it has no days'}: this is another archive than was meant")
    days = len(manifest.days)
    row = {"days": days, "records": count, "root": digest or None, "wrong": [each.name for each in wrong]}
    line = f"{days - len(wrong)} of {days} days are whole; {count} records, root {digest or None}"
    write(row, line=line, as_json=json)
    if wrong or is_other:
        raise typer.Exit(ExitCode.REFUSED)


def archiving(verb: str) -> Any:  # noqa: ANN401 - whoever asks knows what it named
    """Load what the verb *verb* does.

    Raises:
        ConfigError: the extra for archives is not installed.

    """
    places = {
        "archive": "peerset.cli.archiving:archive",
        "verify": "peerset.cli.archiving:verify",
        "restore": "peerset.cli.archiving:restore",
    }
    try:
        return load(places[verb])
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in WANTED:
            raise
        raise ConfigError("archives want pyarrow and fsspec: pip install 'peerset[archive]'") from error
