"""``peerset keys split`` and ``join``: a key in shares, of which so many give it again (SLIP-39)."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from peerset.cli.keys import KeyArgument, SealOption, tell_key
from peerset.cli.options import JsonOption
from peerset.cli.output import remark, write
from peerset.cli.secret import SECRET_FILE_BYTES_MAX, ask_new_passphrase, ask_share, existing_key
from peerset.core.keys import npub
from peerset.core.shares import SHARES_MAX, join_shares, missing_shares, split_key
from peerset.errors import ConfigError
from peerset.files import read_text, write_new
from peerset.keyfiles import NAME_DEFAULT, key_path, save_key

SUFFIX: Final = ".share"


def split(
    name: KeyArgument = NAME_DEFAULT,
    *,
    shares: Annotated[int, typer.Option(min=2, max=SHARES_MAX, metavar="M", help="So many give the key again.")] = 3,
    of: Annotated[int, typer.Option(min=2, max=SHARES_MAX, metavar="N", help="So many are made.")] = 5,
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Write a file for each there.")] = Path(),
    show: Annotated[bool, typer.Option("--show", help="Print them in place of writing files.")] = False,
    json: JsonOption = False,
) -> None:
    """Write a key as shares, a file each: any M of N give it again, fewer tell nothing (SLIP-39)."""
    key = existing_key(name)
    texts = split_key(key, threshold=shares, count=of)
    if show:
        for number, text in enumerate(texts, 1):
            write({"number": number, "share": text}, line=text, as_json=json)
    else:
        paths = [folder / f"{key_path(name).stem}-{number}-of-{of}{SUFFIX}" for number in range(1, of + 1)]
        _write_all(paths, texts)
        for number, path in enumerate(paths, 1):
            write({"number": number, "path": str(path)}, line=str(path), as_json=json)
    remark(f"any {shares} of these {of} shares give {npub(key.public_key)}: keep them in different places")


def join(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="The key's name, or its file.", show_default=False)],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[SHARE...]", help="Files of shares; asked for, or read by lines from a pipe."),
    ] = None,
    *,
    seal_it: SealOption = False,
    json: JsonOption = False,
) -> None:
    """Make a key again of enough of its shares (SLIP-39), from files, a prompt or a pipe."""
    if key_path(name).exists():
        raise ConfigError(f"{key_path(name)} exists already; keys are never overwritten")
    key = join_shares(_read_all(files or []))
    save_key(key, name, passphrase=ask_new_passphrase() if seal_it else None)
    tell_key(key, name=name, as_json=json)


def _write_all(paths: Sequence[Path], texts: Sequence[str]) -> None:
    """Write each text to its file, for its owner alone: all of them, or none."""
    there = next((path for path in paths if path.exists()), None)
    if there is not None:
        raise ConfigError(f"{there} exists already; shares are never overwritten")
    written: list[Path] = []
    try:
        for path, text in zip(paths, texts, strict=True):
            write_new(path, f"{text}\n".encode())
            written.append(path)
    except OSError as error:
        for path in written:
            path.unlink()
        raise ConfigError(f"the share {paths[len(written)]} cannot be written: {error.strerror}") from error


def _read_all(files: Sequence[Path]) -> list[str]:
    if files:
        texts = [read_text(path, bytes_max=SECRET_FILE_BYTES_MAX) for path in files]
    elif sys.stdin.isatty():
        return _ask_all()
    else:
        texts = [sys.stdin.read(SECRET_FILE_BYTES_MAX)]
    return [line for text in texts for line in text.splitlines() if line.strip()]


def _ask_all() -> list[str]:
    """Ask for shares until there are enough; one that is wrong is asked for again."""
    texts: list[str] = []
    while missing := missing_shares(texts):
        text = ask_share(f"Share {len(texts) + 1} (at least {missing} more)")
        try:
            missing_shares([*texts, text])
        except ConfigError as error:
            remark(f"peerset: {error}")
        else:
            texts.append(text)
    return texts
