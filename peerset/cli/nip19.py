"""``peerset nip19``: names of authors, records and addresses as other programs of Nostr take them."""

from typing import Annotated

import typer

from peerset.cli.options import JsonOption
from peerset.cli.output import printable, write
from peerset.core.deletion import key_of
from peerset.core.keys import npub
from peerset.core.nip19 import (
    AddressPointer,
    EventPointer,
    Pointer,
    ProfilePointer,
    decode_nip19,
    encode_nip19,
)
from peerset.core.record import Record, is_versioned
from peerset.core.typed import read_key, read_whole_id
from peerset.errors import ConfigError

RelayOption = Annotated[
    list[str] | None,
    typer.Option("--relay", metavar="URL", help="Where it may be found; repeatable.", show_default=False),
]


def decode(
    text: Annotated[str, typer.Argument(help="npub, nprofile, note, nevent or naddr, or a nostr: link.")],
    *,
    json: JsonOption = False,
) -> None:
    """Say what a text names: its author, id, kind, key and relays."""
    _write(decode_nip19(text), json=json)


def author(
    key: Annotated[str, typer.Argument(help="The author's key, in hex or as npub.")],
    *,
    relay: RelayOption = None,
    json: JsonOption = False,
) -> None:
    """Write an author's key as npub; with relays, as nprofile."""
    _write(ProfilePointer(read_key(key), tuple(relay or ())), json=json)


def record(
    record_id: Annotated[str, typer.Argument(metavar="ID", help="The record's whole id, in hex or as note.")],
    *,
    relay: RelayOption = None,
    by: Annotated[str, typer.Option("--author", metavar="KEY", help="Who wrote it.", show_default=False)] = "",
    kind: Annotated[int | None, typer.Option(min=0, max=65_535, help="Its kind.", show_default=False)] = None,
    json: JsonOption = False,
) -> None:
    """Write a record's id as note; with relays, author or kind, as nevent."""
    writer = read_key(by) if by else None
    _write(EventPointer(read_whole_id(record_id), tuple(relay or ()), writer, kind), json=json)


def address(
    text: Annotated[str, typer.Argument(metavar="KIND:AUTHOR:KEY", help="The address, as in a tag a.")],
    *,
    relay: RelayOption = None,
    json: JsonOption = False,
) -> None:
    """Write the address of a record that has versions as naddr."""
    kind, _, rest = text.partition(":")
    writer, colon, key = rest.partition(":")
    if not (kind.isascii() and kind.isdigit() and colon):
        raise ConfigError("an address is a kind, its author and its key, such as 30023:npub1...:how-to")
    if not is_versioned(int(kind)):
        raise ConfigError(f"records of kind {kind} have no versions, and so no address")
    _write(AddressPointer(int(kind), read_key(writer), key, tuple(relay or ())), json=json)


def pointer_of(record: Record) -> Pointer:
    """Name *record*: by its address where it has one, else by its id, author and kind."""
    if is_versioned(record.kind):
        return AddressPointer(record.kind, record.author, key_of(record))
    return EventPointer(record.id, (), record.author, record.kind)


def nip19_line(record: Record) -> str:
    """Write what names *record*."""
    return encode_nip19(pointer_of(record))


def pointer_row(pointer: Pointer) -> dict[str, object]:
    """Give *pointer* as a JSON object; what it does not say is left out."""
    row: dict[str, object] = {"text": encode_nip19(pointer)}
    named: dict[str, object]
    match pointer:
        case ProfilePointer(author, relays):
            named = {"author": author.hex(), "npub": npub(author)}
        case EventPointer(record_id, relays, author, kind):
            by = None if author is None else author.hex()
            named = {"id": record_id.hex(), "author": by, "kind": kind}
        case AddressPointer(kind, author, key, relays):
            named = {"kind": kind, "author": author.hex(), "key": key, "address": str(pointer)}
    said = {name: value for name, value in named.items() if value is not None}
    return row | said | ({"relays": list(relays)} if relays else {})


def _write(pointer: Pointer, *, json: bool) -> None:
    row = pointer_row(pointer)
    lines = [f"{name:<8} {_shown(value)}" for name, value in row.items()]
    write(row, line="\n".join(lines), as_json=json)


def _shown(value: object) -> str:
    return printable(" ".join(value) if isinstance(value, list) else str(value), characters_max=5_000)
