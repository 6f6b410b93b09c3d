"""``peerset keys``: the authors one can sign as."""

import random
from typing import Annotated

import typer

from peerset.cli.options import JsonOption
from peerset.cli.output import remark, write
from peerset.cli.secret import ask_new_passphrase, ask_nsec, ask_passphrase, existing_key
from peerset.core.keys import SecretKey, npub
from peerset.core.nip06 import WORDS_ENTROPY_BYTES, key_of_words, words_of
from peerset.errors import ConfigError
from peerset.keyfiles import NAME_DEFAULT, KeyFile, import_key, key_path, list_keys, load_key, save_key, seal
from peerset.room.heirs import name_heir

KeyArgument = Annotated[str, typer.Argument(metavar="[NAME|FILE]", help="The key's name, or its file.")]
SealOption = Annotated[bool, typer.Option("--seal", help="Seal it by a passphrase (NIP-49), asked for.")]


def new(
    name: KeyArgument = NAME_DEFAULT,
    *,
    words: Annotated[bool, typer.Option("--words", help="Show it as twelve words, too, once (NIP-06).")] = False,
    seal_it: SealOption = False,
    json: JsonOption = False,
) -> None:
    """Make a new key."""
    said = words_of(random.SystemRandom().randbytes(WORDS_ENTROPY_BYTES)) if words else ""
    key = key_of_words(said) if words else SecretKey.generate(random.SystemRandom())
    save_key(key, name, passphrase=ask_new_passphrase() if seal_it else None)
    if words:
        remark("write these words down: whoever has them can sign as you, and they are shown this once")
        remark(said)
    tell_key(key, name=name, as_json=json)


def import_(
    name: KeyArgument = NAME_DEFAULT,
    *,
    file: Annotated[str, typer.Option(metavar="FILE", help="Read it from FILE's first line.", show_default=False)] = "",
    account: Annotated[int, typer.Option(min=0, metavar="NUMBER", help="Which key of the words (NIP-06).")] = 0,
    seal_it: SealOption = False,
    json: JsonOption = False,
) -> None:
    """Take over a key from another program: nsec, ncryptsec, hex or words, by file, PEERSET_NSEC, prompt or pipe."""
    key = import_key(ask_nsec(file), passphrase=ask_passphrase, account=account)
    save_key(key, name, passphrase=ask_new_passphrase() if seal_it else None)
    tell_key(key, name=name, as_json=json)


def export(name: KeyArgument = NAME_DEFAULT, *, seal_it: SealOption = False) -> None:
    """Write a key's secret to stdout, for another program."""
    key = existing_key(name)
    if not seal_it:
        remark("whoever reads the next line can sign as you; --seal protects it by a passphrase")
    typer.echo(seal(key, ask_new_passphrase()) if seal_it else key.to_nsec())


def show(
    name: Annotated[str, typer.Argument(metavar="[NAME|FILE]", help="One key; all named ones when left out.")] = "",
    *,
    json: JsonOption = False,
) -> None:
    """Show public keys; secrets stay where they are."""
    if name:
        tell_key(existing_key(name), name=name, as_json=json)
        return
    for each in list_keys():
        row = _row(each)
        write(row, line=f"{each.name:<16} {row.get('npub') or row['problem']}", as_json=json)


def _row(file: KeyFile) -> dict[str, object]:
    row: dict[str, object] = {"name": file.name, "path": str(file.path)}
    try:
        return row | _public_row(load_key(file.path))
    except ConfigError as error:
        # One that is sealed, or that others may read, must not hide the rest.
        return row | {"problem": str(error)}


def tell_key(key: SecretKey, *, name: str, as_json: bool) -> None:
    """Say whose key *name* is, and where it lies."""
    path = key_path(name)
    row: dict[str, object] = {"name": name, "path": str(path), **_public_row(key)}
    write(row, line=f"{npub(key.public_key)}  {path}", as_json=as_json)


def heir(
    name: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="The key that is given up, or its file.", show_default=False)
    ],
    subject: Annotated[
        str, typer.Argument(metavar="NPUB", help="The public key that writes on for it.", show_default=False)
    ],
    *,
    json: JsonOption = False,
) -> None:
    """Name the key that writes on for one, in every room, and write the text by which it does.

    Where the heir joins with it, collections that are on behalf of others show both as one author. Nobody can take it
    back.
    """
    text = name_heir(existing_key(name), subject)
    remark("whoever holds the heir's key writes on for this one by the next line, and nobody can take that back")
    write({"heir": text}, line=text, as_json=json)


def _public_row(key: SecretKey) -> dict[str, object]:
    return {"npub": npub(key.public_key), "hex": key.public_key.hex()}
