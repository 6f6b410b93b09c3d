"""``peerset seal``: secrets of sealed rooms."""

from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.options import JsonOption
from peerset.cli.output import remark, write
from peerset.core.seal import is_seal_text, new_seal
from peerset.core.typed import is_secret
from peerset.errors import ConfigError
from peerset.files import write_new


def new(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="Write it to this file, for your eyes only.")] = "",
    *,
    json: JsonOption = False,
) -> None:
    """Draw a secret that seals a room, and print it or write it to a file."""
    if is_secret(file) or is_seal_text(file):
        raise ConfigError("a secret stands where the name of a file is wanted: keep it off the command line")
    secret = new_seal()
    if not file:
        remark("whoever has this reads what it seals; give it to members alone, and keep it off command lines")
        write({"seal": secret}, line=secret, as_json=json)
        return
    try:
        write_new(Path(file), f"{secret}\n".encode())
    except FileExistsError as error:
        raise ConfigError(f"{file} exists already; secrets are never overwritten") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error
    write({"path": file}, line=file, as_json=json)
